package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/pipeline/localisation"
)

// TestLocaliseCommands: a net for boxes is trained from one for classes, scored, and applied; what it finds is
// described by extract; an image that cannot be read is told, by status 3.
func TestLocaliseCommands(t *testing.T) {
	dir := t.TempDir()
	data, net, run := filepath.Join(dir, "data"), filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "run")
	want(t, exitDone, "dataset", "synth", data, "--layout", "vocxml", "--images", "12", "--classes", "2", "--size", "96", "--seed", "3")
	want(t, exitDone, "weights", "init", "--net", "vgg11/64:fc16", "--seed", "1", "--out", net)
	spec := "vocxml:" + data
	train := []string{"localise", "train", spec, "--from", net, "--views", "2", "--batch", "4", "--epochs", "2", "--s", "224-230", "--threads", "1", "--out", run}
	if out := want(t, exitDone, append(train[:len(train):len(train)], "--dry-run")...); !strings.Contains(out, "weights and checkpoints") {
		t.Errorf("dry run: %s", out)
	}
	if out := want(t, exitDone, train...); !strings.Contains(out, "of the boxes wrong (IoU below 0.5)") || !strings.Contains(out, "wrong boxes") {
		t.Errorf("train: %s", out)
	}
	if out := want(t, exitDone, train...); !strings.Contains(out, "done already") {
		t.Errorf("again: %s", out)
	}
	boxes := filepath.Join(run, "weights.safetensors")
	if out := want(t, exitDone, "report", run); !strings.Contains(out, "report.html") {
		t.Errorf("report: %s", out)
	}
	if out := want(t, exitFailed, "classify", "--weights", boxes, "--scales", "224", spec); !strings.Contains(out, "predicts boxes, not classes") {
		t.Errorf("classify: %s", out)
	}
	out := want(t, exitDone, "localise", "evaluate", spec, "--boxes-net", boxes, "--threads", "1", "--out", filepath.Join(dir, "scored"))
	want(t, exitDone, "report", filepath.Join(dir, "scored"))
	page, err := os.ReadFile(filepath.Join(dir, "scored", "report.html"))
	if err != nil || !strings.Contains(string(page), "Best: the greatest IoU") || !strings.Contains(string(page), "data:image/jpeg") {
		t.Errorf("the page has no pictures of boxes (%v)", err)
	}
	for _, says := range []string{"constant, 75 %", "centre", "dense", "mean IoU", "table 9", "12 images"} {
		if !strings.Contains(out, says) {
			t.Errorf("evaluate does not say %q: %s", says, out)
		}
	}
	images, err := filepath.Glob(filepath.Join(data, "*", "*", "*.jpg"))
	if err != nil || len(images) < 3 {
		t.Fatal(images, err)
	}
	if out := want(t, exitFailed, "localise", "predict", "--boxes-net", boxes, "--threads", "1", "--out", filepath.Join(dir, "x"), images[0]); !strings.Contains(out, "no net tells which") {
		t.Errorf("two classes: %s", out)
	}
	one := filepath.Join(dir, "one")
	want(t, exitDone, append(train[:len(train)-1:len(train)-1], one, "--classes", "aeroplane")...)
	boxes = filepath.Join(one, "weights.safetensors")
	damaged := filepath.Join(dir, "damaged.jpg")
	if err := os.WriteFile(damaged, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	found := filepath.Join(dir, "found")
	if out := want(t, exitSomeFailed, "localise", "predict", "--boxes-net", boxes, "--xml", "--threads", "1", "--out", found, images[0], damaged, images[1]); !strings.Contains(out, "2 boxes in 2 images, 1 could not be read") || !strings.Contains(out, "damaged.jpg") {
		t.Errorf("predict: %s", out)
	}
	lines, err := os.ReadFile(filepath.Join(found, "boxes.jsonl"))
	if err != nil || strings.Count(string(lines), "\n") != 3 || !json.Valid([]byte(strings.SplitN(string(lines), "\n", 2)[0])) {
		t.Errorf("%s %v", lines, err)
	}
	if out := want(t, exitDone, "extract", "csv:"+filepath.Join(found, "boxes.csv"), "--objects", "box", "--weights", net, "--scales", "224", "--out", filepath.Join(dir, "table")); !strings.Contains(out, "2 ok") {
		t.Errorf("extract: %s", out)
	}
}

// TestLocaliseDrawn: of drawings with one right box each, a net that has seen them places it to the pixel or nearly,
// and better than any constant box also where it has not. make drawn-boxes asks for 90 % there, and takes ten minutes.
func TestLocaliseDrawn(t *testing.T) {
	dir := t.TempDir()
	data, net, run := filepath.Join(dir, "data"), filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "run")
	want(t, exitDone, "dataset", "synth", data, "--layout", "vocxml", "--alone", "--images", "96", "--classes", "2", "--size", "224", "--seed", "1")
	want(t, exitDone, "weights", "init", "--net", "vgg11/32:fc64", "--seed", "1", "--out", net)
	for _, of := range []string{"images", "annotations"} { // the last epoch counts, not the best one on a few
		if err := os.RemoveAll(filepath.Join(data, of, "val")); err != nil {
			t.Fatal(err)
		}
	}
	spec := "vocxml:" + data
	want(t, exitDone, "localise", "train", spec, "--from", net, "--s", "224", "--views", "0", "--no-colour", "--dropout", "0", "--rate", "0.01", "--batch", "8", "--epochs", "60", "--held-out", "0", "--out", run)
	for split, least := range map[string]float64{"train": 0.7, "test": 0} {
		out := filepath.Join(dir, split)
		want(t, exitDone, "localise", "evaluate", spec, "--split", split, "--boxes-net", filepath.Join(run, "weights.safetensors"), "--out", out)
		r, err := localisation.ReadResult(out)
		if err != nil {
			t.Fatal(err)
		}
		constant := 0.0
		for _, row := range r.Rows {
			if row.Views == localisation.ViewsConstant {
				constant = max(constant, row.MeanIoU)
				continue
			}
			t.Logf("%s, %s: mean IoU %.3f, constant box %.3f", split, row.Views, row.MeanIoU, constant)
			if row.MeanIoU < max(least, constant) {
				t.Errorf("%s, %s: mean IoU %.3f, expected at least %.3f", split, row.Views, row.MeanIoU, max(least, constant))
			}
		}
	}
}

// TestLocaliseSubmission: the server's file has a line a test image, of five numbers of the kit with a box each, which
// is that of boxes.jsonl counted from 0; an image that cannot be read has a line too.
func TestLocaliseSubmission(t *testing.T) {
	data, net := drawnImageNet(t, 24)
	dir := t.TempDir()
	run, file := filepath.Join(dir, "run"), filepath.Join(dir, "test.txt")
	want(t, exitDone, "localise", "train", "imagenet:"+data, "--from", net, "--s", "224", "--views", "0", "--epochs", "1", "--batch", "8", "--out", run)
	if err := os.WriteFile(filepath.Join(data, "test", "ILSVRC2012_test_00000003.JPEG"), []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	predict := []string{"localise", "predict", "--boxes-net", filepath.Join(run, "weights.safetensors"), "--weights", net, "--scales", "224", "--out", filepath.Join(dir, "found"), "--split", "test"}
	if said := want(t, exitFailed, append(predict[:len(predict)-1:len(predict)-1], "val", "--submission", file, "imagenet:"+data)...); !strings.Contains(said, "not of ILSVRC's test set") {
		t.Error(said)
	}
	said := want(t, exitSomeFailed, append(predict, "--submission", file, "imagenet:"+data)...)
	if !strings.Contains(said, "6 lines, 5 of them answered") || !strings.Contains(said, "5 boxes in 5 images") {
		t.Error(said)
	}
	numbers, err := datasets.ILSVRCNumbers(data)
	if err != nil {
		t.Fatal(err)
	}
	lines, answers := readLines(t, file), readLines(t, filepath.Join(dir, "found", "boxes.jsonl"))
	for i, line := range lines {
		var a localisation.Answer
		if err := json.Unmarshal([]byte(answers[i]), &a); err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, f := range a.Found {
			words = append(words, fmt.Sprintf("%d %.0f %.0f %.0f %.0f", numbers[f.Class], math.Round(f.Box.XMin)-1, math.Round(f.Box.YMin)-1, math.Round(f.Box.XMax)-1, math.Round(f.Box.YMax)-1))
		}
		expected := strings.Join(words, " ")
		if a.Error != "" {
			expected = "1 0 0 0 0"
		}
		if line != expected || a.Error == "" && len(words) != 5 {
			t.Errorf("line %d is %q, expected %q", i+1, line, expected)
		}
	}
}
