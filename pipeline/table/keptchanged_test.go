package table

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"fc7/outputs"
)

// TestUpdateOfKeptRows: an update takes of the rows that an earlier start kept those before the segment in which the
// first is of another image now, or failed since that had changed, but for failed ones; what it keeps itself the next
// start of it takes.
func TestUpdateOfKeptRows(t *testing.T) {
	ctx := context.Background()
	for _, every := range []time.Duration{0, time.Hour} { // a segment a row, or one at the end
		out := t.TempDir()
		sharePlan(t, out)
		r, unlock, _ := openShare(t, out, Part{}, every)
		w := r.Writer(rowOf, func(string, int) {})
		for i := range 3 { // of the first file, which has four
			row, from := shareRow(i), inputOf(i) // that of item 1 failed, and its bytes are known
			if i == 2 {
				row, from = failedRow(i), outputs.Input{}
				row.Error = outputs.ChangedInput + "it has other bytes"
			}
			if err := w.Put(ctx, i, row, from); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Abort(), unlock()); err != nil {
			t.Fatal(err)
		}
		update := func(look Look, trust bool, want ...int) *Run {
			t.Helper()
			r, unlock, _ := openShare(t, out, Part{}, every)
			defer func() { _ = unlock() }()
			if err := r.FindChanged(ctx, look, trust); err != nil {
				t.Fatal(err)
			}
			if got := r.Pending(); !slices.Equal(got, want) {
				t.Errorf("segments every %v: %v are computed, want %v", every, got, want)
			}
			return r
		}
		now := func(changed ...int) Look {
			input := func(i int) (outputs.Input, error) {
				in := inputOf(i)
				if slices.Contains(changed, i) {
					in.SHA256[0]++
				}
				return in, nil
			}
			return Look{Stat: input, Input: func(_ context.Context, i int) (outputs.Input, error) { return input(i) }}
		}
		gone := Look{Stat: now().Stat, Input: func(context.Context, int) (outputs.Input, error) { return outputs.Input{}, nil }}
		update(gone, true, 1, 2, 3, 4, 5, 6) // none can be read: the failed rows are tried again, and no other
		first, last := []int{1, 2, 3, 4, 5, 6}, []int{1, 2, 3, 4, 5, 6}
		if every > 0 {
			first, last = []int{0, 1, 2, 3, 4, 5, 6}, []int{0, 1, 2, 3, 4, 5, 6}
		}
		stopped, cancel := context.WithCancel(ctx)
		r, unlock, _ = openShare(t, out, Part{}, every)
		failing := Look{Stat: now().Stat, Input: func(context.Context, int) (outputs.Input, error) { cancel(); return outputs.Input{}, stopped.Err() }}
		if err := r.FindChanged(stopped, failing, false); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped while it looks: %v", err)
		}
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
		update(now(), false, first...)
		update(now(1), false, last...)
		r, unlock, _ = openShare(t, out, Part{}, every)
		w = r.Writer(rowOf, func(string, int) {})
		mended := r.Pending()[0]
		if err := errors.Join(w.Put(ctx, mended, rowOf(mended), inputOf(mended)), w.Abort(), unlock()); err != nil {
			t.Fatal(err)
		}
		update(now(), false, last[1:]...) // what it computed is kept
	}
}
