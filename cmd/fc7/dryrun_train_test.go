package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/forecast"
	"fc7/pipeline/training"
)

// TestDryRun: train --dry-run tells what the training would take, as text and as JSON, and leaves nothing.
func TestDryRun(t *testing.T) {
	data, out := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "planned")
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "20", data)
	args := []string{"train", "caltech101:" + data, "--net", "A/64:fc16", "--batch", "4", "--epochs", "7", "--dry-run", "-o", out}
	if text := want(t, exitDone, args...); !strings.Contains(text, "stage 1, vgg11/64:fc16 at S = 256, 7 epochs") || !strings.Contains(text, "an epoch ") || !strings.Contains(text, " to train, 3 to validate, 3 classes; steps of 4 images, 5 an epoch") || !strings.Contains(text, "in all at most ") || !strings.Contains(text, "; memory ") {
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

// TestForecastOfTraining: a training is foretold as all else is, with what it alone has: rates and epochs, memory, and
// what helps where the disk is too small.
func TestForecastOfTraining(t *testing.T) {
	f := forecast.New("")
	f.Add(forecast.Step{What: "stage 1, vgg16 at S = 256-512, 74 epochs", Units: 94806358, Unit: "images", Tried: 8, Took: 2.16, Seconds: 86400 * 300, Detail: "3.71 images/s, an epoch 4.05 days"})
	f.Write("runs/d: weights and checkpoints", 0, 6.6e9)
	f.AtMost, f.Memory, f.Free = true, 7.1e9, 5e9
	var b bytes.Buffer
	if err := writeForecast(&b, f); err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{
		"stage 1, vgg16 at S = 256-512, 74 epochs  94806358 images, at most 300 days (8 took 2.16 s here: 3.71 images/s, an epoch 4.05 days)",
		"in all at most 300 days; memory 7.10 GB; the disk has 5.00 GB free, which is too little",
	} {
		if !strings.Contains(b.String(), says) {
			t.Errorf("%s\nexpected %q", b.String(), says)
		}
	}
}
