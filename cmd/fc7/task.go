package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/internal/origin"
	"fc7/internal/store"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/extraction"
	"fc7/pipeline/planned"
	"fc7/pipeline/table"
)

const taskHelp = `With --plan RUN, of a plan that fc7 plan made, there is no DATASET: all that decides what the
table is comes from the plan, and a flag that says otherwise is an error. --task I, from 0, of
--tasks N (or as many as the plan says) computes that range of whole files; without --task it is
SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX, the first that is set,
or, where none is, all files. --task-offset is added to the number, for windows of an array;
with --task-list 3-5,9 it is a place in that list, from 0: 3 there is task 9.
--shard I/N is task I-1 of N. Of the list of images a task reads its own share alone.
--retry-failed computes the failed rows of the share's files again; --update also rows whose
image has other bytes now than they were computed from, and takes images as they are, whatever
the plan knows of them. A file with new rows takes the old one's place when it is whole, as its
next generation; a table that was merged is then to be merged again.
RUN may be an address (s3://, gs://, azblob://); files are then put together in $TMPDIR. A table
there keeps its list of images: --update refuses a list that grew, which takes another address.
Exit status of a task: 0 done, also where rows failed, of which --max-failed bounds the number;
2 wrong usage; 4 what every try would meet: other settings, a plan that cannot be worked on, a
folder that may not be written to, more failed rows, images that changed; 75 what another try
may not meet: a disk or server, another process at the same files, SIGTERM; 130 SIGINT. The same
command goes on.
`

// planFlag names the plan that extract works on.
const planFlag = "plan"

// taskFlags say which share of a plan is computed.
type taskFlags struct {
	run         string
	task, tasks int
	offset      int
	list        planned.List // of which the number is a place
}

func (t *taskFlags) add(cmd *cobra.Command, j *extraction.Job) {
	f := cmd.Flags()
	f.StringVar(&t.run, planFlag, "", "folder or address of a run that fc7 plan made: compute a share of its table")
	t.task = -1
	optional(f, &t.task, "task", "int", whole(0), "with --plan: the share's number, from 0", "that of the scheduler's array, or all")
	tasksFlag(f, &t.tasks, "with --plan: how many tasks share the table", "as the plan says")
	wholeFlag(f, &t.offset, "task-offset", 0, "with --plan: added to the number of the task")
	flag(f, &t.list, "task-list", "tasks", "", planned.ParseList, "with --plan: the tasks of an array, such as 3-5,9, where its numbers count from 0: the number is a place in the list")
	flag(f, &j.KeepEvery, "keep-every", "duration", extraction.DefaultKeepEvery.String(), someTime, "how often the rows of a file that is not done are kept, for the next start")
	flag(f, &j.MaxFailed, "max-failed", "rows", "", extraction.ParseMaxFailed, "with --plan: more failed rows of the share, such as 20 or 0.5%, are status 4")
}

// maxTasks is more than any scheduler's array has, and so few that their files can be counted.
const maxTasks = 1_000_000

// tasksFlag adds --tasks.
func tasksFlag(f *pflag.FlagSet, to *int, help, without string) {
	optional(f, to, "tasks", "int", func(s string) (int, error) {
		n, err := whole(1)(s)
		if err != nil || n > maxTasks {
			return 0, usage.Unfit("", s, fmt.Sprintf("a whole number from 1 to %d", maxTasks))
		}
		return n, nil
	}, help, without)
}

// ofPlans are the flags that are for plans alone, beside --plan.
var ofPlans = []string{"task", "tasks", "task-offset", "task-list", "max-failed"}

// idle refuses what would do nothing without a plan.
func (t *taskFlags) idle(cmd *cobra.Command) error {
	if err := idle(cmd, "it is for --plan", ofPlans...); err != nil {
		return err
	}
	if f := cmd.Flags().Lookup("out"); f.Value.String() == "" {
		return usage.Errorf("missing --out: folder of the run")
	}
	return nil
}

// unplanned refuses to change the table of a plan otherwise than by the plan, whose notes would not know of it.
func unplanned(ctx context.Context, j *extraction.Job) error {
	if !j.RetryFailed && !j.Update.Do || store.Is(j.Out) { // extractAway looks
		return nil
	}
	switch there, err := planned.Is(ctx, j.Out); {
	case err != nil || !there:
		return err
	case j.RetryFailed:
		return usage.Errorf("%s has a plan: fc7 extract --plan %s --retry-failed computes its failed rows again", j.Out, origin.Text(j.Out))
	default:
		return usage.Errorf("%s has a plan: fc7 extract --plan %s --update takes images that changed; for another list of images plan in another folder, or remove plan.json, plan and done from this one", j.Out, origin.Text(j.Out))
	}
}

// args are those of extract: a data set, or none where there is a plan.
func (t *taskFlags) args(cmd *cobra.Command, args []string) error {
	if t.run == "" {
		if cmd.Flags().Changed(planFlag) {
			return usage.Errorf("--plan is empty: is it a variable that is not set?")
		}
		return exactly("DATASET")(cmd, args)
	}
	if len(args) > 0 {
		return usage.Errorf("too many arguments: the data set is the plan's")
	}
	return nil
}

// taskVariables are those by which schedulers number the tasks of an array.
var taskVariables = []string{"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"}

// part is the share of this process, of a table that the plan divides among so many tasks.
func (t *taskFlags) part(cmd *cobra.Command, shard table.Part, tasks int, env func(string) string) (table.Part, error) {
	if shard != (table.Part{}) {
		return shard, idle(cmd, "--shard says the share", "task", "tasks", "task-offset", "task-list")
	}
	task, said := t.task, "--task"
	for _, name := range taskVariables {
		if text := env(name); task < 0 && text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return table.Part{}, usage.Unfit(name, text, "the number of a task, from 0; or say it by --task")
			}
			task, said = n, name
		}
	}
	if t.tasks > 0 {
		tasks = t.tasks
	}
	if task < 0 {
		return table.Part{}, idle(cmd, "no --task, and no array of a scheduler, says the share", "tasks", "task-offset", "task-list")
	}
	if task > math.MaxInt-t.offset {
		return table.Part{}, usage.Errorf("%s: there is no task %d behind the %d of --task-offset", said, task, t.offset)
	}
	if task += t.offset; tasks == 0 {
		return table.Part{}, usage.Errorf("%s says the task, but neither --tasks nor the plan how many there are", said)
	}
	if n := t.list.Len(); n > 0 {
		if task >= n {
			return table.Part{}, usage.Errorf("%s: there is no place %d: the %d tasks of --task-list are counted from 0", said, task, n)
		}
		task, said = t.list.At(task), "--task-list"
	}
	if task >= tasks {
		return table.Part{}, usage.Errorf("%s: there is no task %d: the %d tasks are counted from 0", said, task, tasks)
	}
	return table.Part{Index: task + 1, Count: tasks}, nil
}

// extractPlanned computes a share of a planned table.
func extractPlanned(cmd *cobra.Command, c *console, j *extraction.Job, nets *netFlags, t *taskFlags) error {
	if err := idle(cmd, "the table of a plan is made in the folder of the plan", "out", "force-new"); err != nil {
		return err
	}
	if err := idle(cmd, "the digests of a planned table are there", "trust-names"); err != nil {
		return err
	}
	if err := updateFlags(cmd, j.Update.Do); err != nil {
		return err
	}
	p, plans, err := openPlans(cmd.Context(), t.run)
	if err != nil {
		return taskError(err)
	}
	if err := applySettings(cmd, p.Settings); err != nil {
		return err
	}
	if j.Part, err = t.part(cmd, j.Part, p.Tasks, os.Getenv); err != nil {
		return err
	}
	if !j.RetryFailed && !j.Update.Do {
		if ended, err := merged(cmd.Context(), plans, j.Part); err != nil || ended {
			return c.mergedAlready(t.run, err)
		}
	}
	nets.weights = p.AllWeights()
	files, err := nets.pairs()
	if err != nil {
		return err
	}
	j.DataSet, j.Out = p.DataSet, t.run
	results, err := extraction.ExtractPlanned(cmd.Context(), *j, files, plans, c.events())
	return c.extracted(results, err)
}

// openPlans opens the plan in a run's folder, and those of its tables.
func openPlans(ctx context.Context, run string) (*planned.Plan, []*planned.Plan, error) {
	p, err := planned.Open(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	plans, err := p.Runs()
	return p, plans, err
}

// merged tells whether the tables of all plans are ended, and no file of a share was lost or cut since.
func merged(ctx context.Context, plans []*planned.Plan, share table.Part) (bool, error) {
	for _, p := range plans {
		m, err := outputs.ReadManifestIn(p.At())
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		var lost []int
		var damaged error
		if err == nil {
			first, end := share.Shards(p.Files)
			lost, damaged, err = p.Lost(ctx, first, end, &m)
		}
		if err != nil {
			return false, fmt.Errorf("looking whether the table is merged: %w", err)
		}
		if len(lost) > 0 || damaged != nil { // of which the task tells
			return false, nil
		}
	}
	return true, nil
}

// mergedAlready ends a task of tables that are ended, or of which that cannot be told.
func (c *console) mergedAlready(run string, err error) error {
	if err != nil {
		return taskError(err)
	}
	c.printf("%s: the table is merged already\n", run)
	return nil
}

// taskError says of a plan that cannot be read whether another try may do better.
func taskError(err error) error {
	if table.IsPassing(err) {
		return &extraction.PassingError{Err: err}
	}
	return &extraction.PermanentError{Err: err}
}
