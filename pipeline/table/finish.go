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
	"fc7/internal/origin"
	"fc7/outputs"
)

// Finish reads back what was written, counts its rows, and writes the manifest: that of the table when every shard is
// there, else that of this process's part. Where the manifest is not to stay what it was, describe says how the table
// came about. missing is the number of shards that other processes have not finished.
func (r *Run) Finish(ctx context.Context, describe func(*outputs.Manifest)) (m outputs.Manifest, missing int, err error) {
	if r.Part != (Part{}) { // others may have finished theirs
		if err := r.look(); err != nil {
			return m, 0, err
		}
	}
	missing = len(r.missing())
	first, end, name := 0, r.count, outputs.ManifestName
	if missing > 0 {
		first, end, name = r.first, r.end, outputs.PartManifestName(r.Part.Index, r.Part.Count)
	}
	unlock, err := lockManifest(ctx, r.Out)
	if err != nil {
		return m, missing, err
	}
	m, listed, err := r.manifest(ctx, name, first, end)
	if err == nil && m.Program != "" && !listed {
		err = m.WriteAs(r.Out, name) // with footers, which an earlier fc7 did not list
	}
	if err == nil && (len(r.changed) > 0 || m.Program == "") {
		m.Program, m.Go, m.Platform = origin.Program()
		describe(&m)
		if missing > 0 {
			m.Part = r.Part.String()
		}
		if err = r.swap(ctx); err == nil {
			err = m.WriteAs(r.Out, name)
		}
	}
	if err == nil {
		err = r.sweep() // also where a kill came just before it
	}
	if err == nil {
		err = r.clearKept(ctx, missing)
	}
	return m, missing, errors.Join(err, unlock())
}

// OwnCounts are the rows of this process's shards, by a manifest of them or of the whole table: which share of it ends
// last says nothing of that share's rows.
func (r *Run) OwnCounts(m *outputs.Manifest) (n outputs.Counts) {
	files := m.Files
	if len(files) == r.count {
		files = files[r.first:r.end]
	}
	for _, f := range files {
		n.Add(f)
	}
	return n
}

// checkManifest reads what finish will go on with: what is damaged, or not a manifest at all, is told before the work.
func (r *Run) checkManifest() error {
	for _, name := range []string{outputs.ManifestName, outputs.PartManifestName(r.Part.Index, r.Part.Count)} {
		if _, err := outputs.ReadManifestAs(r.Out, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// manifest accounts for shards first to end-1. What an earlier manifest of the same table says of shards that did not
// change since is kept; listed tells whether it says all of them as they are.
func (r *Run) manifest(ctx context.Context, name string, first, end int) (m outputs.Manifest, listed bool, err error) {
	known := map[string]outputs.File{}
	m, err = outputs.ReadManifestAs(r.Out, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		m = outputs.Manifest{}
	case err != nil:
		return m, false, err
	case len(m.Identity.Differences(r.Identity)) > 0 || len(m.Files) != end-first:
		m = outputs.Manifest{}
	}
	for _, f := range m.Files {
		known[f.Name] = f
	}
	if len(known) == 0 && name == outputs.ManifestName {
		r.listedByParts(known)
	}
	before := m.Files
	m.Files, err = r.account(ctx, first, end, known)
	if err != nil {
		return m, false, fmt.Errorf("reading back what was written: %w", err)
	}
	if !slices.EqualFunc(before, m.Files, sameFile) {
		m.Program = "" // a kill came between the files and their manifest: write it anew
	}
	m.Identity, m.Columns, m.Shards, m.Counts = r.Identity, r.Columns, r.count, outputs.Counts{}
	for _, f := range m.Files {
		m.Counts.Add(f)
	}
	if want := min(end*r.Rows, r.Items) - first*r.Rows; first < end && m.Counts.Inputs != want {
		return m, false, fmt.Errorf("%s has %d rows, want %d, one for each input", r.features, m.Counts.Inputs, want)
	}
	return m, slices.Equal(before, m.Files), nil
}

// listedByParts adds the shards that manifests of parts of the same table list, so that the share that ends last need
// not read what all others wrote. A manifest that cannot be read says nothing of its shards.
func (r *Run) listedByParts(known map[string]outputs.File) {
	for _, name := range partsListed(r.Out) {
		m, err := outputs.ReadManifestAs(r.Out, name)
		if err != nil || m.Shards != r.count || len(m.Identity.Differences(r.Identity)) > 0 {
			continue
		}
		for _, f := range m.Files {
			known[f.Name] = f
		}
	}
}

// sameFile tells whether a shard is the one that a manifest lists; an earlier fc7 listed no footers.
func sameFile(listed, now outputs.File) bool {
	if listed.Footer == "" {
		now.Footer = ""
	}
	return listed == now
}

// account reads each shard whole, on all cores, unless a manifest lists one with its footer, which has the digest of
// its bytes, and this run did not write it.
func (r *Run) account(ctx context.Context, first, end int, known map[string]outputs.File) ([]outputs.File, error) {
	files := make([]outputs.File, end-first)
	p := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0)).WithContext(ctx).WithFirstError().WithCancelOnError()
	for s := first; s < end; s++ {
		name := outputs.ShardName(s, r.count)
		path := r.shardPath(s)
		if k, ok := known[name]; ok && !r.changed[s] {
			if size, footer, err := outputs.FooterOf(path); err == nil && size == k.Bytes && footer == k.Footer {
				files[s-first] = k
				continue
			}
		}
		p.Go(func(ctx context.Context) (err error) {
			if ctx.Err() == nil {
				files[s-first], err = accountShard(path)
			}
			return err
		})
	}
	if err := p.Wait(); err != nil {
		return nil, err
	}
	return files, ctx.Err()
}

func accountShard(path string) (outputs.File, error) {
	f := outputs.File{Name: filepath.Base(path)}
	d, err := outputs.FileDigests(path)
	if err != nil {
		return f, err
	}
	if err := d.Check(); err != nil {
		return f, fmt.Errorf("%s: %w; remove it, and run again", path, err)
	}
	f.SHA256, f.Footer, f.Bytes = d.SHA256, d.Footer, d.Bytes
	s, err := outputs.OpenShard(path)
	if err != nil {
		return f, err
	}
	defer s.Close()
	f.Rows = s.NumRows
	for g := range s.Groups() {
		rows, err := s.Rows(g)
		if err != nil {
			return f, err
		}
		for i := range rows {
			f.Count(&rows[i])
		}
	}
	return f, nil
}

// failedItems lists the failed items of shard s, and keeps those in mind whose images were the ones that were planned.
func (r *Run) failedItems(s int) ([]int, error) {
	shard, err := r.openShard(s)
	if err != nil {
		return nil, err
	}
	defer shard.Close()
	first, end := r.span(s)
	if shard.NumRows != end-first {
		return nil, fmt.Errorf("%s has %d rows, want %d: %s", shard.Path, shard.NumRows, end-first, removeShard)
	}
	var failed []int
	for g := range shard.Groups() {
		rows, err := shard.Rows(g)
		if err != nil {
			return nil, machine.Advise(err, removeShard)
		}
		for i := range rows {
			if rows[i].Status == outputs.StatusFailed {
				failed = append(failed, first+i)
				if !rows[i].Changed() {
					r.broken = append(r.broken, first+i)
				}
			}
		}
		first += len(rows)
	}
	return slices.Clip(failed), nil
}
