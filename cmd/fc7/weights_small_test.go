package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestSmallNet: what ships with fc7 serves where no weights are named, and is told.
func TestSmallNet(t *testing.T) {
	dir := t.TempDir()
	data, run := filepath.Join(dir, "data"), filepath.Join(dir, "run")
	want(t, exitDone, "dataset", "synth", "--images", "8", "--size", "120", data)
	out := want(t, exitDone, "extract", "voc2007:"+data, "--scales", "224", "--out", run)
	for _, s := range []string{"no --weights: the small net", "8 ok, 0 failed", "fc7_q224"} {
		if !strings.Contains(out, s) {
			t.Errorf("extract does not say %q:\n%s", s, out)
		}
	}
	if strings.Contains(out, "random") {
		t.Errorf("the small net is taken for an untrained one:\n%s", out)
	}
	if out := want(t, exitDone, "verify", run, "--sample", "3"); !strings.Contains(out, "3") {
		t.Errorf("verify: %s", out)
	}
	if out := want(t, exitDone, "extract", "voc2007:"+data, "--scales", "224", "--weights", "small", "--out", run); strings.Contains(out, "no --weights") {
		t.Errorf("weights that were named: %s", out)
	}
	images, err := filepath.Glob(filepath.Join(data, "VOCdevkit", "VOC2007", "JPEGImages", "*.jpg"))
	if err != nil || len(images) == 0 {
		t.Fatal(images, err)
	}
	if out := want(t, exitDone, "classify", images[0], "--top", "2"); strings.Count(out, "%") != 2 {
		t.Errorf("classify: %s", out)
	}
	if out := want(t, exitDone, "weights", "inspect", "small"); !strings.Contains(out, "vgg11_bn/4:fc208") {
		t.Errorf("inspect: %s", out)
	}
	if out := want(t, exitUsage, "weights", "fetch", "small"); !strings.Contains(out, "nothing to fetch") {
		t.Errorf("fetch: %s", out)
	}
}
