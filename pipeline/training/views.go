package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"fc7/extract"
	"fc7/heads/finetune"
	"fc7/pipeline/table"
	"fc7/vgg"
)

// tunedInputs sets the inputs of a stage of fine-tuning, and what the weights file of its net says of itself.
func (r *runner) tunedInputs(ctx context.Context) (err error) {
	b := r.base
	r.pre = b.params.Preprocess
	origin := fmt.Sprintf("fine-tuned by fc7 on %s from %s", r.set.Kind, filepath.Base(b.path))
	if r.meta, err = metadata(r.c, r.pre, r.split.classes, origin); err != nil {
		return err
	}
	r.meta[vgg.MetaSourceFile], r.meta[vgg.MetaSourceSHA256] = filepath.Base(b.path), b.sha
	if r.stage.Cached == "" {
		r.feed = r.seen()
		return nil
	}
	r.feed, err = r.cachedFeed(ctx)
	return err
}

// view writes what training sees of an item the n-th time that it sees it, as pixels of 8 bits: what a net is given where it is
// used, and so the same for maps that are cached and for images.
func (r *runner) view(dst []byte, item, n int) error {
	if r.base.views() == 0 {
		return r.middleView(dst, item)
	}
	a := augment{r.p.Colours, !r.j.NoFlip, !r.j.NoColour, r.pre}
	w, err := r.loader.draw(item, a, random(r.j.Seed, r.p.Stage, n, item))
	if err == nil {
		pixels(dst, w)
	}
	return err
}

// middleView writes what validation sees of an item.
func (r *runner) middleView(dst []byte, item int) error {
	w, err := r.loader.middle(item)
	if err == nil {
		pixels(dst, w)
	}
	return err
}

// seen are the views themselves, each epoch another one.
func (r *runner) seen() feed {
	input := func(dst []float32, view func(dst []byte) error) error {
		p := make([]byte, inputSize)
		if err := view(p); err != nil {
			return err
		}
		r.pre.Inputs(dst, p)
		return nil
	}
	return feed{
		width: inputSize, train: r.split.train, val: r.split.val,
		sample: func(dst []float32, item, epoch int) error {
			return input(dst, func(p []byte) error { return r.view(p, item, epoch) })
		},
		centre: func(dst []float32, item int) error {
			return input(dst, func(p []byte) error { return r.middleView(p, item) })
		},
	}
}

// cacheRows says which row of the cache holds which view: the views of each training image, then the middles of the
// validation images.
type cacheRows struct {
	train, val []int // items
	views      int   // of a training image, 1 or more
}

func (c cacheRows) count() int { return len(c.train)*c.views + len(c.val) }

// cachedFeed computes the maps of the stage's last frozen layer for all views, as far as they are not there, and gives them.
func (r *runner) cachedFeed(ctx context.Context) (_ feed, err error) {
	rows := cacheRows{r.split.train, r.split.val, max(1, r.base.views())}
	l, err := r.c.Layer(r.stage.Cached)
	if err != nil {
		return feed{}, err
	}
	h, w := l.Size(crop, crop)
	dir := r.base.cacheDir(r.j.Out)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return feed{}, fmt.Errorf("making the folder of cached maps: %w", err)
	}
	unlock, err := table.LockShards(dir, 0, 1) // until all is there; then several runs may read it
	if err != nil {
		return feed{}, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	cache, err := r.openCache(dir, rows, h*w*l.Out)
	if err != nil {
		return feed{}, err
	}
	r.base.caches = append(r.base.caches, cache)
	if r.base.cached = cache.Done(); cache.Done() < rows.count() {
		if err := r.fillCache(ctx, cache, rows); err != nil {
			return feed{}, err
		}
	}
	f := r.readCache(cache, rows)
	if len(f.train) == 0 {
		return f, errors.New("none of the training images could be read")
	}
	return f, nil
}

// cacheDir is the folder of the cached maps of a run in out.
func (b *base) cacheDir(out string) string {
	if b.job.Cache != "" {
		return b.job.Cache
	}
	return filepath.Join(out, "views")
}

func (r *runner) openCache(dir string, rows cacheRows, width int) (*finetune.Cache, error) {
	id, err := r.cacheIdentity(rows)
	if err != nil {
		return nil, err
	}
	cache, err := finetune.OpenCache(dir, id, rows.count(), width)
	var other *finetune.OtherCacheError
	if errors.As(err, &other) {
		return nil, fmt.Errorf("%s holds cached maps with other settings:\n%schoose another folder for them, or remove this one", other.Dir, differences(other.Before, other.Asked))
	}
	return cache, err
}

// cacheIdentity is all that the cached maps depend on.
func (r *runner) cacheIdentity(rows cacheRows) ([]byte, error) {
	id := map[string]any{
		"net": r.base.params.Config.Name, "weights_sha256": r.base.sha, "preprocessing": r.pre, "layer": r.stage.Cached,
		"images": r.split.digest(r.set), "train": len(rows.train), "val": len(rows.val), "views": r.base.views(), "seed": r.j.Seed,
		"s_min": r.stage.SMin, "s_max": r.stage.SMax, "crop": crop, "flip": !r.j.NoFlip, "colour": !r.j.NoColour,
		"resize": fmt.Sprintf("%s/%d", extract.ResizeFilter, extract.PixelVersion), "arithmetic": (&vgg.Model{}).Arithmetic(),
	}
	if !r.j.NoColour {
		id["colour_axes"] = r.p.Colours.Axes
	}
	return json.MarshalIndent(id, "", "  ")
}

// viewsAtOnce is how many views go through the net together.
const viewsAtOnce = 16

// fillCache computes the rows that the cache lacks. It appends all views of an image together.
func (r *runner) fillCache(ctx context.Context, cache *finetune.Cache, rows cacheRows) error {
	m, err := vgg.Load(r.base.file, vgg.LoadOptions{Through: r.stage.Cached, Threads: r.j.Threads})
	if err != nil {
		return err
	}
	run := vgg.NewRunner(m, r.j.Threads)
	defer run.Close()
	f := &filler{r: r, cache: cache, run: run, meter: newMeter(), total: rows.count()}
	n := len(rows.train) * rows.views
	if done := cache.Done(); done < n {
		err = f.all(ctx, rows.train, rows.views, done/rows.views, func(dst []byte, item int) error {
			for v := range rows.views {
				if err := r.view(dst[v*inputSize:(v+1)*inputSize], item, v); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		err = f.all(ctx, rows.val, 1, cache.Done()-n, r.middleView)
	}
	err = errors.Join(err, cache.Sync())
	r.base.cached = cache.Done()
	return err
}

// filler computes rows of a cache.
type filler struct {
	r     *runner
	cache *finetune.Cache
	run   *vgg.Runner
	meter *meter
	total int
}

// all computes the maps of items from one on, of each so many views.
func (f *filler) all(ctx context.Context, items []int, views, from int, view func(dst []byte, item int) error) error {
	rd := &reader[byte]{f.r.workers(), views * inputSize, view}
	return rd.each(ctx, items, from, max(1, viewsAtOnce/views), func(b batch[byte], waited time.Duration) error {
		maps, err := f.forward(ctx, b.x)
		if err != nil {
			return err
		}
		n := len(b.items) + len(b.failed)
		if err := f.store(maps, items[b.at:b.at+n], b.failed, views); err != nil {
			return err
		}
		f.meter.waiting += waited
		f.meter.images += n * views
		if f.r.ev.Views != nil {
			f.r.ev.Views(ViewsInfo{f.cache.Done(), f.total, f.cache.Failures(), f.meter.speed(), f.meter.share()})
		}
		return nil
	})
}

// forward computes the maps of views that lie one after the other; they are valid until the next call.
func (f *filler) forward(ctx context.Context, pixels []byte) ([]float32, error) {
	if len(pixels) == 0 {
		return nil, nil
	}
	var views [][]byte
	for ; len(pixels) > 0; pixels = pixels[inputSize:] {
		views = append(views, pixels[:inputSize])
	}
	maps, err := f.run.Forward(ctx, crop, crop, views, []string{f.r.stage.Cached})
	if err != nil {
		return nil, err
	}
	return maps[0].Data, nil
}

// store stores the views of items, some of which failed and are not among the maps.
func (f *filler) store(maps []float32, items []int, failed []failure, views int) error {
	size := views * f.cache.Width()
	rows := make([]float32, 0, len(items)*size)
	reasons := map[int]string{}
	for _, item := range items {
		if len(failed) == 0 || failed[0].item != item {
			rows, maps = append(rows, maps[:size]...), maps[size:]
			continue
		}
		f.r.note(fmt.Sprintf("left out: %v", failed[0].err))
		for range views {
			reasons[len(rows)/f.cache.Width()] = failed[0].err.Error()
			rows = rows[:len(rows)+f.cache.Width()]
		}
		failed = failed[1:]
	}
	return f.cache.Append(rows, reasons)
}

// readCache gives the rows of a cache that is complete. Images that could not be read are left out.
func (r *runner) readCache(cache *finetune.Cache, rows cacheRows) feed {
	f := feed{width: cache.Width()}
	row := map[int]int{} // the first of an item
	for k, item := range append(rows.train[:len(rows.train):len(rows.train)], rows.val...) {
		first, to := k*rows.views, &f.train
		if k >= len(rows.train) {
			first, to = len(rows.train)*(rows.views-1)+k, &f.val
		}
		if _, failed := cache.Failed(first); failed {
			f.failed++
			continue
		}
		row[item] = first
		*to = append(*to, item)
	}
	if f.failed > 0 {
		r.note(fmt.Sprintf("%d images could not be read and are left out", f.failed))
	}
	f.sample = func(dst []float32, item, epoch int) error { return cache.Read(dst, row[item]+epoch%rows.views) }
	f.centre = func(dst []float32, item int) error { return cache.Read(dst, row[item]) }
	return f
}

// meanSquare is the mean square norm of what the new last layer is given for the first training images, before training.
func (r *runner) meanSquare() (float64, error) {
	const enough = 256
	items := order(r.feed.train, r.j.Seed, r.p.Stage, 0)
	items = items[:min(enough, len(items))]
	one := make([]float32, r.feed.width)
	sum, before := 0.0, r.base.beforeLast()
	for _, i := range items {
		if err := r.feed.sample(one, i, 0); err != nil {
			return 0, err
		}
		x := one
		if r.stage.Cached != before {
			var err error
			if x, err = r.net.Maps(one, before); err != nil {
				return 0, err
			}
		}
		for _, v := range x {
			sum += float64(v) * float64(v)
		}
	}
	if m := sum / float64(len(items)); m > 0 && !math.IsInf(m, 0) {
		return m, nil
	}
	return 0, fmt.Errorf("%s of %s gives zeros alone, or numbers without bounds, for the training images: nothing can be learnt from them", before, r.base.path)
}
