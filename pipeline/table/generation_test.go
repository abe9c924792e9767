package table

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fc7/outputs"
	"fc7/pipeline/planned"
)

// retryShare computes the failed row of the planned table again, which does better now.
func retryShare(t *testing.T, out string) {
	t.Helper()
	r, unlock, _ := openShare(t, out, Part{}, time.Hour)
	if err := r.FindFailed(); err != nil {
		t.Fatal(err)
	}
	w := r.Writer(rowOf, func(string, int) {})
	for _, i := range r.Pending() {
		if err := w.Put(t.Context(), i, rowOf(i), inputOf(i)); err != nil {
			t.Fatal(err)
		}
	}
	m, missing, err := r.FinishShare()
	if err := errors.Join(err, w.Abort(), unlock()); err != nil || missing != 0 || m.Counts != (outputs.Counts{Inputs: 7, OK: 7}) {
		t.Fatalf("%+v, %d missing, %v", m.Counts, missing, err)
	}
}

// mergeCounts merges the planned table, all of whose files are read.
func mergeCounts(t *testing.T, out string) outputs.Counts {
	t.Helper()
	p, err := planned.Open(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	m, err := MergePlanned(context.Background(), p, true, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	return m.Counts
}

// doneOf is the note that counts of the first file.
func doneOf(t *testing.T, p *planned.Plan) (*planned.Done, error) {
	t.Helper()
	found, err := p.Look(t.Context(), 0, 1)
	if err != nil {
		return nil, err
	}
	return found[0].Note, nil
}

// TestGenerations: a file whose failed row does better is a generation of its own. Its note alone, as a kill leaves it
// before the file takes the old one's place, changes nothing, before or after a merge; when it stands, it counts, and
// digests of the old one go with the merge.
func TestGenerations(t *testing.T) {
	failed, good := outputs.Counts{Inputs: 7, OK: 6, Failed: 1}, outputs.Counts{Inputs: 7, OK: 7}
	out := t.TempDir()
	p := sharePlan(t, out)
	r, unlock, _ := openShare(t, out, Part{}, time.Hour)
	if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
		t.Fatal(err)
	}
	path, manifest := filepath.Join(out, filepath.FromSlash(p.File(0))), filepath.Join(out, outputs.ManifestName)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := mergeCounts(t, out); n != failed {
		t.Errorf("before: %+v", n)
	}
	retryShare(t, out)
	if _, err := os.Stat(manifest); err == nil {
		t.Error("a table that changed is still said to be merged")
	}
	now, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, old, 0o644); err != nil { // as if a kill had come before it
		t.Fatal(err)
	}
	if d, err := doneOf(t, p); err != nil || d.Generation != 0 || d.Failed != 1 {
		t.Errorf("the old file: %+v, %v", d, err)
	}
	if n := mergeCounts(t, out); n != failed {
		t.Errorf("after a kill: %+v", n)
	}
	retryShare(t, out)
	if again, err := os.ReadFile(path); err != nil || string(again) != string(now) {
		t.Errorf("another start makes other bytes, %v", err)
	}
	if d, err := doneOf(t, p); err != nil || d.Generation != 2 || d.Failed != 0 {
		t.Errorf("the new file: %+v, %v", d, err)
	}
	if n, err := p.CountDone(); err != nil || n != 2 {
		t.Errorf("%d files have notes, %v", n, err)
	}
	if n := mergeCounts(t, out); n != good {
		t.Errorf("after all: %+v", n)
	}
	if digests, err := os.ReadDir(filepath.Join(out, outputs.DigestsDir)); err != nil || len(digests) != 2 {
		t.Errorf("digests: %v, %v", digests, err)
	}
	if err := os.WriteFile(path, now[:len(now)-1], 0o644); err != nil {
		t.Fatal(err)
	}
	if d, err := doneOf(t, p); err == nil {
		t.Errorf("a damaged file is of generation %d", d.Generation)
	}
}
