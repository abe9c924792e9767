package planned

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"fc7/datasets"
	"fc7/internal/atomicfile"
	"fc7/internal/lock"
	"fc7/internal/readjson"
	"fc7/outputs"
)

// indexName is file n of the index in the table's folder.
func indexName(n int) string { return filepath.Join(indexDir, fmt.Sprintf("items-%05d.parquet", n)) }

// lockFile keeps apart those who plan in one folder.
const lockFile = ".plan.lock"

// PinFunc tells what is known of an item's bytes: see Plan.Pin. It is called for many at once.
type PinFunc func(ctx context.Context, it *datasets.Item) (datasets.Pin, error)

// Source gives the items of a set to take in their order, with a set that says where it lies, IndexRows at a time but for
// the last ones. Where they have to be given once more from the first on, it calls again before. When there are no more
// it returns the set, and the plans have their identities and rows a file.
type Source func(take func(of *datasets.Set, items []datasets.Item) error, again func() error) (*datasets.Set, error)

// Make writes the index of a set into the table's folder and publishes the plan, which says all but that; see Plan. Those
// of several nets, with as many rows a file, get folders of their own below it, and share the index: see NetPlan. A plan
// that is there already must say the same. progress is told how many items were looked for.
func Make(ctx context.Context, run string, plans []*Plan, from Source, pin PinFunc, progress func(done, total int)) (p *Plan, err error) {
	if p = plans[0]; len(plans) > 1 {
		p = together(plans)
	}
	if err := atomicfile.MkdirAll(filepath.Join(run, indexDir)); err != nil {
		return nil, fmt.Errorf("making the table's folder: %w", err)
	}
	l, err := lock.Wait(ctx, func() (*lock.Lock, error) { return lock.Named(filepath.Join(run, lockFile)) })
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", run, err)
	}
	defer func() { err = errors.Join(err, l.Release()) }()
	if err := errors.Join(unmade(run), p.sameNets(run)); err != nil {
		return nil, err
	}
	if err := p.make(ctx, run, from, pin, progress); err != nil {
		return nil, err
	}
	p.Identity.Inputs, p.Rows = plans[0].Identity.Inputs, plans[0].Rows
	if p.Files = (p.Items + p.Rows - 1) / p.Rows; len(p.Nets) > 0 {
		if err := p.publishNets(plans); err != nil {
			return nil, err
		}
	}
	return p, p.publish()
}

// unmade is the error of a folder that has a table and no plan.
func unmade(run string) error {
	if shards, err := os.ReadDir(filepath.Join(run, outputs.FeaturesDir)); err == nil && len(shards) > 0 && !Is(run) {
		return &Error{fmt.Sprintf("%s holds a table that was made without a plan: choose another folder", run)}
	}
	return nil
}

// sameNets is the error of a folder that has a plan of other nets, before anything is written there.
func (p *Plan) sameNets(run string) error {
	if !Is(run) {
		return nil
	}
	there, err := Open(run)
	if err != nil {
		return err
	}
	if !slices.Equal(there.Nets, p.Nets) {
		return &OtherError{run, there.differences(p)}
	}
	return nil
}

// make writes the index. What was written of one that comes to nothing is removed.
func (p *Plan) make(ctx context.Context, run string, from Source, pin PinFunc, progress func(done, total int)) (err error) {
	p.run, p.Format = run, format
	there := Is(run) // its index stands, and is not written again
	drop := func() (err error) {
		for n := range p.Index {
			if !there {
				err = errors.Join(err, os.Remove(filepath.Join(run, indexName(n))))
			}
		}
		p.Index, p.Items, p.Bytes, p.Absent = nil, 0, 0, 0
		return err
	}
	set, err := from(func(of *datasets.Set, items []datasets.Item) (err error) {
		if len(p.Index) == 0 {
			if p.Set, err = of.Indexed(); err != nil {
				return err
			}
		}
		pins, err := p.look(ctx, items, pin)
		if err != nil {
			return err
		}
		if err := p.index(items, pins, there); err != nil {
			return err
		}
		p.Items += len(items)
		progress(p.Items, max(of.About(), p.Items))
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

// index adds a file of the index; of one that stands only the digest is made.
func (p *Plan) index(items []datasets.Item, pins []datasets.Pin, there bool) error {
	path, sum := filepath.Join(p.run, indexName(len(p.Index))), sha256.New()
	write := func(w io.Writer) error { return p.Set.WriteIndex(io.MultiWriter(w, sum), items, pins) }
	var err error
	if there {
		err = write(io.Discard)
	} else {
		err = atomicfile.Write(path, true, write)
	}
	if err != nil {
		return err
	}
	p.Index = append(p.Index, IndexFile{len(items), hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// lookers is how many files are looked for at once: it is servers that are slow.
const lookers = 32

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
	dir := p.run
	if p.Above {
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, indexName(n))
	text, err := readjson.Bytes(path, maxIndexFile)
	if err != nil {
		return fmt.Errorf("reading the index of a plan: %w", err)
	}
	if sum := digest(text); sum != p.Index[n].SHA256 {
		return &Error{fmt.Sprintf("%s is not the file that was planned: it has sha256 %.12s…, want %.12s…: restore it, or plan again in another folder", path, sum, p.Index[n].SHA256)}
	}
	if err := share.Add(text, first, end); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
