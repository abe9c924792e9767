package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/usage"
)

func TestTarget(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"there.npy", "plain"} {
		if err := os.WriteFile(at(name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(at("nowhere"), at("link.npy")); err != nil {
		t.Fatal(err)
	}
	file := func(path string, force bool) error {
		end, err := target{name: "--out", path: path, force: force}.file(".npy", ".npz")
		if err == nil && end != ".npy" {
			t.Errorf("%s ends with %q", path, end)
		}
		return err
	}
	for says, err := range map[string]error{
		"":                                    file(at("new.npy"), false),
		" ":                                   file(at("there.npy"), true),
		"exists already":                      file(at("there.npy"), false),
		"is not replaced: choose":             file(at("link.npy"), false),
		"ends with .npy or .npz":              file(at("new.txt"), false),
		"want a file whose name ends with":    file(at("new"), true),
		"is a folder: want the name":          dirErr(dir),
		"there is no folder " + at("no"):      file(at("no/new.npy"), false),
		at("plain") + " is no folder":         file(at("plain/new.npy"), false),
		"  ":                                  target{name: "--out", path: at("a/b/c"), force: false}.folder(),
		"   ":                                 target{name: "--out", path: dir, force: false}.folder(),
		"is a file: want a folder":            target{name: "--out", path: at("plain"), force: false}.folder(),
		"--out " + at("plain/x") + ": cannot": target{name: "--out", path: at("plain/x"), force: false}.folder(),
		"choose another folder":               target{name: "--out", path: dir, force: false}.newFolder(),
		"    ":                                target{name: "--out", path: dir, force: true}.newFolder(),
	} {
		switch says = strings.TrimSpace(says); {
		case says == "" && err != nil:
			t.Error(err)
		case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%v does not say %q", err, says)
		}
	}
	if err := file(at("new.txt"), false); !usage.Is(err) {
		t.Errorf("%v is no wrong usage", err)
	}
	for _, name := range []string{"new.parquet", "a/new.Safetensors"} {
		if err := (target{name: "--out", path: at(name)}).folder(); !usage.Is(err) || !strings.Contains(err.Error(), "the name of a folder, which does not end with .") {
			t.Errorf("a folder %s: %v", name, err)
		}
	}
	if left, err := filepath.Glob(at(".fc7-*")); err != nil || len(left) > 0 {
		t.Errorf("left %v: %v", left, err)
	}
}

func dirErr(dir string) error {
	_, err := target{name: "--out", path: dir, force: true}.file()
	return err
}

// TestOtherFormat: what is asked for under the name of another format is refused before anything is read, by every verb
// that writes one file.
func TestOtherFormat(t *testing.T) {
	dir := t.TempDir()
	for args, name := range map[string]string{
		"weights convert small":       "b.onnx",
		"weights convert --as-is in":  "b.pth",
		"weights init --net A --out":  "b.h5",
		"head export heads":           "b.pmml",
		"aggregate run --out":         "b.csv",
		"predict --head h a.jpg -o":   "b.csv",
		"report run --out":            "b.pdf",
		"bench svm --x a --y b --out": "b.npz",
		"dataset splits voc2007:x -o": "b.parquet",
	} {
		path := filepath.Join(dir, name)
		out := want(t, exitUsage, append(strings.Fields(args), path)...)
		if _, err := os.Stat(path); !strings.Contains(out, name) || !strings.Contains(out, "whose name ends with") || err == nil {
			t.Errorf("fc7 %s %s: %s", args, name, out)
		}
	}
}

// TestOutputIsRead: no verb writes over what it reads, under whatever name, nor among the shards of a table.
func TestOutputIsRead(t *testing.T) {
	j := newSmallJob(t, "6")
	want(t, exitDone, j.args("run")...)
	want(t, exitDone, "svm", j.out("run"))
	features := filepath.Join(j.out("run"), "features")
	shards, err := os.ReadDir(features)
	if err != nil {
		t.Fatal(err)
	}
	shard := filepath.Join(features, shards[0].Name())
	table, linked := j.out("table.parquet"), j.out("linked.parquet")
	want(t, exitDone, "aggregate", j.out("run"), "-o", table)
	if err := os.Link(table, linked); err != nil {
		t.Fatal(err)
	}
	list := j.out("list.tsv")
	if err := os.WriteFile(list, []byte("a.jpg\tcat\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := files(t, j.out("run"))
	predict := []string{"predict", "--head", filepath.Join(j.out("run"), "heads"), "--weights", j.net, "--out"}
	for _, args := range [][]string{
		{"aggregate", j.out("run"), "-o", shard},
		{"aggregate", shard, "-o", filepath.Join(features, "new.parquet")},
		{"aggregate", table, "-o", linked},
		{"aggregate", features, "-o", filepath.Join(j.out("run"), "features") + "/../features/" + shards[0].Name()},
		slices.Concat(predict, []string{shard, "voc2007:" + j.data}),
		slices.Concat(predict, []string{table, "parquet:" + table}),
		{"dataset", "splits", "list:" + list, "--out", list},
	} {
		if text := want(t, exitUsage, append(args, "--force")...); !strings.Contains(text, "choose another") {
			t.Errorf("fc7 %s: %s", strings.Join(args, " "), text)
		}
	}
	sameFiles(t, before, files(t, j.out("run")))
	want(t, exitDone, "verify", j.out("run"))
	want(t, exitDone, "aggregate", j.out("run"), "-o", table, "--force")
}
