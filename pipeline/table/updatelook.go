package table

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/sourcegraph/conc/pool"

	"fc7/internal/atomicfile"
	"fc7/outputs"
)

// lookAtOnce is how many items are looked at one after the other; those of one image, with several boxes, mostly are.
const lookAtOnce = 64

// look finds out what the image of each item is now.
func (u *update) look(ctx context.Context) error {
	u.inputs = make([]outputs.Input, len(u.set.Items))
	p := pool.New().WithMaxGoroutines(2 * runtime.GOMAXPROCS(0)).WithContext(ctx).WithFirstError().WithCancelOnError()
	for first := 0; first < len(u.inputs); first += lookAtOnce {
		p.Go(func(ctx context.Context) error {
			for i := first; i < min(first+lookAtOnce, len(u.inputs)) && ctx.Err() == nil; i++ {
				if err := u.lookAt(ctx, first, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := p.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// lookAt finds out what the image of an item is; those of the items from first on are known.
func (u *update) lookAt(ctx context.Context, first, i int) (err error) {
	it := &u.set.Items[i]
	if i > first && it.At == u.set.Items[i-1].At {
		u.inputs[i] = u.inputs[i-1]
		u.inputs[i].Box = it.Region()
		return nil
	}
	if u.TrustTimes {
		if in, ok := u.trusted(i); ok {
			u.inputs[i] = in
			return nil
		}
	}
	u.inputs[i], err = u.Look.Input(ctx, i)
	return err
}

// trusted is what was recorded of an item's image if its file has the size and time of then.
func (u *update) trusted(i int) (outputs.Input, bool) {
	n, ok := u.old.byKey[u.key(i)]
	if !ok || !u.old.rows[n].known {
		return outputs.Input{}, false
	}
	old := &u.old.rows[n]
	in, err := u.Look.Stat(i)
	if err != nil || in.Time == 0 || in.Time != old.from.Time || in.Size != old.from.Size || old.path != u.path(i) {
		return in, false
	}
	in.SHA256 = old.from.SHA256
	return in, true
}

// key is that of an item's row.
func (u *update) key(i int) key {
	it := &u.set.Items[i]
	return keyOf(&outputs.Row{Image: it.ID, Object: it.Object})
}

// path stands for where the row of an item says that its image is.
func (u *update) path(i int) key { return textKey(u.Look.Row(i).Path) }

// compare decides for each item whether its row is kept, and counts.
func (u *update) compare() {
	u.from = make([]int32, len(u.inputs))
	seen, used := make([]bool, len(u.old.rows)), make([]bool, len(u.old.rows))
	for i := range u.inputs {
		here, was := u.old.byKey[u.key(i)]
		if was {
			seen[here] = true
		}
		u.from[i] = u.keptFor(i, here, was)
		if n := u.from[i]; n >= 0 {
			used[n] = true
		}
		*u.count(i, here, was)++
	}
	for n := range u.old.table {
		if !seen[n] && !used[n] {
			u.Gone++
		}
	}
}

// keptFor is the old row for an item, whose key the row here has; -1: none.
func (u *update) keptFor(i int, here int32, was bool) int32 {
	in := u.inputs[i]
	if in.Known() {
		if was && u.old.rows[here].ok && u.old.rows[here].known && bytesOf(u.old.rows[here].from) == bytesOf(in) {
			return here
		}
		if n, ok := u.old.byBytes[bytesOf(in)]; ok {
			return n
		}
	}
	if u.TrustNames && was && u.old.rows[here].ok && !u.old.rows[here].known {
		if in.Known() {
			u.named++
		}
		return here
	}
	return -1
}

// count is where an item counts.
func (u *update) count(i int, here int32, was bool) *int {
	n := u.from[i]
	switch {
	case n >= 0 && was && n == here && u.old.rows[here].labels == u.labels(i):
		return &u.Kept
	case n >= 0 && was && n == here:
		return &u.Relabelled
	case n >= 0 && int(n) < u.old.table: // else it was computed by an update that was not finished
		return &u.Renamed
	case !was:
		return &u.New
	case !u.old.rows[here].ok && !u.old.rows[here].lost:
		return &u.Retried
	case !u.old.rows[here].known:
		return &u.Unproven
	}
	return &u.Changed
}

// labels stands for what the data set says of an item's row.
func (u *update) labels(i int) key {
	r := u.Look.Row(i)
	return labelsOf(&r)
}

// keepStaged makes the folder of the update, or, where it is there from before a kill, removes what of it is not of the
// images as they are now.
func (u *update) keepStaged(r *Run) error {
	if err := atomicfile.MkdirAll(u.staging); err != nil {
		return fmt.Errorf("making the folder of the update: %w", err)
	}
	names, err := shardNames(u.staging)
	if err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(u.staging, name)
		if u.isCurrent(r, path) {
			continue
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("removing a shard of an earlier update: %w", err)
		}
	}
	return nil
}

// isCurrent tells whether a shard of the update is sound and made of the images as they are now.
func (u *update) isCurrent(r *Run, path string) bool {
	s, err := outputs.OpenShard(path)
	if err != nil {
		return false
	}
	defer s.Close()
	index, count, _ := outputs.ParseShardName(filepath.Base(path))
	first, end := r.span(index)
	if count != r.count || s.NumRows != end-first || len(s.Identity.Differences(r.Identity)) > 0 {
		return false
	}
	if d, err := outputs.FileDigests(path); err != nil || d.Check() != nil {
		return false
	}
	rows, err := shardRowsOf(s)
	if err != nil {
		return false
	}
	from, err := inputsOf(r.Out, s.Own, rows)
	if err != nil {
		return false
	}
	for i := range rows {
		if in := u.inputs[first+i]; in.SHA256 != from[i].SHA256 || in.Box != from[i].Box {
			return false
		}
	}
	return true
}
