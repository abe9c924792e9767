package extract

import (
	"context"
	"fmt"
	"math"

	"fc7/internal/f32"
)

// Describer turns views into descriptors of one layer of one net.
//
// Describe is for one goroutine at a time, as the net owns its buffers; Prepare is for any number, beside it.
type Describer struct {
	*Preparer
	b     Backbone
	o     Options
	width int
	sums  [2][]float64 // pooled vector of the image and of its mirror
}

// NewDescriber checks the options against the net.
func NewDescriber(b Backbone, o Options) (*Describer, error) {
	o = o.Resolved()
	if err := o.Validate(b); err != nil {
		return nil, err
	}
	p, err := NewPreparer(o)
	if err != nil {
		return nil, err
	}
	width, _, err := b.Layer(o.Layer)
	if err != nil {
		return nil, err
	}
	d := &Describer{Preparer: p, b: b, o: o, width: width}
	for i := range d.sums {
		d.sums[i] = make([]float64, width)
	}
	return d, nil
}

// Width is the length of a descriptor.
func (d *Describer) Width() int { return d.width }

// Options returns the options with every default filled in.
func (d *Describer) Options() Options { return d.o.Resolved() }

// Describe returns one descriptor a scale, in the order of Options.Scales, each of Width values and the caller's own.
//
// At each scale the image and its mirror run through the net as one batch; each map is pooled over its positions, and the
// descriptor is the mean of the two vectors (arXiv 1409.1556, appendix B), not normalised. Sums are of float64 and run in
// one order, row by row, so that a descriptor depends on the pixels alone. A value that is not finite is an error.
func (d *Describer) Describe(ctx context.Context, v *Views) ([][]float32, error) {
	if v == nil || len(v.List) != len(d.o.Scales) {
		return nil, fmt.Errorf("describe: the views were not prepared for %d scales", len(d.o.Scales))
	}
	out := make([][]float32, len(v.List))
	for i, view := range v.List {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		vec, err := d.describeView(ctx, view)
		if err != nil {
			return nil, fmt.Errorf("scale %d (view of %dx%d): %w", view.Scale, view.W, view.H, err)
		}
		out[i] = vec
	}
	return out, nil
}

// describeView runs one scale.
func (d *Describer) describeView(ctx context.Context, view View) ([]float32, error) {
	maps, err := d.b.Forward(ctx, view.H, view.W, view.Pix, []string{d.o.Layer})
	if err != nil {
		return nil, err
	}
	if err := d.checkMaps(maps, len(view.Pix)); err != nil {
		return nil, err
	}
	for n := range view.Pix {
		if d.o.Pool == PoolMax {
			poolMax(d.sums[n], maps[0].Image(n))
		} else {
			poolMean(d.sums[n], maps[0].Image(n))
		}
	}
	vec := make([]float32, d.width)
	for c, x := range d.sums[0] {
		if len(view.Pix) == 2 {
			x = (x + d.sums[1][c]) / 2
		}
		vec[c] = float32(x)
		if f := float64(vec[c]); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("value %d of the descriptor (layer %s) is %v: the weights or their preprocessing do not fit the net", c, d.o.Layer, f)
		}
	}
	return vec, nil
}

// checkMaps holds what the net returned against its contract.
func (d *Describer) checkMaps(maps []f32.Map, views int) error {
	if len(maps) != 1 {
		return fmt.Errorf("the net returned %d maps, expected that of %s", len(maps), d.o.Layer)
	}
	m := maps[0]
	if m.N != views || m.C != d.width || m.H < 1 || m.W < 1 || len(m.Data) != m.N*m.H*m.W*m.C {
		return fmt.Errorf("the net returned a map [%d,%d,%d,%d] of %d values for layer %s, expected [%d,H,W,%d]",
			m.N, m.H, m.W, m.C, len(m.Data), d.o.Layer, views, d.width)
	}
	return nil
}
