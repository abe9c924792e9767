package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fc7/pipeline/planned"
	"fc7/pipeline/table"
)

// plan plans the job's table in a folder.
func (j smallJob) plan(t *testing.T, out string, more ...string) {
	t.Helper()
	args := j.args(out, more...)
	args[0] = "plan"
	want(t, exitDone, args...)
}

// TestPlanned: tasks make the files of a table of one machine, from the plan alone, in any order, wherever they start;
// what the call says must be what the plan does.
func TestPlanned(t *testing.T) {
	j := newSmallJob(t, "16")
	want(t, exitDone, j.args("calm")...)
	j.plan(t, "run", "--tasks", "3")
	j.plan(t, "run", "--tasks", "3") // is there
	run := j.out("run")
	t.Chdir(t.TempDir())
	for _, task := range []string{"2", "0", "1", "1"} {
		want(t, exitDone, "extract", "--plan", run, "--task", task, "--scales", "96")
	}
	sameFiles(t, files(t, j.out("calm")), files(t, run))
	for _, c := range []struct {
		code int
		args []string
		says string
	}{
		{exitUsage, []string{"--scales", "128"}, "the plan says 96"},
		{exitUsage, []string{"--no-flip"}, "without that flag"},
		{exitUsage, []string{"--weights", "other.pth"}, j.net},
		{exitUsage, []string{"--task", "3"}, "counted from 0"},
		{exitUsage, []string{"--task", "1", "--shard", "1/2"}, "--shard says the share"},
		{exitUsage, []string{"--tasks", "2"}, "says the share"},
		{exitUsage, []string{"--task", "9223372036854775806", "--tasks", "9223372036854775807"}, "from 1 to 1000000"},
		{exitUsage, []string{"--out", run}, "folder of the plan"},
		{exitUsage, []string{"--update", "--trust-names"}, "the digests of a planned table are there"},
		{exitUsage, []string{"--update", "--retry-failed"}, "by itself"},
		{exitUsage, []string{"--trust-times"}, "it is for --update"},
		{exitUsage, []string{"voc2007:x"}, "the data set is the plan's"},
		{exitDone, []string{"--max-pixels", "179000000"}, ""},
	} {
		if code, _, said := fc7(t, append([]string{"extract", "--plan", run}, c.args...)...); code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%v: status %d, %s, want %d, %s", c.args, code, said, c.code, c.says)
		}
	}
	args := j.args("run", "--tasks", "4")
	args[0] = "plan"
	if code, _, said := fc7(t, args...); code != exitFailed || !strings.Contains(said, "tasks: the plan has 3, now 4") {
		t.Errorf("another plan: status %d, %s", code, said)
	}
	if code, _, said := fc7(t, append(j.args("x"), "--task", "1")...); code != exitUsage || !strings.Contains(said, "it is for --plan") {
		t.Errorf("a task without a plan: status %d, %s", code, said)
	}
}

// TestTaskStatus: what a task ends with tells a scheduler whether to start it again.
func TestTaskStatus(t *testing.T) {
	j := newSmallJob(t, "6")
	images, err := filepath.Glob(filepath.Join(j.data, "VOCdevkit", "VOC2007", "JPEGImages", "*.jpg"))
	if err != nil || len(images) == 0 {
		t.Fatal(images, err)
	}
	if err := os.WriteFile(images[0], []byte("none"), 0o644); err != nil {
		t.Fatal(err)
	}
	j.plan(t, "run")
	run := j.out("run")
	task := func(code int, says string, args ...string) {
		t.Helper()
		if got, _, said := fc7(t, append([]string{"extract", "--plan", run}, args...)...); got != code || !strings.Contains(said, says) {
			t.Errorf("%v: status %d, want %d, %s:\n%s", args, got, code, says, said)
		}
	}
	unlock, err := table.LockShards(run, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	task(exitPassing, "another fc7 is writing here", "--task", "0", "--tasks", "3")
	task(exitPassing, `"status":"passing","exit":75`, "--task", "0", "--tasks", "3", "--json")
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if said := want(t, exitDone, "extract", "--plan", run); !strings.Contains(said, "1 failed") || strings.Contains(said, "--retry-failed") {
		t.Errorf("a task tells to use a flag that is not for tasks: %s", said)
	}
	task(exitPermanent, "1 of 6 rows failed", "--max-failed", "0")
	task(exitPermanent, "more than --max-failed 10%", "--max-failed", "10%")
	task(exitDone, "", "--max-failed", "1")
	task(exitUsage, "--max-failed", "--max-failed", "1.5")
	want(t, exitDone, "weights", "init", "--net", "vgg16/64", "--seed", "2", "--force", "--out", j.net)
	task(exitPermanent, "weights sha256")
	if err := os.Remove(j.net); err != nil {
		t.Fatal(err)
	}
	task(exitPassing, j.net)
	index := filepath.Join(run, "plan", "items-00000.parquet")
	if err := os.WriteFile(index, []byte("another"), 0o644); err != nil {
		t.Fatal(err)
	}
	task(exitPermanent, index)
	run = j.out("none")
	task(exitPermanent, "fc7 plan DATASET")
	task(exitPermanent, `"status":"permanent","exit":4`, "--json")
	for _, what := range []string{"none", "data"} {
		if said := want(t, exitFailed, "status", j.out(what)); !strings.Contains(said, "fc7 extract") {
			t.Errorf("status speaks of plans alone: %s", said)
		}
	}
}

// TestMergedByManifest: what is damaged of the notes of a table that is merged is no matter for those who submit what
// is missing of it, either; a number of a scheduler is told as it is.
func TestMergedByManifest(t *testing.T) {
	j := newSmallJob(t, "4")
	j.plan(t, "run", "--tasks", "2")
	run := j.out("run")
	want(t, exitDone, "extract", "--plan", run)
	want(t, exitDone, "merge", run)
	if err := os.WriteFile(filepath.Join(run, "done", "part-00001-of-00002.done.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if said := want(t, exitDone, "submit", "slurm", run, "--retry"); strings.Contains(said, "--array") {
		t.Errorf("tasks of a merged table are submitted: %s", said)
	}
	t.Setenv("SLURM_ARRAY_TASK_ID", "4294967294") // Slurm's of a job that is no array's
	if _, _, said := fc7(t, "extract", "--plan", run, "--retry-failed"); !strings.Contains(said, "there is no task 4294967294") {
		t.Errorf("%s", said)
	}
}

// TestTaskNumber: the share of a process, from its flags before the scheduler's variables.
func TestTaskNumber(t *testing.T) {
	for _, c := range []struct {
		flags, env, want string
		plan             int
	}{
		{"", "", "", 5},
		{"--task 2", "", "3/5", 5},
		{"--task 2 --tasks 9", "SLURM_ARRAY_TASK_ID=1", "3/9", 5},
		{"", "SLURM_ARRAY_TASK_ID=1", "2/5", 5},
		{"", "JOB_COMPLETION_INDEX=4", "5/5", 5},
		{"--task-offset 3", "AWS_BATCH_JOB_ARRAY_INDEX=1", "5/5", 5},
		{"--shard 2/7", "SLURM_ARRAY_TASK_ID=1", "2/7", 5},
		{"", "SLURM_ARRAY_TASK_ID=x", "error", 5},
		{"", "SLURM_ARRAY_TASK_ID=5", "error", 5},
		{"--task 0", "", "error", 0},
		{"--tasks 3", "", "error", 5},
		{"--task 4 --task-offset 1", "", "error", 5},
		{"--task-offset 9223372036854775807", "SLURM_ARRAY_TASK_ID=1", "error", 5},
		{"--task-offset 3", "SLURM_ARRAY_TASK_ID=9223372036854775807", "error", 5},
		{"--task-list 1,3-4", "JOB_COMPLETION_INDEX=0", "2/5", 5},
		{"--task-list 1,3-4 --tasks 9", "JOB_COMPLETION_INDEX=2", "5/9", 5},
		{"--task-list 1,3-4 --task 1 --task-offset 1", "", "5/5", 5},
		{"--task-list 1,3-4 --task 3", "", "error", 5},
		{"--task-list 5 --task 0", "", "error", 5},
		{"--task-list 1,3-4", "", "error", 5},
		{"--task-list 1 --shard 1/5", "", "error", 5},
	} {
		root := newRoot(newConsole(os.Stdout, os.Stderr))
		cmd, _, err := root.Find([]string{"extract"})
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.ParseFlags(strings.Fields("--plan x " + c.flags)); err != nil {
			t.Fatal(err)
		}
		number := func(name string) int {
			n, err := strconv.Atoi(cmd.Flags().Lookup(name).Value.String())
			if err != nil {
				return map[string]int{"task": -1}[name]
			}
			return n
		}
		var shard table.Part
		if text := cmd.Flags().Lookup("shard").Value.String(); text != "" {
			if shard, err = table.ParsePart(text); err != nil {
				t.Fatal(err)
			}
		}
		of := taskFlags{task: number("task"), tasks: number("tasks"), offset: number("task-offset")}
		if text := cmd.Flags().Lookup("task-list").Value.String(); text != "" {
			if of.list, err = planned.ParseList(text); err != nil {
				t.Fatal(err)
			}
		}
		name, value, _ := strings.Cut(c.env, "=")
		part, err := of.part(cmd, shard, c.plan, func(n string) string {
			if n == name {
				return value
			}
			return ""
		})
		got := part.String()
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s, %s: %s (%v), want %s", c.flags, c.env, got, err, c.want)
		}
	}
}
