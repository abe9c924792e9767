package main

import (
	"path/filepath"
	"strings"
	"testing"

	"fc7/outputs"
)

// TestPlannedNets: several nets share a plan; tasks make the tables that one extraction of all nets makes, of all nets
// or of one alone, and status, merge and submit take them together.
func TestPlannedNets(t *testing.T) {
	j := newSmallJob(t, "10")
	other := filepath.Join(j.dir, "other.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg11/64", "--out", other)
	want(t, exitDone, j.args("calm", "--weights", other)...)
	j.plan(t, "run", "--tasks", "2", "--weights", other)
	j.plan(t, "run", "--tasks", "2", "--weights", other) // is there
	run, folders := j.out("run"), []string{"vgg16_64", "vgg11_64"}
	args := j.args("run", "--tasks", "2")
	args[0] = "plan"
	if code, _, said := fc7(t, args...); code != exitFailed || !strings.Contains(said, "nets: the plan has 2 nets (vgg16_64, vgg11_64)") {
		t.Errorf("a plan of one net where there is one of two: status %d, %s", code, said)
	}
	want(t, exitDone, "extract", "--plan", run, "--task", "1")
	if code, _, said := fc7(t, "merge", run); code != exitPassing || !strings.Contains(said, filepath.Join("run", "vgg11_64")) || !strings.Contains(said, "2 of 5 files are missing: 0-1, of task 0") {
		t.Errorf("status %d, %s", code, said)
	}
	want(t, exitDone, "extract", "--plan", filepath.Join(run, "vgg11_64"), "--task", "0")
	if text := want(t, exitDone, "submit", "slurm", run, "--retry"); !strings.Contains(text, "--array=0 ") || !strings.Contains(text, "merge "+run+"\n") {
		t.Error(text)
	}
	if text := want(t, exitDone, "status", run); !strings.Contains(text, "files: 3 done") || !strings.Contains(text, "files: 5 done") {
		t.Error(text)
	}
	want(t, exitDone, "extract", "--plan", run, "--task", "0")
	want(t, exitDone, "merge", run)
	var took []float64
	for _, f := range folders {
		m, err := outputs.ReadManifest(filepath.Join(run, f))
		if err != nil {
			t.Fatal(err)
		}
		took = append(took, m.Timings.Computing)
	}
	if took[0] <= 0 || took[1] <= 0 || took[0] == took[1] {
		t.Errorf("the nets computed for %v seconds: want that of each alone", took)
	}
	for _, f := range folders {
		sameFiles(t, files(t, filepath.Join(j.out("calm"), f)), files(t, filepath.Join(run, f)))
		if out := want(t, exitDone, "verify", filepath.Join(run, f)); !strings.Contains(out, "no problems") {
			t.Error(out)
		}
	}
	if out := want(t, exitDone, "extract", "--plan", run); !strings.Contains(out, "merged already") {
		t.Error(out)
	}
	if code, _, said := fc7(t, "svm", run); code == exitDone || !strings.Contains(said, "vgg16_64") {
		t.Errorf("svm on the folder above the tables: status %d, %s", code, said)
	}
}
