package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
