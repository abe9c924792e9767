package table

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// shareRows is how many rows a file of the planned table has: one of 4 and one of 3.
const shareRows = 4

func nothingKnown(context.Context, *datasets.Item) (datasets.Pin, error) {
	return datasets.Unknown, nil
}

// sharePlan plans the small table in a folder.
func sharePlan(t *testing.T, out string) *planned.Plan {
	t.Helper()
	return sharePlanOf(t, out, shareRows)
}

// shareSet is the set of the small table.
func shareSet(t *testing.T) *datasets.Set {
	t.Helper()
	list := ""
	for i := range planItems {
		list += id(i) + "\n"
	}
	path := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(path, []byte(list), 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := datasets.Open(t.Context(), "list:"+path, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// sharePlanOf is sharePlan with so many rows a file.
func sharePlanOf(t *testing.T, out string, rows int) *planned.Plan {
	t.Helper()
	set := shareSet(t)
	is := plan(out)
	p := &planned.Plan{Rows: rows, Tasks: 2, Identity: is.Identity, Columns: is.Columns}
	source := func(take func(*datasets.Set, []datasets.Item) error, _ func() error) (*datasets.Set, error) {
		return set, take(set, set.Items)
	}
	_, err := planned.Make(t.Context(), out, []*planned.Plan{p}, planned.Making{From: source, Pin: nothingKnown, Alone: Alone, Busy: Busy, Progress: func(int, int) {}})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = planned.Open(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	return p
}

// openShare opens a part of the planned table in a folder; unlock ends it for others.
func openShare(t *testing.T, out string, part Part, every time.Duration) (r *Run, unlock func() error, notes *[]string) {
	t.Helper()
	p, err := planned.Open(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	is := plan(out)
	is.Rows, is.Part = p.Rows, part
	if r, err = New(is); err != nil {
		t.Fatal(err)
	}
	notes = new([]string)
	r.Note = func(n string) { *notes = append(*notes, n) }
	if unlock, err = r.OpenPlanned(t.Context(), p, every); err != nil {
		t.Fatal(err)
	}
	return r, unlock, notes
}

// shareRow is that of an item; that of item 1 failed.
func shareRow(i int) outputs.Row {
	if i == 1 {
		return failedRow(i)
	}
	return rowOf(i)
}

// putShare writes rows and, with the last one, what is kept behind them.
func putShare(t *testing.T, r *Run, items []int) error {
	t.Helper()
	w := r.Writer(rowOf, func(string, int) {})
	for _, i := range items {
		if err := w.Put(t.Context(), i, shareRow(i), inputOf(i)); err != nil {
			return errors.Join(err, w.Abort())
		}
	}
	return w.Abort()
}

func shareFiles(t *testing.T, out string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, dir := range []string{outputs.FeaturesDir, outputs.DigestsDir} {
		entries, err := os.ReadDir(filepath.Join(out, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			b, err := os.ReadFile(filepath.Join(out, dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			all[e.Name()] = string(b)
		}
	}
	return all
}

// calmShare is the table of one undisturbed run.
func calmShare(t *testing.T) map[string]string {
	t.Helper()
	out := t.TempDir()
	sharePlan(t, out)
	r, unlock, _ := openShare(t, out, Part{}, time.Hour)
	if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
		t.Fatal(err)
	}
	return shareFiles(t, out)
}

// TestShareKeepsRows: rows of a file that is not done are there for the next start, wherever the one before ended, and
// the files have the bytes of an undisturbed run. Nothing of them stays.
func TestShareKeepsRows(t *testing.T) {
	want := calmShare(t)
	for _, every := range []time.Duration{0, time.Hour} { // a segment a row, or one at the end
		for stop := range planItems {
			out := t.TempDir()
			sharePlan(t, out)
			r, unlock, _ := openShare(t, out, Part{}, every)
			if err := errors.Join(putShare(t, r, r.Pending()[:stop]), unlock()); err != nil || r.RowsDone() != stop {
				t.Fatalf("%d rows are kept, want %d: %v", r.RowsDone(), stop, err)
			}
			r, unlock, notes := openShare(t, out, Part{}, every)
			if r.RowsDone() != stop || len(r.Pending()) != planItems-stop || len(*notes) > 0 {
				t.Errorf("ended at row %d: %d rows are there, pending %v, %q", stop, r.RowsDone(), r.Pending(), *notes)
			}
			if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
				t.Fatal(err)
			}
			if got := shareFiles(t, out); !mapsEqual(got, want) {
				t.Errorf("ended at row %d: other bytes", stop)
			}
			if left, err := filepath.Glob(filepath.Join(out, "tmp", "*")); err != nil || len(left) > 0 {
				t.Errorf("left: %v, %v", left, err)
			}
			m, missing, err := r.FinishShare()
			if err != nil || missing != 0 || m.Counts != (outputs.Counts{Inputs: 7, OK: 6, Failed: 1}) {
				t.Errorf("%+v, %d missing, %v", m.Counts, missing, err)
			}
		}
	}
}

func mapsEqual(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// TestShareDamagedSegment: rows of a segment with another byte, and those behind it, are computed again.
func TestShareDamagedSegment(t *testing.T) {
	want := calmShare(t)
	for _, damage := range []string{"00000001.parquet", "digests"} {
		out := t.TempDir()
		p := sharePlan(t, out)
		r, unlock, _ := openShare(t, out, Part{}, 0)
		if err := errors.Join(putShare(t, r, []int{0, 1, 2}), unlock()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(p.Run(), filepath.FromSlash(p.TmpDir(0)), damage)
		if damage == "digests" {
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
		} else {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b[len(b)/3] ^= 1
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		r, unlock, notes := openShare(t, out, Part{}, 0)
		if kept := map[string]int{"00000001.parquet": 1, "digests": 0}[damage]; r.RowsDone() != kept || len(*notes) == 0 {
			t.Errorf("%s: %d rows are kept, %q", damage, r.RowsDone(), *notes)
		}
		if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
			t.Fatal(err)
		}
		if got := shareFiles(t, out); !mapsEqual(got, want) {
			t.Errorf("%s: other bytes", damage)
		}
	}
}

// TestShareTwice: of two processes at the same files without a lock the later one finds the other's, before its first
// row or after its last one, and what is equal is right; what is not is an error.
func TestShareTwice(t *testing.T) {
	for _, between := range []int{0, 2, 5, planItems} {
		for _, other := range []bool{false, true} {
			out := t.TempDir()
			sharePlan(t, out)
			late, unlock, _ := openShare(t, out, Part{}, time.Hour)
			if err := unlock(); err != nil {
				t.Fatal(err)
			}
			w := late.Writer(rowOf, func(string, int) {})
			var failed error
			for i := range planItems {
				if i == between {
					first, unlock, _ := openShare(t, out, Part{}, time.Hour)
					if err := errors.Join(putShare(t, first, first.Pending()), unlock()); err != nil {
						t.Fatal(err)
					}
				}
				row := shareRow(i)
				if other && i == 5 {
					row.Width++
				}
				if failed = w.Put(t.Context(), i, row, inputOf(i)); failed != nil {
					break
				}
			}
			if err := w.Abort(); err != nil {
				t.Fatal(err)
			}
			var conflict *ConflictError
			wrong := other && between > shareRows && between < planItems // else one was there before the other began
			if errors.As(failed, &conflict) != wrong || !wrong && failed != nil {
				t.Errorf("after row %d, other bytes %v: %v", between, other, failed)
			}
		}
	}
}

// TestShareWithoutNote: a file whose process ended before its note is taken, if it is sound and of this table.
func TestShareWithoutNote(t *testing.T) {
	out := t.TempDir()
	sharePlan(t, out)
	r, unlock, _ := openShare(t, out, Part{}, 0)
	if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
		t.Fatal(err)
	}
	notes := shareNotes(t, out)
	if err := os.RemoveAll(filepath.Join(out, "done")); err != nil {
		t.Fatal(err)
	}
	r, unlock, _ = openShare(t, out, Part{}, 0)
	if err := unlock(); err != nil || len(r.Pending()) > 0 {
		t.Errorf("pending %v, %v", r.Pending(), err)
	}
	if now := shareNotes(t, out); now != notes {
		t.Errorf("notes %s, want %s", now, notes)
	}
}

func shareNotes(t *testing.T, out string) (all string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(out, "done", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		all += string(b)
	}
	return all
}

// TestMergePlanned: a table that lacks files is not ended, and says which and whose; then it is, from the notes alone,
// unless files are to be read, where each other byte is found.
func TestMergePlanned(t *testing.T) {
	out := t.TempDir()
	p := sharePlan(t, out)
	r, unlock, _ := openShare(t, out, Part{1, 2}, 0)
	if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
		t.Fatal(err)
	}
	merge := func(full bool) (outputs.Manifest, error) {
		return MergePlanned(t.Context(), p, full, func(int, int) {})
	}
	var missing *IncompleteError
	if _, err := merge(false); !errors.As(err, &missing) || !slices.Equal(missing.Missing, []int{1}) || !slices.Equal(missing.Tasks, []int{1}) || !IsPassing(err) {
		t.Errorf("a file is missing: %v", err)
	}
	if err := outputs.CheckMerged(out); err == nil || !strings.Contains(err.Error(), "fc7 merge") {
		t.Errorf("before the merge: %v", err)
	}
	r, unlock, _ = openShare(t, out, Part{2, 2}, 0)
	if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(out, outputs.FeaturesDir, outputs.ShardName(0, 2))
	b, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	var conflict *ConflictError
	if err := os.WriteFile(first, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := merge(true); !errors.As(err, &conflict) || !strings.Contains(err.Error(), first) {
		t.Errorf("another byte: %v", err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(first, b, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, full := range []bool{false, true, false} {
		m, err := merge(full)
		if err != nil || m.Counts != (outputs.Counts{Inputs: 7, OK: 6, Failed: 1}) || len(m.Files) != 2 {
			t.Errorf("%+v, %v", m, err)
		}
	}
	var damaged *planned.Error
	for _, bytes := range [][]byte{b[:len(b)-1], append(slices.Clone(b), 0)} {
		if err := os.WriteFile(first, bytes, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := merge(false); !errors.As(err, &damaged) || !strings.Contains(err.Error(), first) {
			t.Errorf("a merged table of which a file has another size: %v", err)
		}
	}
	if err := os.WriteFile(first, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := outputs.CheckMerged(out); err != nil {
		t.Error(err)
	}
	if f, err := Verify(t.Context(), out, func(Place) {}, func(int, int) {}); err != nil || len(f.Problems) > 0 {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestThousands: shards in folders of a thousand are one table for readers, checks, retries, updates and merges.
func TestThousands(t *testing.T) {
	out := t.TempDir()
	r := opened(t, plan(out))
	put(t, r, r.Pending(), shareRow)
	features := filepath.Join(out, outputs.FeaturesDir)
	folder := filepath.Join(features, "000")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for s := range 4 {
		name := outputs.ShardName(s, 4)
		if err := os.Rename(filepath.Join(features, name), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if m, missing := finish(t, r); missing > 0 || m.Counts.Failed != 1 {
		t.Errorf("%d missing, %+v", missing, m.Counts)
	}
	table, err := outputs.OpenTable(out, outputs.ReadOptions{})
	if err != nil || len(table.Rows) != planItems || table.Rows[6].Image != id(6) {
		t.Errorf("%v, %v", table, err)
	}
	for _, run := range []string{out, filepath.Join(folder, outputs.ShardName(3, 4))} {
		if got := RunFolder(run); run != out && got != out {
			t.Errorf("the run of %s is %s", run, got)
		}
	}
	if f, err := Verify(t.Context(), out, func(Place) {}, func(int, int) {}); err != nil || len(f.Problems) > 0 || !f.Manifest {
		t.Errorf("%+v, %v", f, err)
	}
	if m, err := Merge(t.Context(), MergeJob{Out: t.TempDir(), In: []string{out}}, func(int, int) {}); err != nil || m.Manifest.Counts.Inputs != planItems {
		t.Errorf("%+v, %v", m, err)
	}
	if again := r; again.FindFailed() != nil || len(again.Pending()) != 1 {
		t.Errorf("pending %v, want the row that failed", again.Pending())
	}
	put(t, r, []int{1}, rowOf)
	if m, _ := finish(t, r); m.Counts.Failed != 0 {
		t.Errorf("after a retry: %+v", m.Counts)
	}
	if _, err := os.Stat(filepath.Join(folder, outputs.ShardName(0, 4))); err != nil {
		t.Error(err)
	}
}
