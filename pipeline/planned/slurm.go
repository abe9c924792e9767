package planned

import (
	"fmt"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/origin"
)

// Slurm says how a plan's tasks become jobs of Slurm.
type Slurm struct {
	Program  string   // fc7, as the nodes find it
	Tasks    int      // that share the table
	Only     []int    // of them, those that are submitted, in order; nil: all
	Window   int      // most tasks of an array: MaxArraySize, which is one more than the highest index
	Throttle int      // tasks that run at once, of all arrays, which then follow one another; 0: as many as there is room for
	Restarts int      // how often a task that ended with 75 is started again
	Name     string   // of the jobs
	Options  []string // of sbatch, for the tasks: "--time=12:00:00"
	Merge    []string // of sbatch, for the merge
}

// DefaultWindow is Slurm's MaxArraySize where its administrator did not say otherwise.
const DefaultWindow = 1001

// taskScript is what each task of an array runs. The signal before the time limit reaches the shell alone, which passes
// it on; the first wait ends with the trap, the second with fc7. Nothing but this starts a task again that ended with
// 75. One that its user cancels gets SIGTERM too, and is left: Slurm says then that it is completing, for no reason. One
// that ended by itself, since a store or a disk is away, waits before, longer each time, or its restarts would be used
// up within seconds; SIGTERM ends the wait.
const taskScript = `#!/bin/bash
%[1]s &
pid=$!
stopped=
trap 'stopped=1; kill -TERM "$pid" 2>/dev/null' TERM
wait "$pid"; status=$?
while [ -n "$stopped" ] && kill -0 "$pid" 2>/dev/null; do wait "$pid"; done
if [ -n "$stopped" ]; then wait "$pid"; status=$?; fi
if [ "$status" -eq 75 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt %[2]d ]; then
  if [ -z "$stopped" ]; then
    pause=$((%[3]d << (SLURM_RESTART_COUNT < 10 ? SLURM_RESTART_COUNT : 10)))
    if [ "$pause" -gt %[4]d ]; then pause=%[4]d; fi
    echo "fc7 ended with 75: the task goes back into the queue in $pause seconds" >&2
    sleep "$pause" &
    pid=$!
    if [ -n "$stopped" ]; then kill "$pid"; fi # it came just before
    wait "$pid"
  fi
  task=${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}
  case $(scontrol -o show job "$task" 2>/dev/null) in
  *" JobState=CANCELLED"* | *" JobState=COMPLETING Reason=None "*) ;;
  *) scontrol requeue "$task" ;;
  esac
fi
exit "$status"
`

// The wait before a task that ended by itself goes back into the queue, in seconds: at first, and at most.
const (
	firstPause   = 60
	longestPause = 900
)

// endOfScript ends the here-documents.
const endOfScript = "END_OF_JOB"

// Script is a shell script that submits the tasks that have files as arrays of at most Window, and then a merge that
// waits for all of them to end, however they do.
func (s Slurm) Script(p *Plan) (string, error) {
	s.Only = p.withFiles(s.Only, s.Tasks)
	if err := s.check(); err != nil {
		return "", err
	}
	run, err := p.absolute()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n# The table in %s: %d files by %d tasks. This script submits them to Slurm: pipe it to sh.\nset -e\n", escape.Line(run), p.Files, s.Tasks)
	after := "afterany"
	for i, w := range s.windows() {
		array := Ranges(w.tasks)
		if s.Throttle > 0 {
			array += fmt.Sprintf("%%%d", s.Throttle)
		}
		options := append([]string{"--parsable", "--job-name=" + s.Name, "--array=" + array, "--signal=B:TERM@60", "--requeue", "--open-mode=append"}, s.Options...)
		if s.Throttle > 0 && i > 0 { // Slurm bounds the tasks of one array alone
			options = append(slices.DeleteFunc(options, isDependency), "--dependency=afterany"+jobNumber(i-1))
		}
		words := []string{s.Program, "extract", "--plan", run, "--tasks", fmt.Sprint(s.Tasks), "--task-offset", fmt.Sprint(w.offset)}
		if err := s.job(&b, fmt.Sprintf("job%d", i), options, fmt.Sprintf(taskScript, origin.Text(words...), s.Restarts, firstPause, longestPause)); err != nil {
			return "", err
		}
		after += jobNumber(i)
	}
	options := append([]string{"--parsable", "--job-name=" + s.Name + "-merge"}, s.Merge...)
	if strings.Contains(after, ":") {
		options = append(options, "--dependency="+after)
	}
	if err := s.job(&b, "merge", options, "#!/bin/bash\nexec "+origin.Text(s.Program, "merge", run)+"\n"); err != nil {
		return "", err
	}
	return b.String(), nil
}

// jobNumber is that of an array's job, as it stands in a dependency: a cluster's name may stand behind the number.
func jobNumber(i int) string { return fmt.Sprintf(":${job%d%%%%;*}", i) }

// job writes the submission of a job, whose number a variable then holds.
func (s Slurm) job(b *strings.Builder, variable string, options []string, script string) error {
	if strings.Contains(script, endOfScript) || strings.ContainsRune(strings.Join(options, ""), 0) {
		return fmt.Errorf("%s: a job cannot hold such a name", variable)
	}
	var words []string
	for _, o := range options {
		if strings.HasPrefix(o, "--dependency=afterany:${job") { // numbers that the script has in variables
			words = append(words, `"`+o+`"`)
		} else {
			words = append(words, origin.Text(o))
		}
	}
	fmt.Fprintf(b, "%s=$(sbatch %s <<'%s'\n%s%s\n)\necho \"%[1]s: $%[1]s\"\n", variable, strings.Join(words, " "), endOfScript, script, endOfScript)
	return nil
}

// window are tasks of one array: their numbers in it, to which the offset is added.
type window struct {
	offset int
	tasks  []int
}

// windows divides the tasks, since the indices of an array are bounded, and not only their number.
func (s Slurm) windows() (all []window) {
	tasks := s.Only
	if tasks == nil {
		for t := range s.Tasks {
			tasks = append(tasks, t)
		}
	}
	size := max(s.Window, 1)
	for _, t := range tasks {
		offset := t / size * size
		if n := len(all); n == 0 || all[n-1].offset != offset {
			all = append(all, window{offset: offset})
		}
		last := &all[len(all)-1]
		last.tasks = append(last.tasks, t-offset)
	}
	return all
}

// withFiles are those of the tasks that are submitted which have files: some have none where there are more than files.
func (p *Plan) withFiles(only []int, tasks int) []int {
	if only != nil || tasks <= p.Files {
		return only
	}
	all := make([]int, p.Files)
	for f := range all {
		all[f] = f
	}
	return p.TasksOf(all, tasks)
}

// TasksOf are the tasks, of so many, that files are of, in order.
func (p *Plan) TasksOf(files []int, tasks int) (all []int) {
	for _, f := range files {
		// task t has the files t*Files/tasks to (t+1)*Files/tasks-1
		t := ((f+1)*tasks - 1) / p.Files
		if !slices.Contains(all[max(0, len(all)-1):], t) {
			all = append(all, t)
		}
	}
	return all
}
