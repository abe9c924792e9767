package extract

import (
	"fmt"
	"slices"

	"fc7/internal/usage"
)

// Pooling is how a layer's map becomes one vector.
type Pooling int

// PoolMean is the paper's global average pooling (appendix B), PoolMax takes each channel's greatest activation. Both
// go over the positions of one picture; the descriptor is then the mean of the vectors of all pictures of a scale.
// PoolMap keeps the map as it is: that of the image alone, or, where Options.Flip asks for it, its mean with the
// mirror's map turned back. The two are shifted against each other where the layer's stride does not divide the width
// of the view.
const (
	PoolMean Pooling = iota
	PoolMax
	PoolMap
)

var poolings = []Pooling{PoolMean, PoolMax, PoolMap}

func (p Pooling) String() string {
	switch p {
	case PoolMean:
		return "mean"
	case PoolMax:
		return "max"
	case PoolMap:
		return "map"
	}
	return fmt.Sprintf("Pooling(%d)", int(p))
}

// ParsePooling reads what String writes.
func ParsePooling(s string) (Pooling, error) {
	for _, p := range poolings {
		if s == p.String() {
			return p, nil
		}
	}
	return 0, usage.Unknown("pooling", s, PoolMean.String(), PoolMax.String(), PoolMap.String())
}

// The defaults of [Options].
const (
	// DefaultLayer is the penultimate layer, whose activations are the paper's feature.
	DefaultLayer = "fc7"
	// DefaultMaxViewPixels lets aspect ratios up to 32 pass at Q = 512 and up to 14 at Q = 768. The first layers of a
	// VGG keep 256 bytes a pixel and map, so that a view at this limit needs some gibibytes.
	DefaultMaxViewPixels = 1 << 23
	// DefaultCropSize is the input size of the paper's nets: the smallest for which fc6 has a position.
	DefaultCropSize = 224
)

// DefaultScales are the smallest sides Q of the paper's descriptors for Caltech, and 0.3 % below its best for VOC at
// half of the work; the means or stacks of several scales are chosen later, when heads are trained.
func DefaultScales() []int { return []int{256, 384, 512} }

// Options says which descriptors are made of an image. The zero value is the paper's: mean-pooled fc7 of the whole
// image and its mirror at [DefaultScales].
type Options struct {
	Scales        []int    // smallest sides Q, one descriptor each, in this order; empty: DefaultScales
	Layers        []string // of the net, or LayerProb; computed in one pass; empty: DefaultLayer
	Views         ViewMode
	CropSize      int     // side of the crops; 0: DefaultCropSize, or that of the net (For); dense views have none
	NoFlip        bool    // leave the mirror images out: half of the work, somewhat worse descriptors
	Flip          bool    // take them also where the default does not: ViewsCentre, PoolMap
	Mirror        bool    // of PoolMap: the map of the mirror image in place of the image's, as it is, not turned back
	Pool          Pooling // over the positions of a layer's map
	maxViewPixels int     // limit of the width times height of an image at a scale; 0: DefaultMaxViewPixels
}

// resolved returns the options with every default filled in; one of Flip and NoFlip is set.
func (o Options) resolved() Options {
	o.Scales, o.Layers = slices.Clone(o.Scales), slices.Clone(o.Layers)
	if len(o.Scales) == 0 {
		o.Scales = DefaultScales()
	}
	if len(o.Layers) == 0 {
		o.Layers = []string{DefaultLayer}
	}
	if o.CropSize == 0 && o.Views != ViewsDense {
		o.CropSize = DefaultCropSize
	}
	if o.maxViewPixels == 0 {
		o.maxViewPixels = DefaultMaxViewPixels
	}
	if !o.Flip && !o.NoFlip {
		o.Flip = o.Views != ViewsCentre && o.Pool != PoolMap
		o.NoFlip = !o.Flip
	}
	return o
}

// For returns the options for a net that was made for images of side pixels, which are then the crops where no other
// size was asked for.
func (o Options) For(side int) Options {
	if o.CropSize == 0 && o.Views != ViewsDense {
		o.CropSize = side
	}
	return o
}

// Validate tells whether the options make sense, and whether a net of these layers can compute them.
func (o Options) Validate(b LayerTable) error {
	o = o.resolved()
	if err := o.Check(); err != nil {
		return err
	}
	if b == nil {
		return fmt.Errorf("no net to compute layer %s", o.Layers[0])
	}
	_, err := o.widths(b)
	return err
}

// widths are the channels of each layer; an error tells which layer b cannot compute.
func (o Options) widths(b LayerTable) ([]int, error) {
	var out []int
	for _, l := range o.Layers {
		width, minSide, err := b.Layer(netLayer(l))
		switch {
		case err != nil && l == LayerProb:
			return nil, fmt.Errorf("layer %q: the posterior is computed from the class scores, %s: %w", l, layerScores, err)
		case err != nil:
			return nil, fmt.Errorf("layer %q: %w", l, err)
		case width <= 0:
			return nil, fmt.Errorf("layer %q has %d channels, at least 1 expected", l, width)
		case o.Views != ViewsDense && o.CropSize < minSide:
			return nil, usage.Errorf("crops of %d pixels: %s needs at least %d", o.CropSize, l, minSide)
		}
		for _, q := range o.Scales {
			if q < minSide {
				return nil, usage.Errorf("scale %d: %s needs a smallest side of at least %d", q, l, minSide)
			}
		}
		out = append(out, width)
	}
	return out, nil
}

// Check tells what is wrong with the options whatever the net.
func (o Options) Check() error {
	o = o.resolved()
	switch {
	case !slices.Contains(poolings, o.Pool):
		return usage.Errorf("pooling %v: expected mean, max or map", o.Pool)
	case !slices.Contains(viewModes, o.Views):
		return usage.Errorf("views %v: expected dense, crops or centre", o.Views)
	case o.Flip && o.NoFlip:
		return usage.Errorf("mirror images cannot be both taken and left out")
	case o.Mirror && (o.Pool != PoolMap || o.Flip):
		return usage.Errorf("the mirror image alone: expected pooling map without the mean of both")
	case o.Pool == PoolMap && o.Views == ViewsCrops:
		return usage.Errorf("pooling map: the maps of %d crops have no positions in common: take dense or centre views", gridSide*gridSide)
	case o.Views == ViewsDense && o.CropSize != 0:
		return usage.Errorf("crop size %d: dense views are whole images: take crops or centre", o.CropSize)
	case o.CropSize < 0:
		return usage.Errorf("crop size %d: it must be positive", o.CropSize)
	case o.maxViewPixels < 0:
		return usage.Errorf("limit of %d pixels a view: it must be positive", o.maxViewPixels)
	}
	for i, l := range o.Layers {
		switch {
		case l == "":
			return usage.Errorf("layer %d of %d has an empty name", i+1, len(o.Layers))
		case slices.Contains(o.Layers[:i], l):
			return usage.Errorf("layer %s is given twice", l)
		case l == LayerProb && o.Pool != PoolMean:
			return usage.Errorf("layer %s is averaged over space by definition, pooling %v does not apply: take %s for the scores", l, o.Pool, layerScores)
		}
	}
	return o.checkScales()
}

func (o Options) checkScales() error {
	for i, q := range o.Scales {
		switch {
		case q <= 0:
			return usage.Errorf("scale %d: the smallest side must be positive", q)
		case slices.Contains(o.Scales[:i], q):
			return usage.Errorf("scale %d is given twice", q)
		case q > o.maxViewPixels/q:
			return usage.Errorf("scale %d: a square view has %d pixels, the limit is %d", q, q*q, o.maxViewPixels)
		case q < o.CropSize:
			return usage.Errorf("scale %d: crops of %d pixels do not fit into it", q, o.CropSize)
		}
	}
	return nil
}
