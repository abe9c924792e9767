package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAudit: the exit status tells whether something certainly leaks, JSON says which, and the table shows the scores
// without it as those of a protocol of their own.
func TestAudit(t *testing.T) {
	dir := t.TempDir()
	data, net, run := filepath.Join(dir, "data"), filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "run")
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "20", "--classes", "2", "--size", "64", data)
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", net)
	args := func(more ...string) []string {
		return append([]string{"audit", run, "--train-per-class", "5", "--seeds", "0"}, more...)
	}
	extract := func() {
		want(t, exitDone, "extract", "caltech101:"+data, "--weights", net, "--scales", "224", "--out", run)
	}
	extract()
	if out := want(t, exitDone, args()...); strings.Contains(out, "certain:") || !strings.Contains(out, "seed 0") {
		t.Errorf("drawn images: %s", out)
	}
	if err := os.Rename(data, data+"-away"); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(run, "explore")); err != nil {
		t.Fatal(err)
	}
	if out := want(t, exitDone, args()...); strings.Contains(out, " rows compared in ") || !strings.Contains(out, "was compared") || !strings.Contains(out, "were only rows with descriptors as near") || !strings.Contains(out, "--data KIND:PATH") {
		t.Errorf("all images gone: %s", out)
	}
	if err := os.Rename(data+"-away", data); err != nil {
		t.Fatal(err)
	}
	images, err := filepath.Glob(filepath.Join(data, "*", "*", "*.jpg"))
	if err != nil || len(images) < 10 {
		t.Fatal(images, err)
	}
	for _, f := range images { // each once more: some leak, whatever is drawn
		b, err := os.ReadFile(f)
		if err == nil {
			err = os.WriteFile(strings.TrimSuffix(f, ".jpg")+"b.jpg", b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run = filepath.Join(dir, "run2")
	extract()
	var a struct {
		Groups []struct {
			Grade  string
			Images []struct {
				Image string
				Leaks []struct{ Split, Grade string }
			}
		}
		Splits []struct{ Leaked struct{ Certain int } }
		Scores *struct{ Out string }
	}
	code, out, _ := fc7(t, args("--json")...)
	if err := json.Unmarshal([]byte(out), &a); err != nil || code != exitSomeFailed {
		t.Fatal(err, out)
	}
	leaks := 0
	for _, g := range a.Groups {
		for _, m := range g.Images {
			if g.Grade == "certain" && len(g.Images) == 2 && len(m.Leaks) == 1 && m.Leaks[0].Split == "seed 0" && m.Leaks[0].Grade == "certain" {
				leaks++
			}
		}
	}
	if leaks == 0 || a.Splits[0].Leaked.Certain != leaks || a.Scores == nil {
		t.Errorf("%d images leak: %s", leaks, out)
	}
	if out = want(t, exitSomeFailed, args()...); !strings.Contains(out, "compared before, and read") || !strings.Contains(out, "splits-seed0.tsv") {
		t.Errorf("read back: %s", out)
	}
	if out = want(t, exitDone, "table", filepath.Join(run, "explore")); !strings.Contains(out, "protocol caltech101, without leaks") {
		t.Errorf("table: %s", out)
	}
	list := filepath.Join(run, "explore", "splits-seed0.tsv")
	want(t, exitDone, "svm", run, "--protocol", "set", "--splits", list, "--unlisted", "drop", "--c", "1")
	if out = want(t, exitDone, "table", run); !strings.Contains(out, "protocol set, splits of splits-seed0.tsv") {
		t.Errorf("table: %s", out)
	}
}
