package main

import (
	"archive/tar"
	"bytes"
	"errors"
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
		to, err := target{name: "--out", path: path, force: force}.file(".npy", ".npz")
		if err == nil && to != path {
			t.Errorf("%s goes to %q", path, to)
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
	for _, dir := range []string{"elsewhere", "disk"} {
		if err := os.Mkdir(j.out(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"toshard.parquet": shard, "inside": features, "tonet.safetensors": j.net, "elsewhere/features": j.out("disk")} {
		if err := os.Symlink(to, j.out(name)); err != nil {
			t.Skip(err)
		}
	}
	want(t, exitDone, j.args("elsewhere")...)
	bundle := filepath.Join("..", "..", "vgg", "weights", "testdata", "tf2")
	for to, from := range map[string]string{"tf2.index": bundle + ".index", "tf2.data-00000-of-00001": bundle + ".data-00000-of-00001"} {
		b, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(j.out(to), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	lists := filepath.Join(j.data, "VOCdevkit", "VOC2007", "ImageSets", "Main", "train.txt")
	if err := os.Symlink(j.out("tf2.data-00000-of-00001"), j.out("todata.safetensors")); err != nil {
		t.Skip(err)
	}
	tars := j.out("shards")
	shardOf(t, filepath.Join(tars, "a.tar"), filepath.Join(j.data, "VOCdevkit", "VOC2007", "JPEGImages"))
	if err := os.Link(filepath.Join(tars, "a.tar"), filepath.Join(tars, "a.parquet")); err != nil {
		t.Fatal(err)
	}
	read := func() map[string][]byte {
		all := map[string][]byte{}
		for _, name := range []string{lists, j.out("tf2.data-00000-of-00001"), filepath.Join(tars, "a.tar")} {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = b
		}
		return all
	}
	before, sources := files(t, j.out("run")), read()
	predict := []string{"predict", "--head", filepath.Join(j.out("run"), "heads"), "--weights", j.net, "--out"}
	for _, args := range [][]string{
		{"aggregate", j.out("run"), "-o", shard},
		{"aggregate", shard, "-o", filepath.Join(features, "new.parquet")},
		{"aggregate", table, "-o", linked},
		{"aggregate", features, "-o", filepath.Join(j.out("run"), "features") + "/../features/" + shards[0].Name()},
		slices.Concat(predict, []string{shard, "voc2007:" + j.data}),
		slices.Concat(predict, []string{table, "parquet:" + table}),
		slices.Concat(predict, []string{filepath.Join(tars, "a.parquet"), "tar:" + tars}),
		{"dataset", "splits", "list:" + list, "--out", list},
		{"dataset", "splits", "voc2007:" + j.data, "--out", lists},
		{"weights", "convert", "--as-is", j.out("tf2.index"), j.out("todata.safetensors")},
		{"aggregate", j.out("run"), "-o", j.out("toshard.parquet")},
		{"aggregate", j.out("run"), "-o", j.out("inside/new.parquet")},
		{"aggregate", j.out("inside"), "-o", j.out("inside/new.parquet")},
		{"aggregate", j.out("elsewhere"), "-o", j.out("elsewhere/features/new.parquet")},
		{"aggregate", j.out("elsewhere"), "-o", j.out("disk/new.parquet")},
		{"weights", "convert", j.net, j.net},
		{"weights", "convert", "--as-is", j.out("tonet.safetensors"), j.net},
		{"weights", "convert", "--dtype", "float16", j.net, j.out("tonet.safetensors")},
	} {
		if text := want(t, exitUsage, append(args, "--force")...); !strings.Contains(text, "choose another") {
			t.Errorf("fc7 %s: %s", strings.Join(args, " "), text)
		}
	}
	sameFiles(t, before, files(t, j.out("run")))
	sameFiles(t, sources, read())
	want(t, exitDone, "verify", j.out("run"))
	want(t, exitDone, "aggregate", j.out("run"), "-o", table, "--force")
}

// shardOf makes a tar of the files in a folder.
func shardOf(t *testing.T, path, of string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := errors.Join(w.AddFS(os.DirFS(of)), w.Close(), os.WriteFile(path, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// TestOutputThroughALink: of a link that a user names, each verb that writes one file replaces what it leads to, and
// the link stays, where it leads to a file or to nothing yet; one to a device is refused. A link in the run, which may
// be another's run, is replaced itself.
func TestOutputThroughALink(t *testing.T) {
	j := newSmallJob(t, "6")
	want(t, exitDone, j.args("run")...)
	want(t, exitDone, "svm", j.out("run"), "--c", "1")
	far := j.out("far")
	if err := os.Mkdir(far, 0o755); err != nil {
		t.Fatal(err)
	}
	heads := filepath.Join(j.out("run"), "heads")
	npy := func(name, header string, data ...byte) string {
		b := append([]byte("\x93NUMPY\x01\x00\x76\x00"), header+strings.Repeat(" ", 117-len(header))+"\n"...)
		if err := os.WriteFile(j.out(name), append(b, data...), 0o644); err != nil {
			t.Fatal(err)
		}
		return j.out(name)
	}
	x := npy("x.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }", 0, 0, 128, 63, 0, 0, 128, 191)
	y := npy("y.npy", "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 1), }", 1, 0, 0, 0, 255, 255, 255, 255)
	for end, args := range map[string][]string{
		".parquet": {"aggregate", j.out("run"), "--out"},
		".arrow":   {"aggregate", j.out("run"), "--out"},
		".scores":  {"predict", "--head", heads, "--weights", j.net, "voc2007:" + j.data, "--out"},
		".onnx":    {"head", "export", heads},
		".html":    {"report", j.out("run"), "--no-images", "--out"},
		".tsv":     {"dataset", "splits", "voc2007:" + j.data, "--out"},
		".init":    {"weights", "init", "--net", "vgg11/64", "--out"},
		".npy":     {"bench", "svm", "--x", x, "--y", y, "--out"},
		".conv":    {"weights", "convert", j.net},
	} {
		verb := args[0]
		switch end {
		case ".scores":
			end = ".parquet"
		case ".init", ".conv":
			end = weightsEnding
		}
		link, to, device := j.out("link"+verb+end), filepath.Join(far, verb+end), j.out("device"+verb+end)
		_ = os.Remove(link) // of the verb before
		_ = os.Remove(to)
		for name, to := range map[string]string{link: to, device: os.DevNull} {
			_ = os.Remove(name)
			if err := os.Symlink(to, name); err != nil {
				t.Skip(err)
			}
		}
		for _, what := range []string{"nothing", "a file"} {
			want(t, exitDone, append(args, link, "--force")...)
			if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
				t.Errorf("fc7 %s over a link to %s: there is %v, %v", verb, what, info, err)
			}
			if info, err := os.Lstat(to); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
				t.Errorf("fc7 %s over a link to %s: it leads to %v, %v", verb, what, info, err)
			}
		}
		if out := want(t, exitFailed, append(args, device, "--force")...); !strings.Contains(out, "is a device") {
			t.Errorf("fc7 %s onto %s: %s", verb, os.DevNull, out)
		}
	}
	mine := j.out("mine.html")
	if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(mine, filepath.Join(j.out("run"), "report.html")); err != nil {
		t.Fatal(err)
	}
	want(t, exitDone, "report", j.out("run"), "--no-images")
	if b, err := os.ReadFile(mine); err != nil || string(b) != "mine" {
		t.Errorf("a link in the run let its page out: %q, %v", b, err)
	}
}
