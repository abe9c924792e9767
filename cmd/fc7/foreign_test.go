package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestForeignFilesStay: a folder that holds a file of a name that a verb writes there, but nothing that the verb's work
// begins with, is somebody else's: that is told before the work, and the file stays. Among them are the weights that a
// training starts from, in the folder that it is to write to.
func TestForeignFilesStay(t *testing.T) {
	j := newSmallJob(t, "6")
	labelled, classes := j.out("labelled"), j.out("classes")
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "9", "--classes", "3", "--size", "64", labelled)
	train := []string{"train", "caltech101:" + labelled, "--net", "vgg11/64:fc16", "--s", "224", "--epochs", "1", "--batch", "4", "--out"}
	want(t, exitDone, append(train, classes)...)
	want(t, exitDone, j.args("table")...)
	trained, boxes := filepath.Join(classes, "weights.safetensors"), filepath.Join(j.out("boxes"), "weights.safetensors")
	boxed := "vocxml:" + j.out("boxed")
	want(t, exitDone, "dataset", "synth", "--layout", "vocxml", "--alone", "--images", "8", "--classes", "2", "--size", "64", j.out("boxed"))
	want(t, exitDone, "localise", "train", boxed, "--from", j.net, "--s", "224", "--views", "0", "--epochs", "1", "--out", j.out("boxes"))
	fresh := func(name string) string {
		dir, err := os.MkdirTemp(j.dir, "out")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("precious"), 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	extract := j.args("x")
	extract = extract[:len(extract)-1]
	merge := func(args []string, dir string) []string { return append(args, dir, j.out("table")) }
	last := func(args []string, dir string) []string { return append(args[:len(args):len(args)], dir) }
	for _, v := range []struct {
		args  []string
		of    func(args []string, dir string) []string
		names []string
	}{
		{extract, last, []string{"manifest.json"}},
		{[]string{"merge"}, merge, []string{"manifest.json"}},
		{train, last, []string{"weights.safetensors", "log.jsonl", "splits.tsv", "run.json"}},
		{
			[]string{"finetune", "caltech101:" + labelled, "--weights", j.net, "--new", "fc8", "--s", "224", "--views", "1", "--epochs", "1", "--out"},
			last,
			[]string{"weights.safetensors"},
		},
		{[]string{"evaluate", "caltech101:" + labelled, "--weights", trained, "--scales", "224", "--views", "centre", "--out"}, last, []string{"evaluation.json", "predictions.parquet"}},
		{[]string{"localise", "train", boxed, "--from", j.net, "--s", "224", "--views", "1", "--epochs", "1", "--out"}, last, []string{"weights.safetensors", "run.json"}},
		{[]string{"localise", "evaluate", boxed, "--boxes-net", boxes, "--scales", "224", "--out"}, last, []string{"localisation.json", "maps"}},
		{[]string{"localise", "predict", boxed, "--boxes-net", boxes, "--weights", j.net, "--xml", "--out"}, last, []string{"boxes.csv", "boxes.jsonl", "annotations"}},
		{[]string{"reproduce", "voc2007", "--data", j.data, "--weights-d", j.net, "--scales", "224", "--out"}, last, []string{"reproduce.json", "report.html"}},
	} {
		for _, name := range v.names {
			dir := fresh(name)
			path := filepath.Join(dir, name)
			out := want(t, exitFailed, v.of(v.args, dir)...)
			if b, err := os.ReadFile(path); err != nil || string(b) != "precious" {
				t.Errorf("fc7 %s replaced %s: %v", v.args[0], name, err)
			}
			if shards, err := filepath.Glob(filepath.Join(dir, "features", "*.parquet")); err != nil || len(shards) > 0 || !strings.Contains(out, path) {
				t.Errorf("fc7 %s beside %s: %v, %d shards\n%s", v.args[0], name, err, len(shards), out)
			}
		}
	}
}
