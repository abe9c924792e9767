package planned

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"fc7/internal/usage"
)

// script writes a program of a test.
func script(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestSlurmScript: what sbatch gets of the script: arrays that fit, with the numbers of tasks behind an offset, and a
// merge that waits for all of them.
func TestSlurmScript(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a script for sh")
	}
	run, set, dir := filepath.Join(t.TempDir(), "a run"), listed(t, 95), t.TempDir()
	t.Chdir(filepath.Dir(run))
	p, err := made(filepath.Base(run), set, 10) // jobs may start elsewhere
	if err != nil {
		t.Fatal(err)
	}
	script(t, filepath.Join(dir, "sbatch"), "#!/bin/sh\nn=$(ls "+dir+" | wc -l)\nprintf '%s\\n' \"$@\" > "+dir+"/args$n\ncat > "+dir+"/job$n\necho \"$n;cluster\"\n")
	for _, c := range []struct {
		only   []int
		arrays []string // array, offset
	}{
		{nil, []string{"0-3%2 0", "0-3%2 4", "0-1%2 8"}},
		{[]int{1, 2, 9}, []string{"1-2%2 0", "1%2 8"}},
		{[]int{}, nil},
	} {
		s := Slurm{Program: "/opt/fc7 bin/fc7", Tasks: 10, Only: c.only, Window: 4, Throttle: 2, Restarts: 3, Name: "x", Options: []string{"--time=1:00:00", "--comment=two words"}}
		text, err := s.Script(p)
		if err != nil {
			t.Fatal(err)
		}
		sh := exec.Command("sh")
		sh.Stdin, sh.Env = strings.NewReader(text), append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		out, err := sh.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, out, text)
		}
		jobs, wait := 0, "--dependency=afterany"
		read := func(name string) string {
			b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%s%d", name, 1+2*jobs)))
			if err != nil {
				t.Fatal(err, text)
			}
			return string(b)
		}
		for _, a := range c.arrays {
			array, offset, _ := strings.Cut(a, " ")
			args, job := read("args"), read("job")
			for _, w := range []string{"--array=" + array + "\n", "--signal=B:TERM@60\n", "--comment=two words\n", "--time=1:00:00\n"} {
				if !strings.Contains(args, w) {
					t.Errorf("%v: sbatch got %q, want %q", c.only, args, w)
				}
			}
			if want := "'/opt/fc7 bin/fc7' extract --plan '" + run + "' --tasks 10 --task-offset " + offset + " &\n"; !strings.Contains(job, want) {
				t.Errorf("%v: job %s, want %s", c.only, job, want)
			}
			wait += fmt.Sprintf(":%d", 1+2*jobs)
			jobs++
		}
		if args := read("args"); strings.Contains(args, wait+"\n") != (len(c.arrays) > 0) || !strings.Contains(read("job"), "merge '"+run+"'") {
			t.Errorf("%v: the merge got %q, want %s", c.only, args, wait)
		}
		for n := range jobs + 1 {
			for _, name := range []string{"args", "job"} {
				if err := os.Remove(filepath.Join(dir, fmt.Sprintf("%s%d", name, 1+2*n))); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestSlurmOptions: what sbatch would take for the script, or for another array than that of the tasks, is refused.
func TestSlurmOptions(t *testing.T) {
	p, err := made(filepath.Join(t.TempDir(), "run"), listed(t, 9), 10)
	if err != nil {
		t.Fatal(err)
	}
	right := []string{"--time=4:00:00", "--mem=8G", "--mem=0", "--mem=64", "--mem-per-cpu=2000M", "--comment=two words -- here", "--exclusive", "--cpus-per-task=16", "-c2", "--nodes=1-1", "--mem-bind=local", "--mem=8g", "-pgpu", "--signal=B:TERM@120", "--constraint=\"a|b\""}
	wrong := []string{
		"", "time=4:00:00", "--", "-", "--time 4:00:00", "4:00:00", " --mem=8G", "--mem=8", "--mem=4K", "--mem-per-cpu=1M", "--mem=9999999T", "--mem=-3", "--mem=", "--mem", "--mem=8GB", "--mem-per-gpu=3",
		"--cpus-per-task=0", "--cpus-per-task=-4", "--cpus-per-task=", "--cpus-per-task", "--cpus-per-task=99999", "--cpus-per-task=2.5", "-c0", "--ntasks=0", "-n-1", "--nodes=0", "-N0-1", "--ntasks-per-node=0",
		"--array=0-3", "-a0-3", "--wrap=true", "--parsable",
	}
	of := func(o, merge []string, name string) error {
		_, err := Slurm{Program: "fc7", Tasks: 1, Name: name, Options: o, Merge: merge}.Script(p)
		return err
	}
	if err := of(append(right, "--dependency=afterok:7", "-dsingleton"), right, "x"); err != nil {
		t.Error(err)
	}
	if err := of(nil, nil, ""); err == nil {
		t.Error("jobs without a name are submitted")
	}
	for _, o := range wrong {
		for _, err := range []error{of([]string{"--mem=8G", o}, nil, "x"), of(nil, []string{o}, "x")} {
			var u *usage.Error
			if !errors.As(err, &u) {
				t.Errorf("%q: %v", o, err)
			}
		}
	}
	for _, o := range []string{"--dependency=afterok:7", "-dsingleton"} {
		if err := of(nil, []string{o}, "x"); err == nil {
			t.Errorf("the merge waits as %q has it", o)
		}
	}
}

// TestSlurmThrottle: so many tasks run at once of all arrays, though Slurm bounds those of one alone: each waits for
// the one before, and the first for what its user says. Without a bound none waits.
func TestSlurmThrottle(t *testing.T) {
	p, err := made(filepath.Join(t.TempDir(), "run"), listed(t, 95), 10)
	if err != nil {
		t.Fatal(err)
	}
	for throttle, want := range map[int][]string{
		0: {"--dependency=afterok:7", "--dependency=afterok:7", "--dependency=afterok:7"},
		2: {"--dependency=afterok:7", `"--dependency=afterany:${job0%%;*}"`, `"--dependency=afterany:${job1%%;*}"`},
	} {
		text, err := Slurm{Program: "fc7", Tasks: 10, Window: 4, Throttle: throttle, Name: "x", Options: []string{"--dependency=afterok:7"}}.Script(p)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			_, line, _ := strings.Cut(text, fmt.Sprintf("\njob%d=$(sbatch ", i))
			if line, _, _ = strings.Cut(line, "\n"); strings.Count(line, "--dependency") != 1 || !strings.Contains(line, w) {
				t.Errorf("%d at once: array %d is submitted by %s, want %s", throttle, i, line, w)
			}
		}
	}
}

// TestTasksWithoutFiles: of more tasks than files those that have none are not submitted.
func TestTasksWithoutFiles(t *testing.T) {
	p, err := made(filepath.Join(t.TempDir(), "run"), listed(t, 35), 10)
	if err != nil {
		t.Fatal(err)
	}
	for tasks, want := range map[int]string{4: "0-3", 5: "1-4", 9: "2,4,6,8", 3: "0-2"} {
		text, err := Slurm{Program: "fc7", Tasks: tasks, Window: 1001, Name: "x"}.Script(p)
		if err != nil || !strings.Contains(text, " --array="+want+" ") || !strings.Contains(text, fmt.Sprintf("--tasks %d ", tasks)) {
			t.Errorf("%d tasks of %d files: want %s: %v\n%s", tasks, p.Files, want, err, text)
		}
	}
}

// TestSlurmTask: the script of a task ends with fc7's status, passes TERM on, and puts a task that ended with 75 back
// into the queue, so often and no more, and not one that was cancelled. One that ended by itself waits before, twice as
// long each time up to a bound, or until it gets TERM.
func TestSlurmTask(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no bash")
	}
	dir := t.TempDir()
	script(t, filepath.Join(dir, "scontrol"), "#!/bin/sh\ncase $1 in -o) echo \"JobId=7 JobState=$JOB_STATE Dependency=(null)\" ;; *) echo \"$@\" >> "+dir+"/requeued ;; esac\n")
	script(t, filepath.Join(dir, "ends"), "#!/bin/sh\nexit $1\n")
	script(t, filepath.Join(dir, "waits"), "#!/bin/bash\ntrap 'exit 75' TERM\ntouch "+dir+"/waits.on\nfor i in $(seq 600); do command -p sleep 0.1; done\n")
	script(t, filepath.Join(dir, "sleep"), "#!/bin/sh\nprintf '%s ' \"$1\" >> "+dir+"/slept\n[ -z \"$SLEEPS\" ] && exit\ntouch "+dir+"/waits.on\nPATH=$(command -p getconf PATH)\nexec sleep 600\n")
	for _, c := range []struct {
		program string
		count   string
		state   string
		term    bool
		status  int
		again   string
		slept   string
	}{
		{"ends 0", "", "RUNNING Reason=None", false, 0, "", ""},
		{"ends 4", "", "RUNNING Reason=None", false, 4, "", ""},
		{"ends 75", "", "RUNNING Reason=None", false, 75, "requeue 7_3\n", "60 "},
		{"ends 75", "1", "RUNNING Reason=None", false, 75, "requeue 7_3\n", "120 "},
		{"ends 75", "3", "RUNNING Reason=None", false, 75, "requeue 7_3\n", "480 "},
		{"ends 75", "4", "RUNNING Reason=None", false, 75, "requeue 7_3\n", "900 "},
		{"ends 75", "97", "RUNNING Reason=None", false, 75, "requeue 7_3\n", "900 "},
		{"ends 75", "98", "RUNNING Reason=None", false, 75, "", ""},
		{"ends 75", "", "RUNNING Reason=None", true, 75, "requeue 7_3\n", "60 "}, // at its time limit, while it waits
		{"ends 75", "", "CANCELLED Reason=None", true, 75, "", "60 "},
		{"waits", "", "RUNNING Reason=None", true, 75, "requeue 7_3\n", ""},
		{"waits", "", "COMPLETING Reason=TimeLimit", true, 75, "requeue 7_3\n", ""},
		{"waits", "", "COMPLETING Reason=None", true, 75, "", ""},
		{"waits", "", "CANCELLED Reason=None", true, 75, "", ""},
	} {
		path := filepath.Join(dir, "job")
		script(t, path, fmt.Sprintf(taskScript, dir+"/"+c.program, 98, firstPause, longestPause))
		job := exec.Command(bash, path)
		job.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "SLURM_ARRAY_JOB_ID=7", "SLURM_ARRAY_TASK_ID=3", "SLURM_RESTART_COUNT="+c.count, "JOB_STATE="+c.state)
		if c.term {
			job.Env = append(job.Env, "SLEEPS=yes")
		}
		if err := job.Start(); err != nil {
			t.Fatal(err)
		}
		for c.term {
			if _, err := os.Stat(filepath.Join(dir, "waits.on")); err == nil {
				if err := job.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		_ = job.Wait() // the status is in ProcessState
		again, _ := os.ReadFile(filepath.Join(dir, "requeued"))
		slept, _ := os.ReadFile(filepath.Join(dir, "slept"))
		if got := job.ProcessState.ExitCode(); got != c.status || string(again) != c.again || string(slept) != c.slept {
			t.Errorf("%+v: status %d, %q, slept %q", c, got, again, slept)
		}
		for _, name := range []string{"requeued", "waits.on", "slept"} {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestTasksOf: the task of a file is the one whose share it is in.
func TestTasksOf(t *testing.T) {
	for files := 1; files <= 30; files++ {
		for tasks := 1; tasks <= 33; tasks++ {
			p := &Plan{Files: files}
			for task := range tasks {
				for f := task * files / tasks; f < (task+1)*files/tasks; f++ {
					if got := p.TasksOf([]int{f}, tasks); len(got) != 1 || got[0] != task {
						t.Fatalf("file %d of %d is of task %v of %d, want %d", f, files, got, tasks, task)
					}
				}
			}
		}
	}
	if got := (&Plan{Files: 10}).TasksOf([]int{0, 1, 2, 9}, 5); Ranges(got) != "0-1,4" {
		t.Errorf("%v", got)
	}
}
