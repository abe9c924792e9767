package extract

import (
	"fmt"
	"slices"
)

// Pooling is how a layer's map becomes one vector.
type Pooling int

// PoolMean is the paper's global average pooling (appendix B), PoolMax takes each channel's greatest activation. Both go
// over the positions of one view; the descriptor is then the mean of the view's and its mirror's vector.
const (
	PoolMean Pooling = iota
	PoolMax
)

func (p Pooling) String() string {
	switch p {
	case PoolMean:
		return "mean"
	case PoolMax:
		return "max"
	}
	return fmt.Sprintf("Pooling(%d)", int(p))
}

// ParsePooling reads what String writes.
func ParsePooling(s string) (Pooling, error) {
	for _, p := range []Pooling{PoolMean, PoolMax} {
		if s == p.String() {
			return p, nil
		}
	}
	return 0, fmt.Errorf("pooling %q: expected mean or max", s)
}

// The defaults of [Options].
const (
	// DefaultLayer is the penultimate layer, whose activations are the paper's feature.
	DefaultLayer = "fc7"
	// DefaultMaxViewPixels lets aspect ratios up to 32 pass at Q = 512 and up to 14 at Q = 768. The first layers of a
	// VGG keep 256 bytes a pixel and map, so that a view at this limit needs some gibibytes.
	DefaultMaxViewPixels = 1 << 23
)

// DefaultScales are the smallest sides Q of the paper's descriptors for Caltech, and 0.3 % below its best for VOC at half
// of the work; the means or stacks of several scales are chosen later, when heads are trained.
func DefaultScales() []int { return []int{256, 384, 512} }

// Options says which descriptors are made of an image. The zero value is the paper's: mean-pooled fc7 of the image and its
// mirror at [DefaultScales].
type Options struct {
	Scales        []int   // smallest sides Q, one descriptor each, in this order; empty: DefaultScales
	Layer         string  // "": DefaultLayer
	NoFlip        bool    // leave the mirror image out: half of the work, somewhat worse descriptors
	Pool          Pooling // over the positions of the layer's map
	MaxViewPixels int     // limit of one view's width times height; 0: DefaultMaxViewPixels
}

// Resolved returns the options with every default filled in.
func (o Options) Resolved() Options {
	o.Scales = slices.Clone(o.Scales)
	if len(o.Scales) == 0 {
		o.Scales = DefaultScales()
	}
	if o.Layer == "" {
		o.Layer = DefaultLayer
	}
	if o.MaxViewPixels == 0 {
		o.MaxViewPixels = DefaultMaxViewPixels
	}
	return o
}

// Validate tells whether the options make sense, and whether b can compute them.
func (o Options) Validate(b Backbone) error {
	o = o.Resolved()
	if err := o.check(); err != nil {
		return err
	}
	if b == nil {
		return fmt.Errorf("no backbone to compute layer %s", o.Layer)
	}
	width, minSide, err := b.Layer(o.Layer)
	if err != nil {
		return fmt.Errorf("layer %q: %w", o.Layer, err)
	}
	if width <= 0 {
		return fmt.Errorf("layer %q has %d channels, at least 1 expected", o.Layer, width)
	}
	for _, q := range o.Scales {
		if q < minSide {
			return fmt.Errorf("scale %d: %s needs a smallest side of at least %d", q, o.Layer, minSide)
		}
	}
	return nil
}

// check tells what is wrong with resolved options, whatever the net.
func (o Options) check() error {
	if o.Pool != PoolMean && o.Pool != PoolMax {
		return fmt.Errorf("pooling %v: expected mean or max", o.Pool)
	}
	if o.MaxViewPixels < 0 {
		return fmt.Errorf("limit of %d pixels a view: it must be positive", o.MaxViewPixels)
	}
	for i, q := range o.Scales {
		switch {
		case q <= 0:
			return fmt.Errorf("scale %d: the smallest side must be positive", q)
		case slices.Contains(o.Scales[:i], q):
			return fmt.Errorf("scale %d is given twice", q)
		case q > o.MaxViewPixels/q:
			return fmt.Errorf("scale %d: a square view has %d pixels, the limit is %d", q, q*q, o.MaxViewPixels)
		}
	}
	return nil
}
