package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestDrawnLayouts: each layout that is drawn is opened by its reader and goes the way of the published set: through
// extract and svm by its protocol, and ImageNet's through evaluate.
func TestDrawnLayouts(t *testing.T) {
	dir := t.TempDir()
	net := filepath.Join(dir, "net.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", net)
	for layout, c := range map[string]struct {
		kind, protocol string
		more           []string // of extract
		says           string
		files          int // for the server
	}{
		"voc2012":        {"voc2012", "voc2012", nil, "voc2012", 20},
		"voc2012-action": {"voc2012:action", "voc2012-action", []string{"--objects", "both"}, "action", 10},
		"vocxml":         {"vocxml", "set", []string{"--objects", "box"}, "set", 0},
		"caltech256":     {"caltech256", "caltech256", nil, "caltech256", 0},
	} {
		data, run := filepath.Join(dir, layout), filepath.Join(dir, layout+"-run")
		images := map[bool]string{true: "24", false: "16"}[layout == "caltech256"]
		said := want(t, exitDone, "dataset", "synth", "--layout", layout, "--images", images, "--size", "64", data)
		if !strings.Contains(said, c.kind+":"+data) {
			t.Errorf("%s: %s", layout, said)
		}
		want(t, exitDone, append([]string{"extract", c.kind + ":" + data, "--weights", net, "--layer", "pool5", "--scales", "64", "--out", run}, c.more...)...)
		svm := []string{"svm", run, "--protocol", c.protocol, "--c", "1"}
		if layout == "caltech256" {
			svm = append(svm, "--train-per-class", "4", "--seeds", "0")
		}
		want(t, exitDone, svm...)
		files, err := filepath.Glob(filepath.Join(run, "heads", "results", "*"))
		if err != nil || len(files) != c.files {
			t.Errorf("%s: %d result files, expected %d: %v", layout, len(files), c.files, err)
		}
	}
}

// drawnImageNet draws a small ImageNet and a net with its 1000 outputs.
func drawnImageNet(t *testing.T, images int) (data, net string) {
	t.Helper()
	dir := t.TempDir()
	data, net = filepath.Join(dir, "imagenet"), filepath.Join(dir, "net.safetensors")
	want(t, exitDone, "dataset", "synth", "--layout", "imagenet", "--images", fmt.Sprint(images), "--classes", "4", "--size", "64", "--boxes", data)
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", net)
	return data, net
}

// TestDrawnImageNet: the layout is evaluated on val, whose labels the kit has.
func TestDrawnImageNet(t *testing.T) {
	data, net := drawnImageNet(t, 16)
	out := filepath.Join(t.TempDir(), "run")
	code, said, errs := fc7(t, "evaluate", "imagenet:"+data, "--weights", net, "--views", "centre", "--out", out, "--json")
	var e struct{ Images, Unlabelled, Failed int }
	if err := json.Unmarshal([]byte(said), &e); err != nil || code != exitDone || e.Images != 4 || e.Unlabelled+e.Failed > 0 {
		t.Errorf("%d %v %s%s", code, err, said, errs)
	}
	run := filepath.Join(t.TempDir(), "table")
	want(t, exitDone, "extract", "imagenet:"+data, "--weights", net, "--layer", "pool5", "--scales", "64", "--out", run)
	want(t, exitDone, "svm", run, "--protocol", "set", "--c", "1")
	boxes := filepath.Join(t.TempDir(), "boxes")
	said = want(t, exitDone, "extract", "imagenet:"+data, "--objects", "box", "--weights", net, "--layer", "pool5", "--scales", "64", "--out", boxes)
	if !strings.Contains(said, "12 images: 12 ok") {
		t.Errorf("boxes: %s", said)
	}
}
