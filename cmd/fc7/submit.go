package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"fc7/internal/usage"
	"fc7/pipeline/planned"
	"fc7/pipeline/table"
)

func newSubmit(c *console) *cobra.Command {
	cmd := group(&cobra.Command{
		Use: "submit", Short: "the tasks of a plan as jobs of a scheduler",
		Long: `Submit writes what a scheduler needs to run the tasks of a plan (fc7 plan). It starts no program
itself: what it prints is read first, and then given to the scheduler.`,
	})
	cmd.AddCommand(newSubmitSlurm(c), newSubmitKubernetes(c))
	return cmd
}

func newSubmitSlurm(c *console) *cobra.Command {
	s := planned.Slurm{Window: planned.DefaultWindow, Restarts: 3, Name: "fc7"}
	var retry bool
	cmd := &cobra.Command{
		Annotations: map[string]string{takesRuns: "of plans"},
		Use:         "slurm RUN", Short: "a script that submits the tasks of a plan to Slurm",
		Long: `Slurm prints a shell script that submits the tasks of a plan as an array of jobs, or as several
where there are more than --window, and a job that merges the table when all have ended, however
they did. Tasks without files, of more tasks than files, are left out. A minute before its time
limit a task gets SIGTERM, keeps its rows and ends with 75; the script of the task then puts it
back into the queue, at most --restarts times and unless it was cancelled, since Slurm itself does
that only where a node fails. One that ended with 75 by itself, since a store or a disk is away,
waits before: a minute, twice as long each time, and at most a quarter of an hour. --retry leaves
out the tasks whose files are all done: for what was killed too often, or for memory. Options of
sbatch are given by --sbatch, for the tasks, and --sbatch-merge.

  fc7 submit slurm RUN --tasks 64 --sbatch=--time=4:00:00 --sbatch=--cpus-per-task=16 | sh`,
		Example: "  fc7 submit slurm runs/photos --sbatch=--time=4:00:00 --sbatch=--cpus-per-task=16 --sbatch=--mem=8G\n  fc7 submit slurm runs/photos --retry --sbatch=--mem=16G | sh",
		Args:    exactly("RUN"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			p, err := planned.Open(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if s.Tasks, err = tasksOf(p, s.Tasks); err != nil {
				return err
			}
			if retry {
				if s.Only, err = unfinished(cmd, p, s.Tasks); err != nil {
					return err
				}
			}
			if s.Program == "" {
				if s.Program, err = os.Executable(); err != nil {
					return fmt.Errorf("where fc7 is cannot be told; say it by --program: %w", err)
				}
			}
			text, err := s.Script(p)
			if err != nil {
				return err
			}
			return c.submission("script", text)
		},
	}
	f := cmd.Flags()
	tasksFlag(f, &s.Tasks, "tasks that share the table", "as the plan says")
	wholeFlag(f, &s.Window, "window", 1, "most tasks of an array: MaxArraySize of the cluster (scontrol show config)")
	optionalWhole(f, &s.Throttle, "throttle", "tasks that run at once; of several arrays, each then waits for the one before", "as many as there is room for")
	wholeFlag(f, &s.Restarts, "restarts", 0, "how often a task that ended with 75 is started again")
	f.BoolVar(&retry, "retry", false, "only the tasks that have files to make")
	f.StringVar(&s.Name, "job-name", s.Name, "name of the jobs")
	f.StringVar(&s.Program, "program", "", "fc7 as the nodes find it; default: this one's path")
	f.StringArrayVar(&s.Options, "sbatch", nil, "option of sbatch for the tasks, such as --sbatch=--time=4:00:00; repeatable")
	f.StringArrayVar(&s.Merge, "sbatch-merge", nil, "option of sbatch for the merge; repeatable")
	return cmd
}

// tasksOf is how many tasks a call says, or else the plan.
func tasksOf(p *planned.Plan, said int) (int, error) {
	if said > 0 {
		return said, nil
	}
	if p.Tasks == 0 {
		return 0, usage.Errorf("missing --tasks: the plan does not say how many there are")
	}
	return p.Tasks, nil
}

// submission prints what a scheduler is given, as it is.
func (c *console) submission(name, text string) error {
	return c.result(map[string]string{name: text}, func() error {
		_, err := data{c.out}.Write([]byte(text))
		return err
	})
}

// unfinished are the tasks that have files to make.
func unfinished(cmd *cobra.Command, p *planned.Plan, tasks int) ([]int, error) {
	plans, err := p.Runs()
	if err != nil {
		return nil, err
	}
	if ended, err := merged(cmd.Context(), plans, table.Part{}); err == nil && ended { // by the manifest; else the notes tell
		return []int{}, nil
	}
	var missing []int
	for _, p := range plans {
		_, of, err := p.Notes(cmd.Context())
		if err != nil {
			return nil, err
		}
		missing = append(missing, of...)
	}
	slices.Sort(missing)
	only := p.TasksOf(missing, tasks)
	if only == nil {
		only = []int{}
	}
	return only, nil
}
