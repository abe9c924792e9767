package table

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/sourcegraph/conc/pool"

	"fc7/internal/machine"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// errSame ends a file that has the bytes of the one that stands.
var errSame = errors.New("the same bytes stand")

// nextGeneration completes a file of a planned table that takes the place of the one with the own digest was. Its note
// is there before: a kill between the two leaves the old one, which counts until the new one stands. A table that was
// merged is no more, and is to be merged again.
func (r *Run) nextGeneration(s int, to *outputs.ShardWriter, was string, from []outputs.RowInput, f outputs.File) (err error) {
	unlock := func() error { return nil }
	defer func() { err = errors.Join(err, unlock()) }()
	err = to.CloseAfter(func(own string) error {
		if own == was {
			return errSame
		}
		if err := r.writeInputs(own, from); err != nil {
			return err
		}
		d, err := to.Digests()
		if err != nil {
			return err
		}
		f.Name, f.SHA256, f.Footer, f.Bytes, f.Rows = filepath.Base(to.Path()), d.SHA256, d.Footer, d.Bytes, to.Rows()
		if unlock, err = lockManifest(context.Background(), r.Out); err != nil {
			unlock = func() error { return nil }
			return err
		}
		if err := os.Remove(filepath.Join(r.Out, outputs.ManifestName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the manifest of a table that changes: %w", err)
		}
		return r.share.plan.NoteNext(s, planned.Done{File: f, Own: own})
	})
	switch {
	case errors.Is(err, errSame):
		return nil
	case err == nil:
		r.isDone(s, f)
	}
	return err
}

// FindChanged looks for the rows of this process's finished files whose images are others now than they were computed
// from, and those that failed: all of them are computed again, and take the place of the old ones. With trust, images
// whose file has the size and time that were recorded are not read.
func (r *Run) FindChanged(ctx context.Context, look Look, trust bool) error {
	found := make([][]int, r.end)
	work := pool.New().WithMaxGoroutines(2 * runtime.GOMAXPROCS(0)).WithContext(ctx).WithFirstError().WithCancelOnError()
	for s := r.first; s < r.end; s++ {
		if !r.done[s] {
			continue
		}
		work.Go(func(ctx context.Context) (err error) {
			if ctx.Err() == nil {
				found[s], err = r.changedIn(ctx, s, look, trust)
			}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	r.retry, r.renew = map[int][]int{}, true
	for s, items := range found {
		if len(items) > 0 {
			r.retry[s] = items
		}
	}
	return ctx.Err()
}

// changedIn lists the items of a file whose rows are to be computed again.
func (r *Run) changedIn(ctx context.Context, s int, look Look, trust bool) (items []int, err error) {
	shard, err := outputs.OpenShard(r.shardPath(s))
	if err != nil {
		return nil, err
	}
	defer shard.Close()
	rows, err := shardRowsOf(shard)
	if err != nil {
		return nil, machine.Advise(err, removeShard)
	}
	from, err := inputsOf(r.Out, shard.Own, rows)
	if isDisk(err) {
		return nil, err
	}
	known := err == nil
	first, end := r.span(s)
	if len(rows) != end-first {
		return nil, fmt.Errorf("%s has %d rows, want %d: %s", shard.Path, len(rows), end-first, removeShard)
	}
	for i := range rows {
		if rows[i].Status == outputs.StatusOK && known && from[i].Known() {
			same, err := sameImage(ctx, first+i, from[i].Input, look, trust)
			if err != nil {
				return nil, err
			}
			if same {
				continue
			}
		}
		items = append(items, first+i)
	}
	return items, nil
}

// sameImage tells whether an item's image is the one that its row was computed from.
func sameImage(ctx context.Context, item int, was outputs.Input, look Look, trust bool) (bool, error) {
	if now, err := look.Stat(item); trust && err == nil && now.Size == was.Size && now.Time == was.Time && now.Time != 0 {
		return true, nil
	}
	now, err := look.Input(ctx, item)
	return err == nil && now.SHA256 == was.SHA256, err
}

// removeDeadOf removes what killed tasks left in the folders of a planned table.
func removeDeadOf(p *planned.Plan) error {
	for _, folder := range p.Folders(0, p.Files) {
		if err := removeDead(p.At(), folder, 0, p.Files, p.Files); err != nil {
			return err
		}
	}
	return nil
}

// sweepPlanned removes digests of generations of files that no longer stand.
func sweepPlanned(p *planned.Plan, notes []*planned.Done) error {
	keep := map[string]bool{}
	for _, n := range notes {
		keep[filepath.Base(outputs.InputsPath("", n.Own))] = true
	}
	return sweepInputs(p.At(), keep)
}
