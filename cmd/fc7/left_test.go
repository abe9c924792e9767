package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNothingLeft: each verb removes what killed ones left where it writes, of the names that it makes, whatever they
// were: after it there is what there was without.
func TestNothingLeft(t *testing.T) {
	j := newSmallJob(t, "16")
	run := j.out("run")
	heads := filepath.Join(run, "heads")
	own := strings.Repeat("ab", 32)
	boxes, labelled, trained := j.out("boxes"), j.out("labelled"), filepath.Join(j.out("classes"), "weights.safetensors")
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "9", "--classes", "3", "--size", "64", labelled)
	boxed := "vocxml:" + j.out("boxed")
	want(t, exitDone, "dataset", "synth", "--layout", "vocxml", "--alone", "--images", "8", "--classes", "2", "--size", "64", j.out("boxed"))
	want(t, exitDone, "train", "caltech101:"+labelled, "--net", "vgg11/64:fc16", "--s", "224", "--epochs", "1", "--batch", "4", "--out", j.out("classes"))
	for _, v := range []struct {
		args  []string
		dir   string   // that it writes to
		left  []string // files, in it; a * is a folder of another name
		lefts []string // folders
	}{
		{j.args("run"), run, []string{"manifest.json", "features/part-00000-of-00008.parquet", "digests/" + own + ".tsv"}, nil},
		{j.args("run", "--retry-failed"), run, []string{"manifest.json", "digests/" + own + ".tsv"}, nil},
		{[]string{"merge", j.out("merged"), run}, j.out("merged"), []string{"manifest.json", "features/part-00003-of-00008.parquet", "digests/" + own + ".tsv"}, nil},
		{[]string{"svm", run, "--protocol", "voc2007", "--c", "1", "--force"}, run, nil, []string{"heads"}},
		{[]string{"report", run}, run, []string{"report.html"}, nil},
		{[]string{"explore", run}, run, []string{"explore.html"}, nil},
		{[]string{"aggregate", run, "--out", j.out("aggregated/a.parquet"), "--force"}, j.out("aggregated"), []string{"a.parquet"}, nil},
		{[]string{"aggregate", run, "--format", "hf", "--out", j.out("sets/set"), "--force"}, j.out("sets"), nil, []string{"set"}},
		{[]string{"predict", "--head", heads, "--weights", j.net, "--out", j.out("scores/s.parquet"), "--force", "voc2007:" + j.data}, j.out("scores"), []string{"s.parquet"}, nil},
		{[]string{"weights", "convert", "--force", j.net, j.out("converted/n.safetensors")}, j.out("converted"), []string{"n.safetensors"}, nil},
		{[]string{"dataset", "synth", "--images", "16", "--force", j.out("drawn/d")}, j.out("drawn"), nil, []string{"d"}},
		{
			[]string{"train", "voc2007:" + j.data, "--net", "vgg11/64", "--epochs", "1", "--batch", "4", "--out", j.out("trained")},
			j.out("trained"),
			[]string{"weights.safetensors", "checkpoints/step-0000000001.safetensors"},
			nil,
		},
		{
			[]string{
				"finetune", "voc2007:" + j.data, "--weights", j.net, "--new", "fc8", "--s", "224", "--views", "1", "--batch", "4", "--epochs", "1",
				"--out", j.out("tuned"),
			},
			j.out("tuned"),
			[]string{"weights.safetensors", "checkpoints/step-0000000001.safetensors", "log.jsonl", "run.json", "sittings.json", "splits.tsv"},
			nil,
		},
		{
			[]string{"localise", "train", boxed, "--from", j.net, "--s", "224", "--views", "0", "--epochs", "1", "--classes", "aeroplane", "--out", boxes},
			boxes,
			[]string{"weights.safetensors", "checkpoints/step-0000000001.safetensors", "log.jsonl", "run.json", "sittings.json", "splits.tsv"},
			nil,
		},
		{
			[]string{"localise", "predict", boxed, "--boxes-net", filepath.Join(boxes, "weights.safetensors"), "--scales", "224", "--xml", "--out", j.out("found")},
			j.out("found"),
			[]string{"boxes.csv", "boxes.jsonl", "maps/*/manifest.json"},
			nil,
		},
		{[]string{"head", "export", heads, j.out("exported/h.onnx"), "--force"}, j.out("exported"), []string{"h.onnx"}, nil},
		{[]string{"weights", "init", "--net", "vgg11/64", "--force", "--out", j.out("made/n.safetensors")}, j.out("made"), []string{"n.safetensors"}, nil},
		{[]string{"dataset", "splits", "voc2007:" + j.data, "--force", "--out", j.out("split/s.tsv")}, j.out("split"), []string{"s.tsv"}, nil},
		{
			[]string{"evaluate", "caltech101:" + labelled, "--weights", trained, "--scales", "224", "--views", "centre", "--out", j.out("judged")},
			j.out("judged"),
			[]string{"evaluation.json", "predictions.parquet", "posteriors/*/manifest.json", "posteriors/*/digests/" + own + ".tsv"},
			nil,
		},
		{
			[]string{"reproduce", "voc2007", "--data", j.data, "--weights-d", j.net, "--scales", "224", "--out", j.out("paper")},
			j.out("paper"),
			[]string{"reproduce.json", "report.html", "d/manifest.json", "d/digests/" + own + ".tsv"},
			[]string{"d/heads"},
		},
	} {
		name := strings.Join(v.args[:2], " ")
		if err := os.MkdirAll(v.dir, 0o755); err != nil {
			t.Fatal(err)
		}
		want(t, exitDone, v.args...)
		calm := runFiles(t, v.dir)
		plant := func(of string) string {
			in, err := filepath.Glob(filepath.Join(v.dir, filepath.Dir(of)))
			if err != nil || len(in) != 1 {
				t.Fatalf("fc7 %s: %s is in %q, %v", name, of, in, err)
			}
			return filepath.Join(in[0], "."+filepath.Base(of)+".abcdefghijkl.tmp")
		}
		for _, of := range v.left {
			if err := os.WriteFile(plant(of), []byte("of the dead"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, of := range v.lefts {
			if err := os.MkdirAll(filepath.Join(plant(of), "some"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		want(t, exitDone, v.args...)
		if got := runFiles(t, v.dir); !slices.Equal(got, calm) {
			t.Errorf("fc7 %s: there is %q, without a kill %q", name, got, calm)
		}
	}
}
