package inputs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/pipeline/conveyor"
)

// Seeded splits are written, not written over, and read as the set's own.
func TestWriteSplits(t *testing.T) {
	dir := t.TempDir()
	for _, class := range []string{"a", "b"} {
		for i := range 9 {
			path := filepath.Join(dir, "set", class, string(rune('0'+i))+".jpg")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	out := filepath.Join(dir, "s.tsv")
	j := SplitsJob{DataSet: "folder:" + filepath.Join(dir, "set"), Seeded: true, Seed: 1, TrainPerClass: 5, TestPerClass: 3, Out: out}
	r, err := WriteSplits(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Lines != 16 || r.Counts["train"].Images != 10 || r.Counts["test"].Images != 6 {
		t.Errorf("%+v", r)
	}
	s, err := datasets.Open(t.Context(), j.DataSet, datasets.Options{SplitFile: out})
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Counts(); c["train"].Images != 10 || c["test"].Images != 6 || c[""].Images != 18 {
		t.Errorf("%+v", c)
	}
	if _, err := WriteSplits(t.Context(), j, conveyor.Events{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the file was replaced: %v", err)
	}
	j.Choice.SplitFile, j.Seeded, j.Out = out, false, filepath.Join(dir, "copy.tsv")
	if _, err := WriteSplits(t.Context(), j, conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	a, err1 := os.ReadFile(out)
	b, err2 := os.ReadFile(j.Out)
	if err1 != nil || err2 != nil || !slices.Equal(a, b) {
		t.Errorf("the copy differs: %v, %v", err1, err2)
	}
	if _, err := WriteSplits(t.Context(), SplitsJob{DataSet: j.DataSet, Out: filepath.Join(dir, "none.tsv")}, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "no row of the set is in a split") {
		t.Errorf("a set without splits: %v", err)
	}
}

// TestSplitsInterrupted: a signal ends the reading and drawing of a large set, and nothing is written.
func TestSplitsInterrupted(t *testing.T) {
	dir := t.TempDir()
	list := filepath.Join(dir, "list.csv")
	if err := os.WriteFile(list, []byte("path,label,split\na.jpg,x,train\nb.jpg,y,test\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := filepath.Join(dir, "s.tsv")
	if _, err := WriteSplits(ctx, SplitsJob{DataSet: "csv:" + list, Out: out}, conveyor.Events{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s was written: %v", out, err)
	}
}
