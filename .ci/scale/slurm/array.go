package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"fc7/scale/scene"
)

// array is an array of tasks that was submitted, with its merge.
type array struct {
	s          *scene.Scene
	c          *cluster
	run        string
	out        string // folder of what tasks say
	job, merge string
}

// task is what Slurm says of one.
type task struct {
	state, exit, node string
	restarts          int
}

// mergeTask stands for the merge among the tasks.
const mergeTask = -1

var submittedAs = regexp.MustCompile(`(?m)^(job0|merge): (?:job )?(\d+)`)

// submit runs the script of fc7 submit slurm.
func submit(s *scene.Scene, c *cluster, run string, more ...string) array {
	out, err := os.MkdirTemp(s.Dir, "said-")
	s.Must(err)
	a := array{s: s, c: c, run: run, out: out}
	script := s.Output(append([]string{
		"submit", "slurm", run, "--sbatch=--time=2", "--sbatch=--cpus-per-task=1",
		"--sbatch=--output=" + out + "/%a.txt", "--sbatch-merge=--output=" + out + "/merge.txt", "--sbatch-merge=--mem=500M",
	}, more...)...)
	sh := c.command("sh")
	sh.Stdin = strings.NewReader(script)
	said, err := sh.CombinedOutput()
	if err != nil {
		s.Fail("submitting: %v\n%s", err, said)
	}
	for _, m := range submittedAs.FindAllStringSubmatch(string(said), -1) {
		if m[1] == "merge" {
			a.merge = m[2]
		} else {
			a.job = m[2]
		}
	}
	if a.job == "" || a.merge == "" {
		s.Fail("no numbers of jobs in %q", said)
	}
	return a
}

// state is that of the tasks that Slurm tells singly, and of the merge.
func (a array) state() map[int]task {
	all := map[int]task{}
	for _, job := range []string{a.job, a.merge} {
		for line := range strings.Lines(a.c.ask("scontrol", "-o", "show", "job", job)) {
			said := map[string]string{}
			for _, word := range strings.Fields(line) {
				if name, value, ok := strings.Cut(word, "="); ok && said[name] == "" {
					said[name] = value
				}
			}
			n, err := strconv.Atoi(said["ArrayTaskId"])
			if job == a.merge {
				n, err = mergeTask, nil
			}
			if err == nil {
				restarts, _ := strconv.Atoi(said["Restarts"])
				all[n] = task{state: said["JobState"], exit: said["ExitCode"], node: said["NodeList"], restarts: restarts}
			}
		}
	}
	return all
}

// running waits until so many tasks run, each with its fc7, and tells where.
func (a array) running(n int) (is map[int]task) {
	a.s.Await(fmt.Sprintf("%d tasks at work", n), 2*time.Minute, func() bool {
		is = map[int]task{}
		for i, t := range a.state() {
			if t.state == "RUNNING" && len(a.c.fc7(i)) == 1 {
				is[i] = t
			}
		}
		return len(is) == n
	})
	return is
}

// process is the only fc7 of a task.
func (a array) process(task int) int {
	all := a.c.fc7(task)
	if len(all) != 1 {
		a.s.Fail("task %d has the processes %v, want one", task, all)
	}
	return all[0]
}

// await waits until something is so of a task.
func (a array) await(what string, is func(task) bool, i int) {
	a.s.Await(what, 8*time.Minute, func() bool {
		t, ok := a.state()[i]
		return ok && is(t)
	})
}

// ended tells whether Slurm will do nothing more with a task.
func (t task) ended() bool {
	switch t.state {
	case "COMPLETED", "FAILED", "OUT_OF_MEMORY", "NODE_FAIL", "TIMEOUT", "CANCELLED":
		return true
	}
	return false
}

// done tells whether a file of the table is.
func (a array) done(file int) bool {
	_, err := os.Stat(fmt.Sprintf("%s/done/part-%05d-of-%05d.done.json", a.run, file, tasks*filesOfTask))
	return err == nil
}

// said is what a task said, in all its starts.
func (a array) said(i int) string {
	name := fmt.Sprint(i)
	if i == mergeTask {
		name = "merge"
	}
	b, _ := os.ReadFile(a.out + "/" + name + ".txt")
	return string(b)
}
