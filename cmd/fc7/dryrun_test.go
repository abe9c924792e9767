package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// snapshot tells of each file and folder below one its size, time and mode.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		fmt.Fprintf(&b, "%s %d %v %v\n", path, info.Size(), info.ModTime(), info.Mode())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestDryRunOfAll: each verb that runs long tells what it would take, as JSON, and leaves the disk as it is.
func TestDryRunOfAll(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	at := func(name string) string { return filepath.Join(dir, name) }
	data, net := "caltech101:"+at("data"), at("net.safetensors")
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "12", "--classes", "3", "--size", "64", at("data"))
	want(t, exitDone, "weights", "init", "--net", "vgg16/32", "--out", net)
	for i := range 2 {
		want(t, exitDone, "extract", data, "--weights", net, "--scales", "224", "--shard-rows", "6", "--shard", fmt.Sprintf("%d/2", i+1), "--out", at(fmt.Sprintf("part%d", i)))
	}
	want(t, exitDone, "merge", at("run"), at("part0"), at("part1"))
	want(t, exitDone, "dataset", "synth", "--layout", "imagenet", "--images", "8", "--classes", "3", "--size", "64", at("imagenet"))
	boxed := "vocxml:" + at("boxed")
	want(t, exitDone, "dataset", "synth", "--layout", "vocxml", "--alone", "--images", "8", "--classes", "2", "--size", "64", at("boxed"))
	want(t, exitDone, "localise", "train", boxed, "--from", net, "--s", "224", "--views", "0", "--epochs", "1", "--classes", "aeroplane", "--out", at("boxes"))
	boxes := filepath.Join(at("boxes"), "weights.safetensors")
	before := snapshot(t, dir)
	for verb, args := range map[string][]string{
		"localise train":    {boxed, "--from", net, "--views", "0", "--epochs", "2", "--out", at("localised")},
		"localise evaluate": {boxed, "--boxes-net", boxes, "--flip", "--out", at("scored")},
		"localise predict":  {boxed, "--boxes-net", boxes, "--xml", "--out", at("found")},
		"extract":           {data, "--weights", net, "--scales", "224", "--out", at("new")},
		"plan":              {data, "--weights", net, "--tasks", "3", "--out", at("planned")},
		"evaluate":          {"imagenet:" + at("imagenet"), "--weights", net, "--views", "centre", "--out", at("evaluated")},
		"reproduce":         {"caltech101", "--data", at("data"), "--weights-d", net, "--scales", "224", "--out", at("reproduced")},
		"aggregate":         {at("run"), "-o", at("one.parquet")},
		"merge":             {at("merged"), at("part0"), at("part1")},
		"svm":               {at("run"), "--protocol", "set", "--seeds", "0,1"},
		"neighbours":        {at("run")},
		"map":               {at("run"), "--perplexity", "2", "--out", at("map.csv")},
		"suspects":          {at("run"), "--folds", "2"},
		"audit":             {at("run"), "--train-per-class", "3"},
		"explore":           {at("run")},
		"explore ":          {at("run"), "--parquet", at("placed.parquet")},
		"train":             {data, "--net", "vgg11/64:fc16", "--batch", "2", "--epochs", "2", "--out", at("trained")},
		"finetune":          {data, "--weights", net, "--batch", "2", "--views", "0", "--epochs", "2", "--unfreeze", "conv5_*", "--out", at("finetuned")},
	} {
		code, out, errs := fc7(t, append(append(strings.Fields(verb), args...), "--dry-run", "--json")...)
		var f struct {
			Seconds float64
			Steps   []struct{ Units, Tried int }
			Writes  []struct{ What string }
		}
		if err := json.Unmarshal([]byte(out), &f); err != nil || code != exitDone || f.Seconds <= 0 {
			t.Errorf("%s: %d %v %s%s", verb, code, err, out, errs)
		}
		for _, s := range f.Steps {
			if s.Units == 0 || s.Tried == 0 {
				t.Errorf("%s: a step of nothing: %s", verb, out)
			}
		}
		if len(f.Steps) == 0 || len(f.Writes) == 0 {
			t.Errorf("%s: %s", verb, out)
		}
		if after := snapshot(t, dir); after != before {
			t.Errorf("%s --dry-run changed the disk:\n%s\nwas\n%s", verb, after, before)
			before = after
		}
	}
}

// TestDryRunOfKept: what is there already is not reckoned.
func TestDryRunOfKept(t *testing.T) {
	dir := t.TempDir()
	data, net, run := filepath.Join(dir, "data"), filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "run")
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "12", "--classes", "3", "--size", "64", data)
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", net)
	extract := func(more ...string) []string {
		return append([]string{"extract", "caltech101:" + data, "--weights", net, "--scales", "224", "--shard-rows", "4", "--out", run}, more...)
	}
	want(t, exitDone, extract("--shard", "1/3")...)
	if said := want(t, exitDone, extract("--dry-run")...); !strings.Contains(said, "8 images") || !strings.Contains(said, "in all") || !strings.Contains(said, "4 of 12 rows") {
		t.Error(said)
	}
	if said := want(t, exitFailed, extract("--dry-run", "--no-flip")...); !strings.Contains(said, "flip") {
		t.Errorf("a table of other settings: %s", said)
	}
	want(t, exitDone, extract()...)
	if said := want(t, exitDone, extract("--dry-run")...); !strings.Contains(said, "it is there") {
		t.Error(said)
	}
	want(t, exitDone, "neighbours", run)
	if said := want(t, exitDone, "neighbours", run, "--dry-run"); !strings.Contains(said, "neighbours.parquet is there") {
		t.Error(said)
	}
}

// TestDryRunHelp: every verb with --dry-run explains it.
func TestDryRunHelp(t *testing.T) {
	n := 0
	everyVerb(func(cmd *cobra.Command) {
		if cmd.Flags().Lookup("dry-run") == nil {
			return
		}
		n++
		if !strings.Contains(cmd.Long, "--dry-run") {
			t.Errorf("%s: help does not tell of --dry-run", cmd.CommandPath())
		}
	})
	if n < 14 {
		t.Errorf("only %d verbs", n)
	}
}
