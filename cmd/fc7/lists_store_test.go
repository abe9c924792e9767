package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestListsOnStores: files of rows' names and of splits may be at addresses, and say there what they say on a disk; an
// address at which there is an image, or nothing, is the name of a row.
func TestListsOnStores(t *testing.T) {
	j, b := storedRun(t)
	images, err := filepath.Glob(filepath.Join(j.data, "*", "*", "JPEGImages", "*"))
	if err != nil || len(images) < 16 {
		t.Fatal(images, err)
	}
	var keys []string
	for _, path := range images {
		keys = append(keys, strings.TrimSuffix(filepath.Base(path), ".jpg"))
	}
	want(t, exitDone, "dataset", "splits", "voc2007:"+j.data, "--out", j.out("splits.tsv"))
	splits, err := os.ReadFile(j.out("splits.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	heads := func(args ...string) []byte {
		want(t, exitDone, append([]string{"svm", j.out("photos"), "--protocol", "voc2007", "--c", "1", "--out", j.out("heads"), "--force"}, args...)...)
		made, err := os.ReadFile(filepath.Join(j.out("heads"), "head.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	for _, c := range []struct {
		flag, text string
	}{
		{"--exclude", "# bad scans\n" + keys[0] + "\n"},
		{"--only", strings.Join(keys[1:], "\n")},
		{"--splits", string(splits)},
	} {
		b.Put("lists/rows.tsv", []byte(c.text))
		if err := os.WriteFile(j.out("rows.tsv"), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(heads(c.flag, j.out("rows.tsv")), heads(c.flag, b.At("lists/rows.tsv"))) {
			t.Errorf("%s makes other heads by a list on a store than by the same on a disk", c.flag)
		}
	}
	image, err := os.ReadFile(images[0])
	if err != nil {
		t.Fatal(err)
	}
	b.Put("a.jpg", image)
	for _, at := range []string{b.At("none.txt"), b.At("a.jpg")} {
		for _, flag := range []string{"--exclude", "--only"} {
			if said := want(t, exitFailed, "svm", j.out("photos"), "--protocol", "voc2007", flag, at, "--out", j.out("none")); !strings.Contains(said, "there is no row "+at) {
				t.Errorf("%s %s: %s", flag, at, said)
			}
		}
	}
	for _, at := range []string{"s3://bucket", "s3://bucket/a/../x.txt"} {
		for _, verb := range [][]string{{"svm", "--exclude"}, {"svm", "--only"}, {"svm", "--labels"}, {"svm", "--splits"}, {"audit", "--splits"}, {"suspects", "--labels"}, {"suspects", "--accept"}} {
			want(t, exitUsage, slices.Concat(verb[:1], []string{j.out("photos")}, verb[1:], []string{at})...)
		}
	}
}
