package extract

// PixelVersion numbers the arithmetic from file to view: decoding, conversion of colours, resizing, mirroring. It grows
// with every change that can alter a level of a view.
const PixelVersion = 1

// Identity is what on this package's side determines a descriptor, besides image, net and weights: two tables may be mixed
// only if theirs are equal. Scales are an ordered list, for it is the order of the columns.
type Identity struct {
	Layer        string `json:"layer"`
	Scales       []int  `json:"scales"`
	Flip         bool   `json:"flip"`    // mean with the mirror image
	Pooling      string `json:"pooling"` // over positions: mean or max
	Resize       string `json:"resize"`
	PixelVersion int    `json:"pixel_version"`
}

// Identity returns the identity of the descriptors that the options ask for.
func (o Options) Identity() Identity {
	o = o.Resolved()
	return Identity{
		Layer: o.Layer, Scales: o.Scales, Flip: !o.NoFlip, Pooling: o.Pool.String(),
		Resize: ResizeFilter, PixelVersion: PixelVersion,
	}
}
