package extract

// Pictures are what a net sees of an image at one scale: so many of that size.
type Pictures struct {
	Count  int `json:"pictures"`
	Height int `json:"height"`
	Width  int `json:"width"`
}

// Pictures tells what a net sees of an image of w x h pixels, at each scale.
func (o Options) Pictures(w, h int) []Pictures {
	o = o.resolved()
	var out []Pictures
	for _, q := range o.Scales {
		p := Pictures{Count: 1, Height: o.CropSize, Width: o.CropSize}
		switch o.Views {
		case ViewsDense:
			p.Width, p.Height = o.Views.viewSize(w, h, q)
		case ViewsCrops:
			p.Count = gridSide * gridSide
		}
		if o.Flip {
			p.Count *= 2
		}
		out = append(out, p)
	}
	return out
}

// Placed tells where the picture is that a net sees of an image of w x h pixels at scale q, of dense or centre views
// that are not mirrored; it has no map.
func (o Options) Placed(w, h, q int) Seen {
	o = o.resolved()
	s := Seen{Pictures: 1}
	s.W, s.H = o.Views.viewSize(w, h, q)
	if s.Width, s.Height = s.W, s.H; o.Views == ViewsCentre {
		s.Width, s.Height = o.CropSize, o.CropSize
		s.X, s.Y = centreOffset(s.W, s.Width), centreOffset(s.H, s.Height)
	}
	return s
}
