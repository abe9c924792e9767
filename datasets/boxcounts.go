package datasets

import "fmt"

// boxCounts settles the boxes of annotations of which none is refused for what is odd about it, and counts those that
// are not taken as they are written.
type boxCounts struct {
	boxless  int // objects without a box
	turned   int // boxes whose corners are in the wrong order
	clipped  int // boxes that reach beyond their picture
	outside  int // boxes that have no pixel of it
	unsized  int // annotations with objects that do not tell how large their picture is
	pictures int // annotations with objects
}

// settle turns the boxes of an annotation, whose pixels are counted from origin on, into those that are taken: with
// corners in the right order, within the picture that they were drawn on, whose size they keep. The object of a box
// that has no pixel of it is left without one. The error is of coordinates that are none.
func (c *boxCounts) settle(a *Annotation, origin int) error {
	if len(a.Objects) == 0 {
		return nil
	}
	c.pictures++
	var drawn imageSize
	if a.sizeErr == nil && a.Width > 0 && a.Height > 0 {
		drawn = imageSize{a.Width, a.Height}
	} else {
		c.unsized++
	}
	for n := range a.Objects {
		o := &a.Objects[n]
		if o.boxErr != nil && o.turned == nil {
			return o.boxErr
		}
		o.Box = c.taken(o, drawn, origin)
	}
	return nil
}

// taken is the box of an object on a picture of a size that may not be known; nil: it has none.
func (c *boxCounts) taken(o *Object, drawn imageSize, origin int) *Box {
	b := o.Box
	if o.turned != nil {
		b = o.turned
		c.turned++
	}
	if b == nil {
		c.boxless++
		return nil
	}
	all := b.turned() // of corners that are one pixel, too
	by := float64(1 - origin)
	all.XMin, all.YMin, all.XMax, all.YMax = all.XMin+by, all.YMin+by, all.XMax+by, all.YMax+by
	all.drawn = drawn
	in := *all
	in.XMin, in.XMax = clip(all.XMin, all.XMax, drawn.width)
	in.YMin, in.YMax = clip(all.YMin, all.YMax, drawn.height)
	switch {
	case in.XMin > in.XMax || in.YMin > in.YMax:
		c.outside++
		return nil
	case in.rounded() != all.rounded():
		c.clipped++
	}
	return &in
}

// notes tell what was counted, a sentence each.
func (c *boxCounts) notes() (all []string) {
	for _, n := range []struct {
		count int
		text  string
	}{
		{c.boxless, fmt.Sprintf("%d objects have no box, and so no row of one", c.boxless)},
		{c.turned, fmt.Sprintf("%d boxes have their corners in the wrong order: they are swapped", c.turned)},
		{c.clipped, fmt.Sprintf("%d boxes reach beyond the picture that they were drawn on: they are clipped to it", c.clipped)},
		{c.outside, fmt.Sprintf("%d boxes have no pixel of the picture that they were drawn on, and so no row", c.outside)},
		{c.unsized, fmt.Sprintf("%d of %d annotations do not tell the size of their picture: their boxes are taken to be in pixels of the image", c.unsized, c.pictures)},
	} {
		if n.count > 0 {
			all = append(all, n.text)
		}
	}
	return all
}
