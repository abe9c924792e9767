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
	for _, v := range []struct {
		args  []string
		dir   string   // that it writes to
		left  []string // files, in it
		lefts []string // folders
	}{
		{j.args("run"), run, []string{"manifest.json", "features/part-00000-of-00008.parquet", "digests/" + own + ".tsv"}, nil},
		{j.args("run", "--retry-failed"), run, []string{"manifest.json", "digests/" + own + ".tsv"}, nil},
		{[]string{"merge", j.out("merged"), run}, j.out("merged"), []string{"manifest.json", "features/part-00003-of-00008.parquet", "digests/" + own + ".tsv"}, nil},
		{[]string{"svm", run, "--protocol", "voc2007", "--c", "1", "--force"}, run, nil, []string{"heads"}},
		{[]string{"report", run}, run, []string{"report.html"}, nil},
		{[]string{"aggregate", run, "--out", j.out("aggregated/a.parquet"), "--force"}, j.out("aggregated"), []string{"a.parquet"}, nil},
		{[]string{"predict", "--head", heads, "--weights", j.net, "--out", j.out("scores/s.parquet"), "--force", "voc2007:" + j.data}, j.out("scores"), []string{"s.parquet"}, nil},
		{[]string{"weights", "convert", "--force", j.net, j.out("converted/n.safetensors")}, j.out("converted"), []string{"n.safetensors"}, nil},
		{[]string{"dataset", "synth", "--images", "16", "--force", j.out("drawn/d")}, j.out("drawn"), nil, []string{"d"}},
		{
			[]string{"train", "voc2007:" + j.data, "--net", "vgg11/64", "--epochs", "1", "--batch", "4", "--out", j.out("trained")},
			j.out("trained"),
			[]string{"weights.safetensors", "checkpoints/step-0000000001.safetensors"},
			nil,
		},
	} {
		name := strings.Join(v.args[:2], " ")
		if err := os.MkdirAll(v.dir, 0o755); err != nil {
			t.Fatal(err)
		}
		want(t, exitDone, v.args...)
		calm := runFiles(t, v.dir)
		plant := func(of string) string {
			return filepath.Join(v.dir, filepath.Dir(of), "."+filepath.Base(of)+".abcdefghijkl.tmp")
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
