package training

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/sourcegraph/conc/stream"

	"fc7/internal/atomicfile"
	"fc7/internal/teams"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/table"
	"fc7/pipeline/training/viewcache"
	"fc7/vgg"
)

// cacheRows says which row of the cache holds which view: the views of each training image, then the middles of the
// validation images.
type cacheRows struct {
	train, val []int // items
	views      int   // of a training image, 1 or more
}

func (c cacheRows) count() int { return len(c.train)*c.views + len(c.val) }

// cachedFeed computes the maps of the stage's last frozen layer for all views, as far as they are not there, and gives
// them.
func (v *viewer) cachedFeed(ctx context.Context) (_ feed, err error) {
	rows := cacheRows{v.r.split.train, v.r.split.val, max(1, v.t.job.Views)}
	l, err := v.r.c.Layer(v.r.stage.Cached)
	if err != nil {
		return feed{}, err
	}
	h, w := l.Size(v.r.stage.crop(), v.r.stage.crop())
	dir := v.cacheDir()
	if err := atomicfile.MkdirAll(dir); err != nil {
		return feed{}, fmt.Errorf("making the folder of cached maps: %w", err)
	}
	unlock, err := table.LockShards(dir, 0, 1) // until all is there; then several runs may read it
	if err != nil {
		return feed{}, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	cache, err := v.openCache(ctx, dir, rows, h*w*l.Out+v.r.split.tail())
	if err != nil {
		return feed{}, err
	}
	v.t.caches = append(v.t.caches, cache)
	if v.t.kept = cache.Done(); cache.Done() < rows.count() {
		if err := v.fillCache(ctx, cache, rows); err != nil {
			return feed{}, err
		}
	}
	f := v.readCache(cache, rows)
	if len(f.train) == 0 {
		return f, fmt.Errorf("none of the training images could be read: %w", v.r.lastFailure())
	}
	return f, nil
}

// cacheDir is the folder of the cached maps.
func (v *viewer) cacheDir() string {
	if v.t.job.Cache != "" {
		return v.t.job.Cache
	}
	return filepath.Join(v.r.j.Out, "views")
}

// fillCache computes the rows that the cache lacks. It appends all views of an image together.
func (v *viewer) fillCache(ctx context.Context, cache *viewcache.Cache, rows cacheRows) error {
	m, err := vgg.Load(ctx, v.t.file.File, vgg.LoadOptions{Through: v.r.stage.Cached, Threads: v.r.j.Threads})
	if err != nil {
		return err
	}
	runners, err := extraction.NewRunners(m, v.r.stage.Cached, v.r.stage.crop(), extraction.Cores{Threads: v.r.j.Threads, Teams: v.t.teams, Images: rows.count()}, v.r.ev.Note)
	if err != nil {
		return err
	}
	defer runners.Close()
	f := newFiller(v, cache, runners.All(), rows.count())
	n, one := len(rows.train)*rows.views, v.input()
	if done := cache.Done(); done < n {
		err = f.all(ctx, rows.train, rows.views, done/rows.views, func(ctx context.Context, dst []byte, item int) error {
			for n := range rows.views {
				if err := v.view(ctx, dst[n*one:(n+1)*one], item, n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		err = f.all(ctx, rows.val, 1, cache.Done()-n, v.middleView)
	}
	err = errors.Join(err, cache.Sync())
	v.t.kept = cache.Done()
	return err
}

// filler computes rows of a cache. Teams of threads take batches in turn, and what they give is stored in the order of
// the items.
type filler struct {
	v     *viewer
	cache *viewcache.Cache
	teams int
	idle  chan *fillTeam // those that wait for a batch
	meter *meter
	total int
	err   error // of the first batch that failed; what comes after it is not stored
}

// fillTeam is a team with the views that it works on.
type fillTeam struct {
	run    *vgg.Runner
	pixels []byte
	since  time.Time // when it became idle
}

func newFiller(v *viewer, cache *viewcache.Cache, runners []*vgg.Runner, total int) *filler {
	f := &filler{v: v, cache: cache, teams: len(runners), idle: make(chan *fillTeam, len(runners)), meter: newMeter(), total: total}
	for _, r := range runners {
		f.idle <- &fillTeam{run: r, since: time.Now()}
	}
	return f
}

// all computes the maps of items from one on, of each so many views.
func (f *filler) all(parent context.Context, items []int, views, from int, view func(ctx context.Context, dst []byte, item int) error) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	s := stream.New().WithMaxGoroutines(f.teams)
	rd := &reader[byte]{f.v.r.workers(), views * f.v.input(), view}
	err := rd.each(ctx, items, from, max(1, teams.Batch/views), func(b batch[byte], _ time.Duration) error {
		team := <-f.idle
		waited := time.Since(team.since)
		team.pixels = append(team.pixels[:0], b.x...)
		s.Go(func() stream.Callback {
			maps, err := f.forward(ctx, team)
			return func() {
				if f.err = cmp.Or(f.err, err); f.err == nil {
					f.err = f.store(maps, items[b.at:b.at+len(b.items)+len(b.failed)], b.failed, views, waited)
				}
				if f.err != nil {
					cancel()
				}
				team.since = time.Now()
				f.idle <- team
			}
		})
		return nil
	})
	s.Wait()
	return cmp.Or(f.err, err)
}

// forward computes the maps of a team's views, each with what box is in it behind it, if boxes are learnt; they are
// valid until the next call.
func (f *filler) forward(ctx context.Context, t *fillTeam) ([]float32, error) {
	if len(t.pixels) == 0 {
		return nil, nil
	}
	var views [][]byte
	crop, one, size := f.v.r.loader.crop, f.v.input(), f.v.r.loader.inputs()
	for pixels := t.pixels; len(pixels) > 0; pixels = pixels[one:] {
		views = append(views, pixels[:size])
	}
	maps, err := t.run.Forward(ctx, crop, crop, views, []string{f.v.r.stage.Cached})
	if err != nil {
		return nil, err
	}
	return f.withTargets(maps[0].Data, t.pixels), nil
}

// withTargets puts behind the map of each view the target that stands behind its pixels.
func (f *filler) withTargets(maps []float32, views []byte) []float32 {
	one, tail := f.v.input(), f.v.r.split.tail()
	if tail == 0 {
		return maps
	}
	n := len(views) / one
	width := len(maps) / n
	all := make([]float32, n*(width+tail))
	for i := range n {
		row := all[i*(width+tail):][:width+tail]
		copy(row, maps[i*width:(i+1)*width])
		targetBytes(row[width:], views[i*one:(i+1)*one])
	}
	return all
}

// store stores the views of items, for which their team waited so long; some failed and are not among the maps.
func (f *filler) store(maps []float32, items []int, failed []failure, views int, waited time.Duration) error {
	size := views * f.cache.Width()
	rows := make([]float32, 0, len(items)*size)
	reasons := map[int]string{}
	for _, item := range items {
		if len(failed) == 0 || failed[0].item != item {
			rows, maps = append(rows, maps[:size]...), maps[size:]
			continue
		}
		f.v.r.failed(failed[:1])
		for range views {
			reasons[len(rows)/f.cache.Width()] = f.v.r.reason(failed[0])
			rows = rows[:len(rows)+f.cache.Width()]
		}
		failed = failed[1:]
	}
	if err := f.cache.Append(rows, reasons); err != nil {
		return err
	}
	f.meter.waiting += waited / time.Duration(f.teams)
	f.meter.images += len(items) * views
	if f.v.r.ev.Views != nil {
		f.v.r.ev.Views(ViewsInfo{f.cache.Done(), f.total, f.cache.Failures(), f.meter.speed(), f.meter.share()})
	}
	return nil
}

// readCache gives the rows of a cache that is complete. Images that could not be read are left out.
func (v *viewer) readCache(cache *viewcache.Cache, rows cacheRows) feed {
	f := feed{width: cache.Width()}
	row := map[int]int{} // the first of an item
	for k, item := range append(rows.train[:len(rows.train):len(rows.train)], rows.val...) {
		first, to := k*rows.views, &f.train
		if k >= len(rows.train) {
			first, to = len(rows.train)*(rows.views-1)+k, &f.val
		}
		if reason, failed := cache.Failed(first); failed {
			v.r.failed([]failure{{item, errors.New(reason)}})
			f.failed++
			continue
		}
		row[item] = first
		*to = append(*to, item)
	}
	// What cannot be read is no image that failed, but the cache of all of them.
	read := func(dst []float32, item, row int) error {
		err := cache.Read(dst, row)
		if err != nil {
			return &conveyor.MachineError{Item: v.r.set.Items[item].ID, What: "its view cannot be read from the cache:", Err: err}
		}
		return nil
	}
	f.sample = func(_ context.Context, dst []float32, item, epoch int) error {
		return read(dst, item, row[item]+epoch%rows.views)
	}
	f.centre = func(_ context.Context, dst []float32, item int) error { return read(dst, item, row[item]) }
	return f
}
