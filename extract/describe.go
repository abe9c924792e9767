package extract

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fc7/internal/f32"
)

// Describer turns views into descriptors of one or more layers of one net.
//
// DescribeAll is for one goroutine at a time, as the net owns its buffers; Prepare is for any number, beside it.
type Describer struct {
	*Preparer
	b       Backbone
	o       Options
	ask     []string // layers of the net
	sums    []summary
	columns []Column
	album   album
	pages   []page
	cut     cutJob
	taking  taking
	pix     [][]byte
	see     func(Seen) error // of DescribeMaps; nil: nobody looks
}

// NewDescriber checks the options against the net.
func NewDescriber(b Backbone, o Options) (*Describer, error) {
	o = o.resolved()
	if err := o.Validate(b); err != nil {
		return nil, err
	}
	p, err := newPreparer(o)
	if err != nil {
		return nil, err
	}
	widths, err := o.widths(b)
	if err != nil {
		return nil, err
	}
	d := &Describer{Preparer: p, b: b, o: o, ask: o.NetLayers(), columns: o.columns(widths)}
	for i, l := range o.Layers {
		d.sums = append(d.sums, newSummary(l, slices.Index(d.ask, netLayer(l)), widths[i], o.Pool))
	}
	return d, nil
}

// Columns tells what the slices are that DescribeAll returns of an image.
func (d *Describer) Columns() []Column { return slices.Clone(d.columns) }

// Options returns the options with every default filled in.
func (d *Describer) Options() Options { return d.o.resolved() }

// Described are the descriptors of one image, or why there are none.
type Described struct {
	Columns [][]float32
	Err     error
}

// DescribeAll describes images, in their order, whose views all have the sizes of the first; see [Views.Alike]. Each
// gets one descriptor a layer and scale, as Columns says: all scales of the first layer, then of the next. They are the
// caller's own.
//
// At each scale the pictures of all images (image and mirror, or crops) run through the net together, once for all
// layers; each map is pooled over its positions, and the descriptor is the mean of the vectors of an image's pictures
// (arXiv 1409.1556, appendix B), not normalised; see [PoolMap] and [LayerProb] for the exceptions. Sums are of float64
// and run in one order, row by row and picture by picture, so that a descriptor depends on the pixels alone, and not on
// the other images. A value that is not finite is an error.
func (d *Describer) DescribeAll(ctx context.Context, all []*Views) []Described {
	out := make([]Described, len(all))
	for i, v := range all {
		out[i].Columns = make([][]float32, len(d.columns))
		switch err := d.checkViews(v); {
		case err != nil:
			out[i].Err = fmt.Errorf("describe: %w", err)
		case !v.Alike(all[0]):
			out[i].Err = errors.New("describe: the views of images that are described together have several sizes")
		}
	}
	for scale := range d.o.Scales {
		d.describeScale(ctx, all, scale, out)
	}
	for i := range out {
		if out[i].Err != nil {
			out[i].Columns = nil
		}
	}
	return out
}

// Together is how many images whose views have the sizes of v are best described at once.
func (d *Describer) Together(v *Views) int {
	n := maxTogether
	for i := range v.list {
		view := &v.list[i]
		n = min(n, d.b.Together(view.h, view.w, d.ask)/view.pictures())
	}
	return max(n, 1)
}

// maxTogether bounds the images of a batch, whose views are all in memory.
const maxTogether = 16

// checkViews refuses views that were prepared by other options.
func (d *Describer) checkViews(v *Views) error {
	if v == nil || len(v.list) != len(d.o.Scales) {
		return fmt.Errorf("the views were not prepared for %d scales", len(d.o.Scales))
	}
	for i := range v.list {
		view := &v.list[i]
		want := 1
		if d.o.Flip {
			want = 2
		}
		if d.o.Views == ViewsCrops {
			want *= gridSide * gridSide
		}
		if view.scale != d.o.Scales[i] || view.pictures() != want || d.o.CropSize > 0 && view.w != d.o.CropSize {
			return fmt.Errorf("the views were prepared by other options: scale %d with %d pictures %d wide, expected scale %d with %d %v",
				view.scale, view.pictures(), view.w, d.o.Scales[i], want, d.o.Views)
		}
	}
	return nil
}

// describeScale describes the images that have no error yet at one scale.
func (d *Describer) describeScale(ctx context.Context, all []*Views, scale int, out []Described) {
	pages := d.pages[:0]
	for i, v := range all {
		if out[i].Err != nil {
			continue
		}
		view := &v.list[scale]
		for k := range view.pictures() {
			pages = append(pages, page{i, k, view})
		}
	}
	d.pages = pages
	if len(pages) == 0 {
		return
	}
	first := pages[0].view
	fail := func(i int, err error) {
		out[i].Err = fmt.Errorf("scale %d (view of %dx%d): %w", first.scale, first.w, first.h, err)
	}
	// Pictures that have their memory go as one call, which the net divides as it likes; crops are cut for each pass.
	most := len(pages)
	if first.crops != nil {
		most = max(1, min(most, d.b.Together(first.h, first.w, d.ask)))
	}
	for len(pages) > 0 {
		now := pages[:min(most, len(pages))]
		if err := d.describePages(ctx, now, out, scale, fail); err != nil {
			for i := now[0].image; i < len(all); i++ {
				if out[i].Err == nil {
					fail(i, err)
				}
			}
			return
		}
		pages = pages[len(now):]
	}
}

// page is a picture of one of several images.
type page struct {
	image, picture int
	view           *View
}

// describePages runs pictures, each image's in their order, through the net. An image whose last one is among them gets
// its columns, or fails by itself.
func (d *Describer) describePages(ctx context.Context, pages []page, out []Described, scale int, fail func(int, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	view := pages[0].view
	maps, err := d.b.Forward(ctx, view.h, view.w, d.pictures(pages), d.ask)
	if err != nil {
		return err
	}
	if len(maps) != len(d.ask) {
		return fmt.Errorf("the net returned %d maps, expected those of %v", len(maps), d.ask)
	}
	if d.see != nil {
		if err := d.show(pages, maps, scale); err != nil {
			return err
		}
	}
	each := len(d.columns) / (len(d.sums) * len(d.o.Scales)) // columns a layer and scale
	for i := range d.sums {
		s := &d.sums[i]
		if err := s.check(maps[s.source], len(pages)); err != nil {
			return err
		}
		d.b.Run(s.begin(&maps[s.source], view.pictures()), s)
		d.b.Run(d.taking.begin(s, pages), &d.taking)
		for k, p := range pages {
			if p.picture < view.pictures()-1 {
				continue
			}
			at := (i*len(d.o.Scales) + scale) * each
			if err := d.taking.take(out[p.image].Columns[at:at+each], k); err != nil && out[p.image].Err == nil {
				fail(p.image, err)
			}
		}
	}
	return nil
}

// pictures are the pixels of pages; crops are cut by the net's threads.
func (d *Describer) pictures(pages []page) [][]byte {
	d.pix = d.pix[:0]
	if pages[0].view.crops != nil {
		d.album.reserve(len(pages))
		d.cut = cutJob{pages, &d.album}
		d.b.Run(len(pages), &d.cut)
		d.cut = cutJob{}
	}
	for i, p := range pages {
		d.pix = append(d.pix, p.view.picture(p.picture, &d.album, i))
	}
	return d.pix
}

// cutJob cuts the crop of each page into its place in the album.
type cutJob struct {
	pages []page
	album *album
}

// Do implements f32.Job.
func (j *cutJob) Do(_, i int) {
	p := &j.pages[i]
	p.view.cut(p.picture, j.album, i)
}

// check holds what the net returned against its contract.
func (s *summary) check(m f32.Map, pictures int) error {
	if m.N != pictures || m.C != s.width || m.H < 1 || m.W < 1 || len(m.Data) != m.N*m.H*m.W*m.C {
		return fmt.Errorf("the net returned a map [%d,%d,%d,%d] of %d values for layer %s, expected [%d,H,W,%d]",
			m.N, m.H, m.W, m.C, len(m.Data), s.layer, pictures, s.width)
	}
	return nil
}
