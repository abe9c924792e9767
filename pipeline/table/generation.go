package table

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"fc7/internal/machine"
	"fc7/internal/place"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// errSame ends a file that has the bytes of the one that stands.
var errSame = errors.New("the same bytes stand")

// nextGeneration completes a file of a planned table that takes the place of the one with the own digest was. Its note
// is there before: a kill between the two leaves the old one, which counts until the new one stands. A table that was
// merged is no more, and is to be merged again.
func (r *Run) nextGeneration(s int, to *outputs.ShardWriter, was string, from []outputs.RowInput, f outputs.File) (err error) {
	unlock, mine := func() error { return nil }, ""
	defer func() { err = errors.Join(err, unlock()) }()
	err = to.CloseAfter(func(own string) error {
		d, err := to.Digests()
		if err != nil {
			return err
		}
		f.Name, f.SHA256, f.Footer, f.Bytes, f.Rows = filepath.Base(to.Path()), d.SHA256, d.Footer, d.Bytes, to.Rows()
		if own == was {
			return errSame
		}
		unlocked, err := r.in().Lock(func(dir string) (func() error, error) { return lockManifest(context.Background(), dir) })
		if err != nil {
			return err
		}
		unlock = unlocked
		if err := errors.Join(dropManifest(r.in()), r.writeInputs(own, from)); err != nil {
			return err
		}
		mine = own
		return r.share.plan.NoteNext(s, planned.Done{File: f, Own: own})
	})
	switch {
	case errors.Is(err, errSame): // also where another process made it meanwhile
		r.isDone(s, f)
		return nil
	case err != nil:
		return refused(err)
	}
	r.isDone(s, f)
	// on a store no lock kept a merge away, which may have swept the digests that are of no file that it saw
	return errors.Join(r.writeInputs(mine, from), r.checkManifestOf(f))
}

// dropManifest removes that of a table that changes.
func dropManifest(in place.Place) error {
	if err := in.Remove(outputs.ManifestName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the manifest of a table that changes: %w", err)
	}
	return nil
}

// checkManifestOf removes a manifest of the file that stood before: on a store, where no lock keeps a merge away, one
// may have come just before the file.
func (r *Run) checkManifestOf(f outputs.File) error {
	m, err := outputs.ReadManifestIn(r.in())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case slices.Contains(m.Files, f):
		return nil
	}
	return dropManifest(r.in())
}

// outdated tells whether a file of a merged table is another generation than the manifest says: a task that replaced it
// was killed before it could remove the manifest that a merge wrote meanwhile.
func outdated(ctx context.Context, p *planned.Plan, m outputs.Manifest) (bool, error) {
	later, err := p.Later(ctx)
	for file, d := range later {
		if file < len(m.Files) && m.Files[file] != d.File {
			return true, err
		}
	}
	return false, err
}

// FindChanged looks for the rows of this process's finished files whose images are others now than they were computed
// from, and those that failed: all of them are computed again, and take the place of the old ones. So are rows that
// were kept of files that are not finished, those that failed, and all behind the first whose image is another. With
// trust, images whose file has the size and time that were recorded are not read.
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
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.renewKept(ctx, look, trust); err != nil {
		return err
	}
	for s := range r.share.kept {
		if err := r.findFailedKept(s); err != nil {
			return err
		}
	}
	return nil
}

// changedIn lists the items of a file whose rows are to be computed again.
func (r *Run) changedIn(ctx context.Context, s int, look Look, trust bool) (items []int, err error) {
	shard, err := r.openShard(s)
	if err != nil {
		return nil, err
	}
	defer shard.Close()
	rows, err := shardRowsOf(shard)
	if err != nil {
		return nil, machine.Advise(err, removeShard)
	}
	from, err := inputsIn(r.in(), shard.Own, rows)
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
	if trust && unchanged(look, item, was) {
		return true, nil
	}
	now, err := look.Input(ctx, item)
	return err == nil && now.SHA256 == was.SHA256, err
}

// unchanged tells whether an item's file has the size and time that were recorded.
func unchanged(look Look, item int, was outputs.Input) bool {
	now, err := look.Stat(item)
	return err == nil && now.Size == was.Size && now.Time == was.Time && now.Time != 0
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
