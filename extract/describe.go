package extract

import (
	"context"
	"fmt"
	"slices"

	"fc7/internal/f32"
)

// Describer turns views into descriptors of one or more layers of one net.
//
// Describe is for one goroutine at a time, as the net owns its buffers; Prepare is for any number, beside it.
type Describer struct {
	*Preparer
	b       Backbone
	o       Options
	ask     []string // layers of the net
	sums    []summary
	columns []Column
	album   album
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

// Columns tells what the slices are that Describe returns.
func (d *Describer) Columns() []Column { return slices.Clone(d.columns) }

// Options returns the options with every default filled in.
func (d *Describer) Options() Options { return d.o.resolved() }

// Describe returns one descriptor a layer and scale, as Columns says: all scales of the first layer, then of the next.
// They are the caller's own.
//
// At each scale the pictures (image and mirror as one batch, or crops) run through the net once for all layers; each
// map is pooled over its positions, and the descriptor is the mean of the vectors of all pictures (arXiv 1409.1556,
// appendix B), not normalised; see [PoolMap] and [LayerProb] for the exceptions. Sums are of float64 and run in one
// order, row by row and picture by picture, so that a descriptor depends on the pixels alone. A value that is not
// finite is an error.
func (d *Describer) Describe(ctx context.Context, v *Views) ([][]float32, error) {
	if err := d.checkViews(v); err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	out := make([][]float32, len(d.columns))
	each := len(out) / (len(d.sums) * len(v.list)) // columns a layer and scale
	for i := range v.list {
		view := &v.list[i]
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := d.describeView(ctx, view, func(layer int) [][]float32 {
			at := (layer*len(v.list) + i) * each
			return out[at : at+each]
		})
		if err != nil {
			return nil, fmt.Errorf("scale %d (view of %dx%d): %w", view.scale, view.w, view.h, err)
		}
	}
	return out, nil
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

// describeView runs one scale; the descriptors of layer i go to out(i).
func (d *Describer) describeView(ctx context.Context, view *View, out func(layer int) [][]float32) error {
	for i := range d.sums {
		d.sums[i].reset()
	}
	for n := 0; n < view.pictures(); {
		pages := view.pages(n, &d.album)
		maps, err := d.b.Forward(ctx, view.h, view.w, pages, d.ask)
		if err != nil {
			return err
		}
		if len(maps) != len(d.ask) {
			return fmt.Errorf("the net returned %d maps, expected those of %v", len(maps), d.ask)
		}
		for i := range d.sums {
			s := &d.sums[i]
			if err := s.check(maps[s.source], len(pages)); err != nil {
				return err
			}
			for k := range pages {
				s.add(&maps[s.source], k)
			}
		}
		n += len(pages)
	}
	for i := range d.sums {
		if err := d.sums[i].take(out(i)); err != nil {
			return err
		}
	}
	return nil
}

// check holds what the net returned against its contract.
func (s *summary) check(m f32.Map, pictures int) error {
	if m.N != pictures || m.C != s.width || m.H < 1 || m.W < 1 || len(m.Data) != m.N*m.H*m.W*m.C {
		return fmt.Errorf("the net returned a map [%d,%d,%d,%d] of %d values for layer %s, expected [%d,H,W,%d]",
			m.N, m.H, m.W, m.C, len(m.Data), s.layer, pictures, s.width)
	}
	return nil
}
