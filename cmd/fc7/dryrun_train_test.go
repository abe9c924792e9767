package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/training"
)

// TestDryRun: train --dry-run tells what the training would take, as text and as JSON, and leaves nothing.
func TestDryRun(t *testing.T) {
	data, out := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "planned")
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "20", data)
	args := []string{"train", "caltech101:" + data, "--net", "A/64:fc16", "--batch", "4", "--epochs", "7", "--dry-run", "-o", out}
	if text := want(t, exitDone, args...); !strings.Contains(text, "vgg11/64:fc16  256       7") || !strings.Contains(text, "in all at most ") || !strings.Contains(text, "disk ") {
		t.Errorf("%s", text)
	}
	var p training.Plan
	if text := want(t, exitDone, append(args, "--json")...); json.NewDecoder(strings.NewReader(text)).Decode(&p) != nil || len(p.Stages) != 1 || p.Stages[0].Epochs != 7 {
		t.Errorf("%+v from %s", p, text)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a dry run has made a folder")
	}
}

func TestPrintPlan(t *testing.T) {
	s := training.DefaultStage()
	s.Net, s.SMin, s.SMax, s.Epochs = "vgg16", 256, 512, 74
	p := &training.Plan{
		Train: 1281167, Val: 50000, Classes: 1000, Batch: 256, Steps: 5005, Seconds: 86400 * 300, AtMost: true, Memory: 7.1e9, Disk: 6.6e9, Free: 5e9,
		Stages: []training.PlannedStage{{Stage: s, Speed: 3.71, Epoch: 350000, Seconds: 350000 * 74}},
	}
	var b bytes.Buffer
	if err := printPlan(&b, p, "imagenet:/data", "runs/d"); err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{
		"1281167 images to train, 50000 to validate, 1000 classes; steps of 256 images, 5005 an epoch",
		"1  vgg16  256-512      74      3.71  4.05 days    300 days", "in all at most 300 days; memory 7.10 GB; disk 6.60 GB in runs/d, which has 5.00 GB free",
		"the disk of runs/d is too small",
	} {
		if !strings.Contains(b.String(), says) {
			t.Errorf("%s\nexpected %q", b.String(), says)
		}
	}
	for seconds, want := range map[float64]string{3: "3 s", 119: "119 s", 120: "2 min", 7199: "120 min", 7200: "2 h", 172800: "2 days"} {
		if got := about(seconds); got != want {
			t.Errorf("%v: %s, expected %s", seconds, got, want)
		}
	}
}
