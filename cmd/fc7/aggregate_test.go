package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAggregateFolders: a folder for other programs is made of a table with a failed row, which is told on standard
// error and in a file, with the status of extract; one that is there stays without --force, and a run in any case.
func TestAggregateFolders(t *testing.T) {
	j := newSmallJob(t, "6")
	bad := filepath.Join(j.data, "VOCdevkit", "VOC2007", "JPEGImages", "000002.jpg")
	if err := os.WriteFile(bad, []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	want(t, exitSomeFailed, j.args("run")...)
	run := files(t, j.out("run"))
	for format, file := range map[string]string{"hf": "data/train-00000-of-00001.parquet", "npy": "embeddings.npy"} {
		out := j.out("to-" + format)
		args := []string{"aggregate", j.out("run"), "--format", format, "-o", out}
		code, stdout, stderr := fc7(t, args...)
		list := filepath.Join(out, "failed.jsonl")
		if code != exitSomeFailed || !strings.Contains(stdout, "1 failed ones left out ("+list+")") || !strings.Contains(stderr, "warning: 000002: ") {
			t.Errorf("%s: exit status %d: %s%s", format, code, stdout, stderr)
		}
		if b, err := os.ReadFile(list); err != nil || !strings.HasPrefix(string(b), `{"image":"000002",`) {
			t.Errorf("%s: %q %v", format, b, err)
		}
		before := filesBelow(t, out)
		if before[file] == nil || before["README.md"] == nil {
			t.Errorf("%s: no %s", format, file)
		}
		if said := want(t, exitFailed, args...); !strings.Contains(said, "allow it with --force") {
			t.Errorf("%s: %s", format, said)
		}
		sameFiles(t, before, filesBelow(t, out))
		want(t, exitSomeFailed, append(args, "--force")...)
		sameFiles(t, before, filesBelow(t, out))
		for _, at := range []string{"run", "run/features", "run/features/new"} {
			want(t, exitUsage, "aggregate", j.out("run"), "--format", format, "-o", j.out(at), "--force")
		}
		if said := want(t, exitFailed, "aggregate", j.out("run"), "--format", format, "-o", filepath.Dir(j.out("run")), "--force"); !strings.Contains(said, "more than descriptors") {
			t.Errorf("%s: %s", format, said)
		}
	}
	sameFiles(t, run, files(t, j.out("run")))
}

// filesBelow reads all files below a folder, by their slashed names there.
func filesBelow(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	in := os.DirFS(dir)
	err := fs.WalkDir(in, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all[path], err = fs.ReadFile(in, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
