package planned

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"fc7/datasets"
	"fc7/internal/atomicfile"
	"fc7/internal/lock"
	"fc7/internal/place"
	"fc7/internal/usage"
	"fc7/outputs"
)

// indexName is file n of the index in the table's folder.
func indexName(n int) string { return path.Join(indexDir, fmt.Sprintf("items-%05d.parquet", n)) }

// lockFile keeps apart those who plan in one folder.
const lockFile = ".plan.lock"

// PinFunc tells what is known of an item's bytes: see Plan.Pin. It is called for many at once.
type PinFunc func(ctx context.Context, it *datasets.Item) (datasets.Pin, error)

// Source gives the items of a set to take in their order, with a set that says where it lies, IndexRows at a time but
// for the last ones. Where they have to be given once more from the first on, it calls again before. When there are no
// more it returns the set, and the plans have their identities and rows a file.
type Source func(take func(of *datasets.Set, items []datasets.Item) error, again func() error) (*datasets.Set, error)

// Making is what plans are made of.
type Making struct {
	From Source
	Pin  PinFunc
	// Alone keeps those who make tables away from a folder until it is released, and is an error while one is at work
	// there (table.Alone): of a table that is made without a plan there may be no file yet. Busy is that error alone,
	// and makes nothing there (table.Busy).
	Alone    func(ctx context.Context, dir string) (release func() error, err error)
	Busy     func(ctx context.Context, dir string) error
	Progress func(done, total int) // is told how many items were looked for
}

// Make writes the index of a set into the table's folder and publishes the plan, which says all but that; see Plan.
// Those of several nets, with as many rows a file, get folders of their own below it, and share the index: see NetPlan.
// A plan that is there already must say the same.
func Make(ctx context.Context, run string, plans []*Plan, m Making) (p *Plan, err error) {
	if p = plans[0]; len(plans) > 1 {
		p = together(plans)
	}
	if p.at, err = place.Open(ctx, run); err != nil {
		return nil, usage.Wrap(err)
	}
	undo, err := place.MakeFolder(p.at, ".")
	if err != nil {
		return nil, fmt.Errorf("making the table's folder: %w", err)
	}
	unlock, err := p.at.Lock(func(dir string) (func() error, error) { return lockPlan(ctx, dir) })
	defer func() {
		if err != nil { // of a plan that came to nothing nothing is left
			undo()
		}
	}()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	there, err := m.standing(ctx, p.at)
	if err == nil && there != nil { // before anything is written there, and a long list is read
		err = p.comparedEarly(there, plans)
	}
	if err != nil {
		return nil, err
	}
	return p, p.finish(ctx, m, plans, there)
}

// comparedEarly is the error of a plan that is there of which it is known already that it is another one.
func (p *Plan) comparedEarly(there *Plan, plans []*Plan) error {
	if diff := there.early(p); len(diff) > 0 {
		return &OtherError{run: p.Run(), differences: diff}
	}
	if !slices.Equal(there.Nets, p.Nets) {
		return &OtherError{run: p.Run(), differences: []string{fmt.Sprintf("nets: the plan has %v, now %v", there.Nets, p.Nets)}}
	}
	for i := range p.Nets {
		at, err := p.below(p.Nets[i].Folder)
		if err != nil {
			return fmt.Errorf("making the table's folder: %w", err)
		}
		one, err := find(at)
		if err != nil || one == nil {
			continue // it is made, or its trouble told, when its turn comes
		}
		if diff := one.early(plans[i]); len(diff) > 0 {
			return &OtherError{run: one.Run(), differences: diff}
		}
	}
	return nil
}

// finish makes the index and publishes the plan.
func (p *Plan) finish(ctx context.Context, m Making, plans []*Plan, there *Plan) (err error) {
	undo, err := place.MakeFolder(p.at, indexDir)
	if err != nil {
		return fmt.Errorf("making the table's folder: %w", err)
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	if err := p.make(ctx, m, there != nil); err != nil {
		return err
	}
	p.Identity.Inputs, p.Rows = plans[0].Identity.Inputs, plans[0].Rows
	if err := outputs.CheckShards(p.Items, p.Rows); err != nil {
		if there == nil {
			err = errors.Join(err, p.dropIndex())
		}
		return err
	}
	if p.Files = (p.Items + p.Rows - 1) / p.Rows; len(p.Nets) > 0 {
		if err := p.publishNets(ctx, m, plans); err != nil {
			return err
		}
	}
	return m.publish(ctx, p, there)
}

// standing is the plan that is there; nil: there is none, and nobody makes a table without one.
func (m Making) standing(ctx context.Context, at place.Place) (*Plan, error) {
	there, err := standing(at)
	if err != nil || there != nil {
		return there, err
	}
	_, err = at.Lock(func(dir string) (func() error, error) { return nil, m.Busy(ctx, dir) })
	return nil, err
}

// publish gives a plan its name, unless one was there before. A table may have been begun, and ended, since that was
// looked at.
func (m Making) publish(ctx context.Context, p, there *Plan) (err error) {
	if there != nil {
		return p.publish(there)
	}
	release, err := p.at.Lock(func(dir string) (func() error, error) {
		release, err := m.Alone(ctx, dir)
		if err == nil {
			if _, err = standing(p.at); err != nil {
				err = errors.Join(err, release())
			}
		}
		return release, err
	})
	if err != nil {
		return errors.Join(err, p.dropIndex())
	}
	defer func() { err = errors.Join(err, release()) }()
	return p.publish(nil)
}

// lockPlan keeps others who plan away from a folder.
func lockPlan(ctx context.Context, dir string) (unlock func() error, err error) {
	l, err := lock.Wait(ctx, func() (*lock.Lock, error) {
		if err := atomicfile.MkdirAll(dir); err != nil { // another plan that came to nothing may have removed it
			return nil, err
		}
		return lock.Named(filepath.Join(dir, lockFile))
	})
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	return l.Release, nil
}

// standing is the plan that is there; nil: there is none. A table that was made without one is an error.
func standing(at place.Place) (*Plan, error) {
	p, err := find(at)
	if p != nil || err != nil {
		return p, err
	}
	if made, err := standsTable(at); err != nil || !made {
		return nil, err
	}
	return nil, &Error{text: fmt.Sprintf("%s holds a table that was made without a plan: choose another folder", at)}
}

// standsTable tells whether files of a table stand in a place.
func standsTable(at place.Place) (made bool, err error) {
	folders, err := at.Folders(outputs.FeaturesDir) // of more than a thousand files each thousand has one
	for _, dir := range append(folders, ".") {
		var shards []string
		if err == nil {
			shards, err = at.List(path.Join(outputs.FeaturesDir, dir))
		}
		made = made || len(shards) > 0
	}
	return made, err
}

// make writes the index. That of a plan that is there stands, and is not written again; what was written of one that
// comes to nothing is removed.
func (p *Plan) make(ctx context.Context, m Making, there bool) (err error) {
	p.Format = format
	drop := func() (err error) {
		if !there {
			err = p.dropIndex()
		}
		p.Index, p.Items, p.Bytes, p.Absent = nil, 0, 0, 0
		return err
	}
	set, err := m.From(func(of *datasets.Set, items []datasets.Item) (err error) {
		if len(p.Index) == 0 {
			if p.Set, err = of.Indexed(); err != nil {
				return err
			}
		}
		pins, err := p.look(ctx, items, m.Pin)
		if err != nil {
			return err
		}
		if err := p.index(items, pins, there); err != nil {
			return err
		}
		p.Items += len(items)
		m.Progress(p.Items, max(of.About(), p.Items))
		return nil
	}, drop)
	if err == nil {
		p.Set, err = set.Indexed()
	}
	if err != nil {
		return errors.Join(err, drop())
	}
	return nil
}

// dropIndex removes what was written of the index of a plan that comes to nothing.
func (p *Plan) dropIndex() (err error) {
	for n := range p.Index {
		if !p.Above {
			err = errors.Join(err, p.at.Remove(indexName(n)))
		}
	}
	return err
}

// index adds a file of the index; of one that stands only the digest is made.
func (p *Plan) index(items []datasets.Item, pins []datasets.Pin, there bool) error {
	sum := sha256.New()
	write := func(w io.Writer) error { return p.Set.WriteIndex(io.MultiWriter(w, sum), items, pins) }
	var err error
	if there {
		err = write(io.Discard)
	} else {
		err = place.WriteFile(p.at, indexName(len(p.Index)), true, write)
	}
	if err != nil {
		return err
	}
	p.Index = append(p.Index, IndexFile{len(items), hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// lookers is how many files are looked for at once: it is servers that are slow.
const lookers = 64

// look finds out what is known of items. It counts bytes and what is absent.
func (p *Plan) look(ctx context.Context, items []datasets.Item, pin PinFunc) ([]datasets.Pin, error) {
	pins := make([]datasets.Pin, len(items))
	work := pool.New().WithMaxGoroutines(lookers).WithContext(ctx).WithFirstError().WithCancelOnError()
	const batch = 256
	for first := 0; first < len(items); first += batch {
		work.Go(func(ctx context.Context) (err error) {
			for i := first; i < min(first+batch, len(items)) && ctx.Err() == nil && err == nil; i++ {
				pins[i], err = pin(ctx, &items[i])
			}
			return errors.Join(err, ctx.Err())
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	for i, n := range pins {
		switch {
		case items[i].At.Part != nil:
			p.Bytes += items[i].At.Part.Size
		case n.Size >= 0:
			p.Bytes += n.Size
		case p.Pin != PinNone:
			p.Absent++
		}
	}
	return pins, nil
}

// maxIndexFile bounds a file of the index: some kB an item.
const maxIndexFile = 1 << 30

// Share are the items of files first to end-1 of the table, as a set. Of o the columns count, where items are rows of
// tables.
func (p *Plan) Share(first, end int, o datasets.Options) (*datasets.Set, error) {
	from, to := p.Span(first, end)
	share := p.Set.Share(o, to-from)
	at := 0 // the first item of the file of the index
	for n, f := range p.Index {
		if at < to && at+f.Items > from {
			if err := p.read(n, share, max(from-at, 0), min(to-at, f.Items)); err != nil {
				return nil, err
			}
		}
		at += f.Items
	}
	return share.Set(), nil
}

// read adds items of file n of the index, which must be the one that was planned.
func (p *Plan) read(n int, share *datasets.Share, first, end int) error {
	in := p.at
	if p.Above {
		in = in.Above()
	}
	path := in.At(indexName(n))
	text, err := in.Read(indexName(n), maxIndexFile)
	if errors.Is(err, fs.ErrNotExist) { // while the plan is there: no other try finds it
		return &Error{text: fmt.Sprintf("%s is not there, though the plan is, which tells of it: restore it, or plan again in another folder", path)}
	}
	if err != nil {
		return fmt.Errorf("reading the index of a plan: %w", err)
	}
	if sum := digest(text); sum != p.Index[n].SHA256 {
		return &Error{text: fmt.Sprintf("%s is not the file that was planned: it has sha256 %.12s…, want %.12s…: restore it, or plan again in another folder", path, sum, p.Index[n].SHA256)}
	}
	if err := share.Add(text, first, end); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
