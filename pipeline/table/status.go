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

	"fc7/internal/lock"
	"fc7/internal/machine"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// Unplanned tells how far the tables are that are made in a folder without a plan, in that or, of several nets, in
// those below it: by their files, the rows that are kept of others, and the locks of processes that make them. Of
// failed rows the rows of all files are read, without descriptors, until there is a manifest. nil: there is no such
// table.
func Unplanned(ctx context.Context, run string) ([]*planned.Status, error) {
	s, err := unplanned(ctx, run)
	if s != nil || err != nil {
		return []*planned.Status{s}, err
	}
	entries, err := os.ReadDir(run)
	if err != nil {
		return nil, nil // of that tells whoever opens it
	}
	var all []*planned.Status
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		s, err := unplanned(ctx, filepath.Join(run, e.Name()))
		if err != nil {
			return nil, err
		}
		if s != nil {
			all = append(all, s)
		}
	}
	return all, nil
}

// unplanned is Unplanned of one table.
func unplanned(ctx context.Context, run string) (*planned.Status, error) {
	if there, err := planned.Is(ctx, run); there || err != nil {
		return nil, err
	}
	m, err := outputs.ReadManifest(run)
	if err == nil {
		return ended(run, m)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	r, err := begun(run)
	if r == nil || err != nil {
		return nil, err
	}
	if err := r.Standing(); err != nil {
		return nil, fmt.Errorf("looking how far the table is: %w", err)
	}
	s := &planned.Status{Out: run, Net: r.Identity.Net, Unplanned: true, Rows: r.Items, Files: r.count}
	if err := r.countDone(ctx, s); err != nil {
		return nil, err
	}
	return s, r.countOpen(ctx, s)
}

// ended is the status of a table that has its manifest.
func ended(run string, m outputs.Manifest) (*planned.Status, error) {
	s := &planned.Status{Out: run, Net: m.Identity.Net, Unplanned: true, Merged: true, Rows: m.Counts.Inputs, Files: m.Shards}
	names, _, err := outputs.ListShards(filepath.Join(run, outputs.FeaturesDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking how far the table is: %w", err)
	}
	stands := map[string]bool{}
	for _, name := range names {
		stands[filepath.Base(name)] = true
	}
	for i, f := range m.Files {
		if !stands[f.Name] {
			s.Missing++
			s.MissingFiles = append(s.MissingFiles, i)
			continue
		}
		s.Done++
		s.RowsDone += f.Rows
		s.Failed += f.Failed
	}
	return s, nil
}

// begun is the Run of a folder in which a table was begun, as the claim there says, unless a file that stands says
// otherwise: the claim is then of a start that was refused. nil: there is none.
func begun(run string) (*Run, error) {
	var c claim
	known := outputs.ReadJSON(filepath.Join(run, claimFile), &c) == nil
	names, _, _ := outputs.ListShards(filepath.Join(run, outputs.FeaturesDir)) // of what is wrong with it tells Standing
	if len(names) > 0 {
		s, err := outputs.OpenShard(filepath.Join(run, outputs.FeaturesDir, names[0]))
		if err != nil {
			return nil, cannotUse(err)
		}
		if err := s.Close(); err != nil {
			return nil, err
		}
		rows := s.NumRows
		if i, count, _ := outputs.ParseShardName(filepath.Base(names[0])); i == count-1 && count > 1 {
			rows = (s.Identity.Inputs.Count - s.NumRows) / (count - 1)
		}
		if !known || c.Rows != rows || len(s.Identity.Differences(c.Identity)) > 0 {
			c, known = claim{Identity: s.Identity, Rows: rows}, true
		}
	}
	if !known || c.Rows < 1 || c.Identity.Inputs.Count < 1 {
		return nil, nil
	}
	return New(Plan{Out: run, Identity: c.Identity, Items: c.Identity.Inputs.Count, Rows: c.Rows, Limits: c.Limits, Raise: true})
}

// countDone counts the rows of files that are done.
func (r *Run) countDone(ctx context.Context, s *planned.Status) error {
	failed := make([]int, r.count)
	work := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0)).WithContext(ctx).WithFirstError().WithCancelOnError()
	for i, done := range r.done {
		if !done {
			continue
		}
		first, end := r.span(i)
		s.Done++
		s.RowsDone += end - first
		work.Go(func(ctx context.Context) (err error) {
			if err = ctx.Err(); err == nil {
				failed[i], err = r.failedIn(i)
			}
			return err
		})
	}
	err := work.Wait()
	for _, n := range failed {
		s.Failed += n
	}
	return err
}

// failedIn counts the failed rows of a file.
func (r *Run) failedIn(i int) (n int, err error) {
	shard, err := r.openShard(i)
	if err != nil {
		return 0, err
	}
	defer shard.Close()
	for g := range shard.Groups() {
		rows, err := shard.Rows(g)
		if err != nil {
			return 0, machine.Advise(err, removeShard)
		}
		for k := range rows {
			if rows[k].Status != outputs.StatusOK {
				n++
			}
		}
	}
	return n, nil
}

// countOpen counts the others, and the rows that are kept of them.
func (r *Run) countOpen(ctx context.Context, s *planned.Status) error {
	var open []int
	for i, done := range r.done {
		if !done {
			open = append(open, i)
		}
	}
	locked, err := r.locked(ctx, open)
	if err != nil {
		return err
	}
	is := claim{r.Identity, r.Rows, r.Limits}.text()
	for _, i := range open {
		kept, err := planned.KeptIn(r.in(), planned.TmpDirOf(is, i))
		if err != nil {
			return fmt.Errorf("looking for rows that were kept: %w", err)
		}
		s.RowsDone += kept
		if locked[i] {
			s.Running++
			continue
		}
		s.RowsKept += kept
		s.Missing++
		s.MissingFiles = append(s.MissingFiles, i)
	}
	return nil
}

// locked tells which files processes are at. Who begins meanwhile waits.
func (r *Run) locked(ctx context.Context, files []int) (map[int]bool, error) {
	path := filepath.Join(r.Out, lockFile)
	turn, err := lock.Wait(ctx, func() (*lock.Lock, error) { return lock.Range(path, claimLock, 1) })
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return nil, nil // who may only read is told of none
	}
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", r.Out, err)
	}
	held := map[int]bool{}
	for _, i := range files {
		unlock, err := LockShards(r.Out, i, i+1)
		switch {
		case IsHeld(err):
			held[i] = true
			continue
		case err == nil:
			err = unlock()
		}
		if err != nil {
			return nil, errors.Join(err, turn.Release())
		}
	}
	return held, turn.Release()
}
