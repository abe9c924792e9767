package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/pipeline/evaluation"
)

// imagenetOfDrawings is a validation set of drawn images in class folders, and a net with random weights.
func imagenetOfDrawings(t *testing.T) (spec, weights string) {
	t.Helper()
	dir := t.TempDir()
	s, err := synth.Generate(t.Context(), filepath.Join(dir, "drawn"), synth.Options{Layout: synth.LayoutCaltech101, Images: 8, Seed: 1, Size: 96, Classes: 4})
	if err != nil {
		t.Fatal(err)
	}
	set, err := datasets.Open(t.Context(), s.Spec, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, it := range set.Items {
		data, err := os.ReadFile(it.At.Path)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, "inet", "val", datasets.ILSVRC2012()[i*7].WNID, fmt.Sprintf("drawn_%d.JPEG", i))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	weights = filepath.Join(dir, "net.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "-o", weights)
	return "imagenet:" + filepath.Join(dir, "inet"), weights
}

func TestEvaluateCommand(t *testing.T) {
	spec, weights := imagenetOfDrawings(t)
	out := filepath.Join(t.TempDir(), "run")
	args := []string{"evaluate", spec, "--weights", weights, "--scales", "224,230", "-o", out}
	code, stdout, stderr := fc7(t, args...)
	if code != exitDone {
		t.Fatalf("exit status %d\n%s", code, stderr)
	}
	for _, says := range []string{"top-1", "vgg11/32", "dense", "224,230", "8 images", "random weights", "worst classes", "predictions.parquet"} {
		if !strings.Contains(stdout, says) {
			t.Errorf("no %q in\n%s", says, stdout)
		}
	}
	if !strings.Contains(stderr, "of the 1000 classes of ILSVRC-2012 there are 8 here") {
		t.Errorf("notes %q", stderr)
	}
	_, stdout, _ = fc7(t, append(args, "--json")...)
	var e evaluation.Result
	if err := json.Unmarshal([]byte(stdout), &e); err != nil || len(e.Rows) != 3 || e.Rows[2].Images != 8 || len(e.Worst) == 0 || e.Worst[0].Label == "" {
		t.Errorf("%v: %s", err, stdout)
	}
	want(t, exitFailed, "evaluate", spec, "--weights", weights, "--scales", "240", "-o", out)
	if err := os.WriteFile(filepath.Join(strings.TrimPrefix(spec, "imagenet:"), "val", "n01440764", "bad.JPEG"), []byte("no"), 0o644); err != nil {
		t.Fatal(err)
	}
	bad := want(t, exitSomeFailed, "evaluate", spec, "--weights", weights, "--scales", "224", "-o", filepath.Join(t.TempDir(), "bad"))
	if !strings.Contains(bad, "1 could not be read and count as errors") {
		t.Errorf("says %s", bad)
	}
}

func TestClassifyCommand(t *testing.T) {
	spec, weights := imagenetOfDrawings(t)
	stdout := want(t, exitDone, "classify", "--weights", weights, "--top", "2", "--scales", "224", spec)
	if n := strings.Count(stdout, " %  n0") + strings.Count(stdout, " %  n1"); n != 16 || !strings.Contains(stdout, "(n01440764)") {
		t.Errorf("%d classes in\n%s", n, stdout)
	}
	second := filepath.Join(t.TempDir(), "second.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--seed", "2", "-o", second)
	torn := filepath.Join(t.TempDir(), "torn.jpg")
	if err := os.WriteFile(torn, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ := fc7(t, "classify", "--weights", weights, "--weights", second, "--views", "centre", "--json", spec, torn)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != exitSomeFailed || len(lines) != 9 {
		t.Fatalf("exit status %d\n%s", code, stdout)
	}
	var a evaluation.Classified
	if err := json.Unmarshal([]byte(lines[0]), &a); err != nil || len(a.Top) != 5 || len(a.Labels) != 1 {
		t.Errorf("%v: %s", err, lines[0])
	}
	if err := json.Unmarshal([]byte(lines[8]), &a); err != nil || a.Error == "" {
		t.Errorf("%v: %s", err, lines[8])
	}
}

// TestWeightsTwice: a net that is given twice is wrong usage of every verb that takes several, before anything is
// loaded or written; the two names are told.
func TestWeightsTwice(t *testing.T) {
	dir := t.TempDir()
	a, b, out := filepath.Join(dir, "a.safetensors"), filepath.Join(dir, "b.safetensors"), filepath.Join(dir, "out")
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "-o", a)
	if err := os.Link(a, b); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"classify", "gone.jpg"}, {"evaluate", "imagenet:gone", "-o", out}, {"extract", "folder:gone", "-o", out},
	} {
		if text := want(t, exitUsage, append(args, "--weights", a, "--weights", b)...); !strings.Contains(text, a+" and "+b+" are the same weights") {
			t.Errorf("%s: %s", args[0], text)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a folder was made")
	}
}

func TestTestingUsage(t *testing.T) {
	for args, says := range map[string]string{
		"classify":                                        "missing IMAGE",
		"classify x.jpg --weights w --top 0":              "--top 0",
		"classify x.jpg --weights w --views side":         "dense, crops, both or centre",
		"evaluate":                                        "missing DATASET",
		"evaluate imagenet:/x --weights w":                "missing --out",
		"evaluate imagenet:/x -o o --weights w --split a": `unknown split "a"`,
		"evaluate inet:/x -o o --weights w":               "unknown kind",
	} {
		if out := want(t, exitUsage, strings.Fields(args)...); !strings.Contains(out, says) || !strings.Contains(out, "--help") {
			t.Errorf("fc7 %s: %q does not say %q", args, out, says)
		}
	}
}

func TestShortMetadata(t *testing.T) {
	if s := shortMetadata("short, crêpe"); s != "short, crêpe" {
		t.Error(s)
	}
	if s := shortMetadata(strings.Repeat("é", 500)); !strings.HasSuffix(s, "é… (1000 bytes)") || len(s) > 300 {
		t.Error(s)
	}
}
