package table

import (
	"slices"
	"testing"
	"time"

	"fc7/outputs"
)

// TestRetryOfKeptRows: failed rows that a stopped start kept of a file that is not done are computed again, and no
// others; the files have the bytes of a run in which nothing failed. What is computed of a file of which nothing sound
// is kept behind it is kept.
func TestRetryOfKeptRows(t *testing.T) {
	sound := t.TempDir()
	sharePlan(t, sound)
	put := func(r *Run, items []int, failed ...int) {
		t.Helper()
		w := r.Writer(rowOf, func(string, int) {})
		for _, i := range items {
			row := rowOf(i)
			if slices.Contains(failed, i) {
				row = failedRow(i)
			}
			if err := w.Put(t.Context(), i, row, inputOf(i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Abort(); err != nil {
			t.Fatal(err)
		}
	}
	r, unlock, _ := openShare(t, sound, Part{}, time.Hour)
	if put(r, r.Pending()); unlock() != nil {
		t.Fatal("unlock")
	}
	want := shareFiles(t, sound)
	for _, c := range []struct {
		every   time.Duration // rows are kept: one by one, or those of a start together
		failed  []int
		pending []int // of the retry
		kept    int   // rows, or done, when the retry stopped behind its second
	}{
		{0, []int{1}, []int{1, 3, 4, 5, 6}, 4},
		{0, []int{0}, []int{0, 3, 4, 5, 6}, 4},
		{0, []int{1, 2}, []int{1, 2, 3, 4, 5, 6}, 3},
		{time.Hour, []int{1}, []int{1, 3, 4, 5, 6}, 4},
		{time.Hour, []int{0, 1, 2}, []int{0, 1, 2, 3, 4, 5, 6}, 2},
	} {
		out := t.TempDir()
		sharePlan(t, out)
		start := func(retry bool) (*Run, func()) {
			t.Helper()
			r, unlock, _ := openShare(t, out, Part{}, c.every)
			if retry {
				if err := r.FindFailed(); err != nil {
					t.Fatal(err)
				}
			}
			return r, func() {
				if err := unlock(); err != nil {
					t.Fatal(err)
				}
			}
		}
		r, end := start(false)
		put(r, r.Pending()[:3], c.failed...)
		end()
		r, end = start(true)
		if got := r.Pending(); !slices.Equal(got, c.pending) || !slices.Equal(r.Broken(), c.failed) {
			t.Fatalf("%v of %v are computed, want %v; %v are broken", got, c.failed, c.pending, r.Broken())
		}
		put(r, c.pending[:2])
		end()
		r, end = start(true) // a retry that was stopped goes on
		again := r.Pending()
		if r.RowsDone() != c.kept || len(again) != planItems-c.kept {
			t.Errorf("failed %v: %d rows are done, want %d, %v are computed", c.failed, r.RowsDone(), c.kept, again)
		}
		put(r, again)
		end()
		if got := shareFiles(t, out); !mapsEqual(got, want) {
			t.Errorf("failed %v: other bytes", c.failed)
		}
		m, _, err := r.FinishShare()
		if err != nil || m.Counts != (outputs.Counts{Inputs: planItems, OK: planItems}) || r.Retried.Tried != r.Retried.Recovered {
			t.Errorf("%+v, %+v, %v", m.Counts, r.Retried, err)
		}
	}
}
