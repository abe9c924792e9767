package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestExtractNets goes the way of a user with two nets and several layers: one pass, then a head and a prediction on
// one of the tables.
func TestExtractNets(t *testing.T) {
	dir := t.TempDir()
	data, out := filepath.Join(dir, "data"), filepath.Join(dir, "run")
	want(t, exitDone, "dataset", "synth", "--images", "20", "--size", "120", data)
	args := []string{"extract", "voc2007:" + data, "--layer", "fc7,pool5", "--views", "centre", "--flip", "--scales", "230", "-o", out, "--json"}
	for _, net := range []string{"vgg11/32", "vgg13/32"} {
		path := filepath.Join(dir, strings.ReplaceAll(net, "/", "_")+".safetensors")
		want(t, exitDone, "weights", "init", "--net", net, "--out", path)
		args = append(args, "--weights", path, "--net", net)
	}
	code, stdout, stderr := fc7(t, args...)
	if code != exitDone || !json.Valid([]byte(stdout)) {
		t.Fatalf("exit status %d\n%s%s", code, stdout, stderr)
	}
	args = slices.DeleteFunc(args, func(a string) bool { return a == "--json" })
	if text := want(t, exitDone, args...); !strings.Contains(text, "vgg11/32\n20 images: 20 ok") || !strings.Contains(text, "fc7_centre_q230 (128 x float32), pool5_centre_q230 (16 x float32)") {
		t.Error(text)
	}
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	var end struct {
		Event  string
		Tables []struct {
			Out string
			OK  int
		}
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil || end.Event != "end" || len(end.Tables) != 2 || end.Tables[1].OK != 20 {
		t.Errorf("last event %s: %v", lines[len(lines)-1], err)
	}
	run := filepath.Join(out, "vgg13_32")
	if o := want(t, exitFailed, "svm", run, "--protocol", "voc2007"); !strings.Contains(o, "choose fc7 or pool5") {
		t.Errorf("svm without --layer: %s", o)
	}
	want(t, exitDone, "svm", run, "--protocol", "voc2007", "--layer", "pool5", "--c", "1")
	weights := slices.Index(args, "--weights")
	heads := filepath.Join(run, "heads")
	want(t, exitDone, "predict", "--head", heads, "--weights", args[weights+5], "voc2007:"+data)
	if o := want(t, exitFailed, "predict", "--head", heads, "--weights", args[weights+1], "voc2007:"+data); !strings.Contains(o, "vgg13/32") {
		t.Errorf("predict with the other net: %s", o)
	}
	want(t, exitDone, "verify", run)
	if o := want(t, exitFailed, "verify", out); !strings.Contains(o, "vgg11_32") || !strings.Contains(o, "vgg13_32") {
		t.Errorf("the folder of both tables: %s", o)
	}
}
