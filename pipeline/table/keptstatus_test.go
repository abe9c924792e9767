package table

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fc7/outputs"
	"fc7/pipeline/planned"
)

// TestStatusKeptRows: rows that a stopped start kept of a file that is not done count as done, until the next start has
// them; of a segment that is damaged, those before it.
func TestStatusKeptRows(t *testing.T) {
	for _, every := range []time.Duration{0, time.Hour} { // a segment a row, or one at the end
		out := t.TempDir()
		p := sharePlan(t, out)
		status := func(done, kept int) {
			t.Helper()
			s, err := p.Status(t.Context(), time.Now(), 0)
			if err != nil || s.RowsDone != done || s.RowsKept != kept {
				t.Errorf("segments every %v: %+v, %v, want %d rows done, %d of them kept", every, s, err, done, kept)
			}
		}
		status(0, 0)
		r, unlock, _ := openShare(t, out, Part{}, every)
		if err := errors.Join(putShare(t, r, r.Pending()[:shareRows+2]), unlock()); err != nil {
			t.Fatal(err)
		}
		status(shareRows+2, 2)
		last := filepath.Join(out, filepath.FromSlash(p.TmpDir(1)), planned.SegmentName(0))
		if every == 0 {
			last = filepath.Join(filepath.Dir(last), planned.SegmentName(1))
		}
		whole, err := os.ReadFile(last)
		if err == nil {
			err = os.WriteFile(last, whole[:len(whole)/2], 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		if every == 0 {
			status(shareRows+1, 1)
		} else {
			status(shareRows, 0)
		}
		if err := os.WriteFile(last, whole, 0o644); err != nil {
			t.Fatal(err)
		}
		r, unlock, _ = openShare(t, out, Part{}, every)
		if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
			t.Fatal(err)
		}
		status(planItems, 0)
	}
}

// TestShareLost: a file that was done and was removed is made again; where its rows are others now that is an error
// which says what helps, and no file of other bytes stands beside the note. Where images are taken as they are it is
// the next generation, and the table is to be merged again.
func TestShareLost(t *testing.T) {
	out := t.TempDir()
	p := sharePlan(t, out)
	r, unlock, _ := openShare(t, out, Part{}, time.Hour)
	if err := errors.Join(putShare(t, r, r.Pending()), unlock()); err != nil {
		t.Fatal(err)
	}
	merged, err := MergePlanned(t.Context(), p, false, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(out, outputs.FeaturesDir, outputs.ShardName(0, 2))
	begin := func() *Run {
		t.Helper()
		r, unlock, _ := openShare(t, out, Part{}, 0)
		t.Cleanup(func() { _ = unlock() })
		if err := unlock(); err != nil || len(r.Pending()) != shareRows {
			t.Fatalf("pending %v, %v", r.Pending(), err)
		}
		return r
	}
	others := func(r *Run) error { // with another image
		w := r.Writer(rowOf, func(string, int) {})
		for _, i := range r.Pending() {
			row := shareRow(i)
			row.Width++
			if err := w.Put(t.Context(), i, row, inputOf(i)); err != nil {
				return errors.Join(err, w.Abort())
			}
		}
		return w.Abort()
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	var missing *IncompleteError
	if _, err := MergePlanned(t.Context(), p, false, func(int, int) {}); !errors.As(err, &missing) || !slices.Equal(missing.Missing, []int{0}) {
		t.Errorf("a merged table that lost a file: %v", err)
	}
	var conflict *ConflictError
	if err := others(begin()); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "--update") || !strings.Contains(err.Error(), file) {
		t.Errorf("other bytes: %v", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a file of other bytes than its note says stands")
	}
	if err := putShare(t, begin(), []int{0, 1, 2, 3}); err != nil {
		t.Errorf("the same bytes: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	r = begin()
	r.renew = true // as FindChanged does
	if err := others(r); err != nil {
		t.Fatal(err)
	}
	if _, err := outputs.ReadManifest(out); err == nil {
		t.Error("the manifest tells of a file that is another one by now")
	}
	again, err := MergePlanned(t.Context(), p, true, func(int, int) {})
	if err != nil || again.Files[0] == merged.Files[0] || again.Files[1] != merged.Files[1] {
		t.Errorf("%+v, %v", again.Files, err)
	}
}

// TestFits: a folder with the table or the plan of other descriptors is told by little; inputs, and what is damaged or
// strayed there, are for Open.
func TestFits(t *testing.T) {
	out := t.TempDir()
	is := plan(out)
	other := is.Identity
	other.Scales = []int{224}
	fits := func(out string, id outputs.Identity, want bool) {
		t.Helper()
		var m *MismatchError
		if err := Fits(t.Context(), out, id); (err == nil) != want || !want && !errors.As(err, &m) {
			t.Errorf("%v", err)
		}
	}
	fits(out, other, true)
	r := opened(t, is)
	put(t, r, r.Pending(), shareRow)
	fits(out, other, false)
	fits(out, is.Identity, true)
	longer := is.Identity
	longer.Inputs.Count++
	fits(out, longer, true)
	first := filepath.Join(out, outputs.FeaturesDir, outputs.ShardName(0, 4))
	b, err := os.ReadFile(first)
	if err == nil {
		b[len(b)/3] ^= 1
		err = os.WriteFile(first, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	fits(out, other, true)
	out = t.TempDir()
	sharePlan(t, out)
	fits(out, other, false)
	fits(out, longer, true)
}
