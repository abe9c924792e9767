package extract

import (
	"context"
	"fmt"
	"slices"

	"fc7/internal/f32"
	"fc7/internal/teams"
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
	batches []f32.Batch
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

// Described are the descriptors of one image, or why there are none.
type Described struct {
	Columns [][]float32
	Err     error
}

// DescribeAll describes images, in their order, of any sizes. Each gets one descriptor a layer and scale, as Columns
// says: all scales of the first layer, then of the next. They are the caller's own.
//
// The pictures of all images (image and mirror, or crops) run through the net together, at all scales and once for all
// layers; each map is pooled over its positions, and the descriptor is the mean of the vectors of an image's pictures
// (arXiv 1409.1556, appendix B), not normalised; see [PoolMap] and [LayerProb] for the exceptions. Sums are of float64
// and run in one order, row by row and picture by picture, so that a descriptor depends on the pixels alone, and not on
// the other images. A value that is not finite is an error.
func (d *Describer) DescribeAll(ctx context.Context, all []*Views) []Described {
	out := make([]Described, len(all))
	pages := d.pages[:0]
	for i, v := range all {
		out[i].Columns = make([][]float32, len(d.columns))
		if err := d.checkViews(v); err != nil {
			out[i].Err = fmt.Errorf("describe: %w", err)
			continue
		}
		for scale := range v.list {
			view := &v.list[scale]
			for k := range view.pictures() {
				pages = append(pages, page{i, scale, k, view})
			}
		}
	}
	for d.pages = pages; len(pages) > 0; {
		n := d.pass(pages)
		if err := d.describePages(ctx, pages[:n], out); err != nil {
			for _, p := range pages {
				p.fail(out, err)
			}
			break
		}
		pages = pages[n:]
	}
	for i := range out {
		if out[i].Err != nil {
			out[i].Columns = nil
		}
	}
	return out
}

// Portion is the part that an image has of those that are best described at once: together they have 1. However small
// they are, these are teams.Batch at most, as their views are all in memory.
func (d *Describer) Portion(v *Views) float64 {
	sum := 0.0
	for i := range v.list {
		view := &v.list[i]
		sum += float64(view.pictures()) * d.portion(view)
	}
	return max(sum, 1./teams.Batch)
}

// portion is that of a picture.
func (d *Describer) portion(v *View) float64 {
	return 1 / float64(max(1, d.b.Together(v.h, v.w, d.ask)))
}

// pass is how many of the next pictures go through the net at once. Crops are cut for each pass; other pictures of a
// view stay together.
func (d *Describer) pass(pages []page) int {
	const full = 1 + 1e-9 // sums of sixteenths are exact, others are not
	sum, n := 0.0, 0
	for k, p := range pages {
		if k == 0 || p.view != pages[k-1].view {
			n = k
		}
		if sum += d.portion(p.view); sum > full && k > 0 {
			if p.view.crops != nil {
				return k
			}
			if n > 0 {
				return n
			}
		}
	}
	return len(pages)
}

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

// page is a picture of one of several images, at one scale.
type page struct {
	image, scale, picture int
	view                  *View
}

// last tells whether the page is the last of its view.
func (p *page) last() bool { return p.picture == p.view.pictures()-1 }

// fail notes what is wrong with the page's image, if nothing was yet.
func (p *page) fail(out []Described, err error) {
	if out[p.image].Err == nil {
		out[p.image].Err = fmt.Errorf("scale %d (view of %dx%d): %w", p.view.scale, p.view.w, p.view.h, err)
	}
}

// describePages runs pictures, each image's in their order, through the net. A view whose last one is among them gets
// its columns, or its image fails by itself.
func (d *Describer) describePages(ctx context.Context, pages []page, out []Described) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.gather(pages)
	maps, err := d.b.ForwardAll(ctx, d.batches, d.ask)
	if err != nil {
		return err
	}
	if len(maps) != len(d.ask) {
		return fmt.Errorf("the net returned %d maps, expected those of %v", len(maps), d.ask)
	}
	each := len(d.columns) / (len(d.sums) * len(d.o.Scales)) // columns a layer and scale
	for i := range d.sums {
		s := &d.sums[i]
		if err := s.receive(maps[s.source], d.batches); err != nil {
			return err
		}
		if err := d.show(s, pages); err != nil {
			return err
		}
		d.b.Run(s.begin(pages[0].view.pictures()), s)
		d.b.Run(d.taking.begin(s, pages), &d.taking)
		for k := range pages {
			p := &pages[k]
			if !p.last() {
				continue
			}
			at := (i*len(d.o.Scales) + p.scale) * each
			if err := d.taking.take(out[p.image].Columns[at:at+each], k); err != nil {
				p.fail(out, err)
			}
		}
	}
	return nil
}

// gather makes batches of the pixels of pages: neighbours of one size are one. Crops are cut by the net's threads.
func (d *Describer) gather(pages []page) {
	d.pix, d.batches = d.pix[:0], d.batches[:0]
	if pages[0].view.crops != nil {
		d.album.reserve(len(pages))
		d.cut = cutJob{pages, &d.album}
		d.b.Run(len(pages), &d.cut)
		d.cut = cutJob{}
	}
	for i, p := range pages {
		d.pix = append(d.pix, p.view.picture(p.picture, &d.album, i))
	}
	for i, p := range pages {
		n := len(d.batches) - 1
		if n < 0 || d.batches[n].H != p.view.h || d.batches[n].W != p.view.w {
			d.batches = append(d.batches, f32.Batch{H: p.view.h, W: p.view.w, Pictures: d.pix[i : i+1]})
			continue
		}
		b := &d.batches[n]
		b.Pictures = d.pix[i-len(b.Pictures) : i+1]
	}
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

// receive takes the maps of a pass, of each picture, and holds what the net returned against its contract.
func (s *summary) receive(maps []f32.Map, batches []f32.Batch) error {
	if len(maps) != len(batches) {
		return fmt.Errorf("the net returned %d maps of layer %s for %d batches", len(maps), s.layer, len(batches))
	}
	s.maps = s.maps[:0]
	for i, m := range maps {
		n := len(batches[i].Pictures)
		if m.N != n || m.C != s.width || m.H < 1 || m.W < 1 || len(m.Data) != m.N*m.H*m.W*m.C {
			return fmt.Errorf("the net returned a map [%d,%d,%d,%d] of %d values for layer %s, expected [%d,H,W,%d]",
				m.N, m.H, m.W, m.C, len(m.Data), s.layer, n, s.width)
		}
		for k := range n {
			s.maps = append(s.maps, f32.Map{N: 1, H: m.H, W: m.W, C: m.C, Data: m.Image(k)})
		}
	}
	return nil
}
