package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/inspection"
)

// A sound set is inspected with status 0, and with 3 once a file is cut to nothing and an image is copied from training
// to testing.
func TestDatasetInspect(t *testing.T) {
	dir := t.TempDir()
	want(t, 0, "dataset", "synth", "--images", "12", "--size", "64", dir)
	spec := "voc2007:" + dir
	text := want(t, 0, "dataset", "inspect", spec, "--hash", "--pixels")
	for _, s := range []string{"12 of 12 images (decoded)", "aeroplane", "published images", "jpeg 12", "trainval", "5011"} {
		if !strings.Contains(text, s) {
			t.Errorf("lacks %q:\n%s", s, text)
		}
	}
	var in inspection.Set
	_, out, _ := fc7(t, "dataset", "inspect", spec, "--json")
	if err := json.Unmarshal([]byte(out), &in); err != nil || in.Images != 12 || in.Hashed || in.Width.Max != 64 {
		t.Errorf("%+v, %v", in, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "JPEGImages", "*.jpg"))
	if err != nil || len(files) != 12 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	splits := filepath.Join(dir, "s.tsv")
	id := func(n int) string { return strings.TrimSuffix(filepath.Base(files[n]), ".jpg") }
	if err := os.WriteFile(splits, []byte("image\tsplit\n"+id(0)+"\ttrain\n"+id(1)+"\ttest\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[1], b, 0o644); err != nil {
		t.Fatal(err)
	}
	text = want(t, 3, "dataset", "inspect", spec, "--hash", "--splits", splits)
	if s := "1 leak, images with the same bytes"; !strings.Contains(text, s) || !strings.Contains(text, id(0)+" = "+id(1)) {
		t.Errorf("lacks %q:\n%s", s, text)
	}
	if err := os.Truncate(files[2], 0); err != nil {
		t.Fatal(err)
	}
	if text = want(t, 3, "dataset", "inspect", spec); !strings.Contains(text, "1 no bytes:\n  "+id(2)) {
		t.Errorf("an empty file is not told:\n%s", text)
	}
	want(t, 2, "dataset", "inspect", spec, "--objects", "box")
	want(t, 2, "dataset", "inspect", spec, "--box-context", "0.1")
	want(t, 1, "dataset", "inspect", "voc2007:"+filepath.Join(dir, "none"))
}

func TestDatasetSplits(t *testing.T) {
	dir := t.TempDir()
	set, out := "caltech101:"+filepath.Join(dir, "set"), filepath.Join(dir, "s.tsv")
	want(t, 0, "dataset", "synth", "--layout", "caltech101", "--images", "40", "--size", "32", filepath.Join(dir, "set"))
	text := want(t, 0, "dataset", "splits", set, "--seed", "0", "--train", "3", "--test", "2", "--out", out)
	if !strings.Contains(text, "train") || !strings.Contains(text, "12 images") {
		t.Errorf("printed\n%s", text)
	}
	if text = want(t, 1, "dataset", "splits", set, "--seed", "1", "--out", out); !strings.Contains(text, "exists already") {
		t.Errorf("a file was replaced:\n%s", text)
	}
	want(t, 0, "dataset", "splits", set, "--seed", "1", "--train", "3", "--out", out, "--overwrite")
	if text = want(t, 0, "dataset", "inspect", set, "--splits", out); !strings.Contains(text, "12") {
		t.Errorf("printed\n%s", text)
	}
	want(t, 1, "dataset", "splits", set, "--out", filepath.Join(dir, "s2.tsv")) // it has none of its own
	want(t, 2, "dataset", "splits", set, "--train", "3", "--out", filepath.Join(dir, "s2.tsv"))
	want(t, 2, "dataset", "splits", set)
}

// Tables that fc7 wrote hold keys in a column image, and are no data set: each kind is refused with what to name
// instead, as a folder and as a file.
func TestOwnTablesAreNoDataSet(t *testing.T) {
	j := newSmallJob(t, "12")
	want(t, 0, j.args("run")...)
	flat, scores := j.out("flat.parquet"), j.out("scores.parquet")
	want(t, 0, "aggregate", j.out("run"), "--out", flat)
	want(t, 0, "svm", j.out("run"))
	want(t, 0, "predict", "--head", j.out("run")+"/heads", "--weights", j.net, "--out", scores, "voc2007:"+j.data)
	for path, says := range map[string]string{
		j.out("run"): "name the data set that it was extracted from", j.out("run") + "/features": "fc7 svm",
		flat: "a feature table of fc7", scores: "a table of results of fc7",
	} {
		for _, args := range [][]string{{"extract", "parquet:" + path, "--weights", j.net, "--out", j.out("again")}, {"dataset", "inspect", "parquet:" + path}} {
			if text := want(t, 1, args...); !strings.Contains(text, says) || !strings.Contains(text, path) {
				t.Errorf("%v: want %q in\n%s", args, says, text)
			}
		}
	}
	if _, err := os.Stat(j.out("again")); err == nil {
		t.Error("a run's folder was made of a table")
	}
}
