package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// strangeClasses are names that would be paths, devices, one and the same file, or none at all.
var strangeClasses = []string{
	"x/../../../../../y", "../../../../../../y", `..\..\y`, "/tmp/y", "CON", "nul.txt", "cat", "Cat", "caf\u00e9", "cafe\u0301", "a:b", "end.",
	strings.Repeat("long", 80) + "1", strings.Repeat("long", 80) + "2",
}

// strangeSet draws images and labels them with the classes, each in each split: a table of JSON lines. All that is in
// the folder above the returned one is the test's.
func strangeSet(t *testing.T, classes []string) (dir, spec string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "a", "b", "c", "d")
	drawn := filepath.Join(dir, "drawn")
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "12", "--classes", "2", "--size", "64", drawn)
	var images []string
	err := filepath.WalkDir(drawn, func(path string, d fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".jpg" {
			images = append(images, path)
		}
		return err
	})
	var lines bytes.Buffer
	e := json.NewEncoder(&lines)
	for i, class := range slices.Repeat(classes, 3) {
		path := filepath.Join(dir, "images", strings.Repeat("i", 1+i)+".jpg")
		b, e1 := os.ReadFile(images[i%len(images)])
		err = errors.Join(err, e1, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, b, 0o644), e.Encode(map[string]any{
			"path": "images/" + filepath.Base(path), "labels": []string{class}, "split": []string{"train", "val", "test"}[i/len(classes)],
		}))
	}
	list := filepath.Join(dir, "list.jsonl")
	if err := errors.Join(err, os.WriteFile(list, lines.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	return dir, "csv:" + list
}

// outside reads all files below a folder, but for some of them.
func outside(t *testing.T, dir string, but ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case slices.Contains(but, path):
			return filepath.SkipDir
		case d.Type().IsRegular():
			b, err := os.ReadFile(path)
			all[path] = string(b)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNamesStayInOUT: whatever classes are called, no verb writes anywhere but to its own folder, and each class has a
// result file of its own.
func TestNamesStayInOUT(t *testing.T) {
	if testing.Short() {
		t.Skip("some dozen verbs")
	}
	dir, spec := strangeSet(t, strangeClasses)
	above := filepath.Join(dir, "..", "..")
	victims := []string{filepath.Join(dir, "y.txt"), filepath.Join(dir, "..", "y.txt"), filepath.Join(above, "y.txt")}
	for _, v := range victims {
		if err := os.WriteFile(v, []byte("theirs"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	net, run, out := filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "run"), filepath.Join(dir, "out")
	want(t, exitDone, "weights", "init", "--net", "vgg11/64", "--out", net)
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	before := outside(t, above, run, out)
	at := func(name string) string { return filepath.Join(out, name) }
	jobs := [][]string{
		{"extract", spec, "--weights", net, "--layer", "pool5", "--scales", "64", "-o", run},
		{"svm", run, "--protocol", "voc2007"},
		{"svm", run, "--protocol", "voc2012", "--out", at("voc2012")},
		{"svm", run, "--protocol", "set", "--out", at("set")},
		{"svm", run, "--protocol", "caltech101", "--train-per-class", "1", "--test-per-class", "1", "--out", at("c101")},
		{"report", run},
		{"explore", run},
		{"predict", "--head", filepath.Join(run, "heads"), "--weights", net, "--out", at("predicted.parquet"), spec},
		{"head", "export", filepath.Join(run, "heads"), at("head.onnx")},
		{"head", "export", filepath.Join(run, "heads"), at("head.model")},
		{"aggregate", run, "--out", at("table.parquet")},
		{"merge", at("merged"), run},
		{"dataset", "splits", spec, "--out", at("splits.tsv")},
		{"train", spec, "--net", "vgg11/64:fc8", "--epochs", "1", "--batch", "8", "--s", "224", "--out", at("trained")},
		{"evaluate", spec, "--weights", at("trained/weights.safetensors"), "--scales", "224", "--out", at("evaluated")},
		{"classify", spec, "--weights", at("trained/weights.safetensors"), "--scales", "224"},
		{"table", run, at("evaluated")},
	}
	for _, args := range jobs {
		want(t, exitDone, args...)
	}
	if after := outside(t, above, run, out); !maps.Equal(before, after) {
		for path, text := range after {
			if before[path] != text {
				t.Errorf("%s was written: %.40q", path, text)
			}
		}
		t.Errorf("%d files, were %d", len(after), len(before))
	}
	for _, results := range []string{filepath.Join(run, "heads", "results"), at(filepath.Join("voc2012", "results"))} {
		entries, err := os.ReadDir(results)
		if err != nil || len(entries) != len(strangeClasses) {
			t.Errorf("%s: %d files of %d classes: %v", results, len(entries), len(strangeClasses), err)
		}
	}
}

// TestLinksToOtherDisks: the folder of a run, and those in it, may be links, and hold what they would without; so may
// any folder that a verb replaces, heads and drawn data sets among them.
func TestLinksToOtherDisks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	j := newSmallJob(t, "6")
	want(t, exitDone, j.args("plain")...)
	want(t, exitDone, "svm", j.out("plain"))
	disk, other := t.TempDir(), t.TempDir()
	if err := os.Symlink(disk, j.out("run")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"features", "digests"} {
		if err := errors.Join(os.Mkdir(filepath.Join(other, name), 0o755), os.Symlink(filepath.Join(other, name), filepath.Join(disk, name))); err != nil {
			t.Fatal(err)
		}
	}
	want(t, exitDone, j.args("run")...)
	want(t, exitDone, "svm", j.out("run"))
	want(t, exitDone, "svm", j.out("run"), "--force")
	want(t, exitDone, "report", j.out("run"))
	want(t, exitDone, j.args("run", "--update")...)
	want(t, exitDone, "verify", j.out("run"))
	sameFiles(t, files(t, j.out("plain")), files(t, j.out("run")))
	replaceLinks(t, j, disk, other)
	sameFiles(t, files(t, j.out("plain")), files(t, j.out("run")))
	for _, name := range []string{"features", "digests"} {
		if info, err := os.Lstat(filepath.Join(disk, name)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v", name, err)
		}
		if entries, err := os.ReadDir(filepath.Join(other, name)); err != nil || len(entries) == 0 {
			t.Errorf("%s: %d files, %v", name, len(entries), err)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(disk, "heads", "results")); err != nil || len(entries) == 0 {
		t.Errorf("%d result files, %v", len(entries), err)
	}
}

// replaceLinks replaces the heads of the run, other heads and a drawn data set where they are links to folders
// elsewhere.
func replaceLinks(t *testing.T, j smallJob, disk, other string) {
	t.Helper()
	links := map[string]string{
		filepath.Join(disk, "heads"): filepath.Join(other, "heads"),
		j.out("elsewhere"):           filepath.Join(other, "elsewhere"),
		j.out("drawn"):               filepath.Join(other, "drawn"),
	}
	if err := os.Rename(filepath.Join(disk, "heads"), filepath.Join(other, "heads")); err != nil {
		t.Fatal(err)
	}
	for link, to := range links {
		if err := errors.Join(os.MkdirAll(to, 0o755), os.Symlink(to, link)); err != nil {
			t.Fatal(err)
		}
	}
	draw := []string{"dataset", "synth", "--layout", "caltech101", "--images", "12", "--classes", "3", j.out("drawn")}
	want(t, exitDone, draw...)
	for range 2 {
		want(t, exitDone, "svm", j.out("run"), "--force")
		want(t, exitDone, "svm", j.out("run"), "--out", j.out("elsewhere"), "--force")
		want(t, exitDone, append(draw, "--force")...)
	}
	for link, to := range links {
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v", link, err)
		}
		if entries, err := os.ReadDir(to); err != nil || len(entries) == 0 {
			t.Errorf("%s: %d files, %v", to, len(entries), err)
		}
	}
}
