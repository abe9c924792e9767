package extract

import "fc7/extract/picture"

// Identity is what on this package's side determines a descriptor, besides image, net and weights: two tables may be
// mixed only if theirs are equal. Scales are an ordered list, for it is the order of the columns.
type Identity struct {
	Layers       []string
	Scales       []int
	Views        string // dense, crops or centre
	CropSize     int    // 0: whole images
	Flip         bool   // mean with the mirror images
	Pooling      string // over positions: mean, max or map, or mirrorMap
	Resize       string
	PixelVersion int
}

// mirrorMap is the pooling of Options.Mirror. Nothing reads it but what asked for it.
const mirrorMap = "map of the mirror image"

// Identity returns the identity of the descriptors that the options ask for.
func (o Options) Identity() Identity {
	o = o.resolved()
	pooling := o.Pool.String()
	if o.Mirror {
		pooling = mirrorMap
	}
	return Identity{
		Layers: o.Layers, Scales: o.Scales, Views: o.Views.String(), CropSize: o.CropSize, Flip: o.Flip,
		Pooling: pooling, Resize: picture.ResizeFilter, PixelVersion: picture.PixelVersion,
	}
}
