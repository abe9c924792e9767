package localise

import "math"

// Place is a rectangle by its edges, in units of the side of the window that a net sees, whose edges are 0 and 1; it
// may reach beyond that.
type Place struct{ Left, Top, Right, Bottom float64 }

// Centred are the centre (x, y), the width and the height: what a net predicts.
func (p Place) Centred() [4]float64 {
	return [4]float64{(p.Left + p.Right) / 2, (p.Top + p.Bottom) / 2, p.Right - p.Left, p.Bottom - p.Top}
}

// placeOf is the place of that centre and size; one of less than nothing has none.
func placeOf(c [4]float64) Place {
	w, h := max(0, c[2])/2, max(0, c[3])/2
	return Place{c[0] - w, c[1] - h, c[0] + w, c[1] + h}
}

// Within is what of the place lies in the window; nothing of it: a point or line of the window's edge.
func (p Place) Within() Place {
	in := func(v float64) float64 { return min(1, max(0, v)) }
	return Place{in(p.Left), in(p.Top), in(p.Right), in(p.Bottom)}
}

// Mirrored is the place in the mirrored window.
func (p Place) Mirrored() Place { return Place{1 - p.Right, p.Top, 1 - p.Left, p.Bottom} }

// area is that of the place, 0 where it is inside out.
func (p Place) area() float64 {
	return float64(max(0, p.Right-p.Left) * max(0, p.Bottom-p.Top))
}

// Share is how much of the place lies in the window: 0 to 1.
func (p Place) Share() float64 {
	if a := p.area(); a > 0 {
		return p.Within().area() / a
	}
	return 0
}

// Window is a square that a net sees of a picture that was made of an image by scaling: its origin and side in pixels
// of the picture, and the sizes of both.
type Window struct {
	X, Y, Side    float64
	Width, Height int // of the picture
	Of            Size
}

// Size is that of an image, in pixels.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Box is a place of the window as a box of the image, in pixels counted from 1 on.
func (w Window) Box(p Place) Box {
	bx, by := float64(w.Of.Width)/float64(w.Width), float64(w.Of.Height)/float64(w.Height)
	edge := func(origin, v, by float64) float64 { return (origin + float64(v*w.Side)) * by }
	return Box{edge(w.X, p.Left, bx) + 1, edge(w.Y, p.Top, by) + 1, edge(w.X, p.Right, bx), edge(w.Y, p.Bottom, by)}
}

// Place is what Box was made of.
func (w Window) Place(b Box) Place {
	sx, sy := float64(w.Width)/float64(w.Of.Width), float64(w.Height)/float64(w.Of.Height)
	at := func(v, by, origin float64) float64 { return (float64(v*by) - origin) / w.Side }
	return Place{at(b.XMin-1, sx, w.X), at(b.YMin-1, sy, w.Y), at(b.XMax, sx, w.X), at(b.YMax, sy, w.Y)}
}

// Mirrored is the box in the mirrored image.
func (b Box) Mirrored(of Size) Box {
	w := float64(of.Width) + 1
	return Box{w - b.XMax, b.YMin, w - b.XMin, b.YMax}
}

// Between is the mean of two boxes.
func Between(a, b Box) Box {
	return Box{(a.XMin + b.XMin) / 2, (a.YMin + b.YMin) / 2, (a.XMax + b.XMax) / 2, (a.YMax + b.YMax) / 2}
}

// Inside is the box cut to an image; of one that has no pixel of it the nearest pixel is left.
func (b Box) Inside(of Size) Box {
	side := func(from, to float64, size int) (float64, float64) {
		last := float64(size)
		from, to = min(max(from, 1), last), min(max(to, 1), last)
		if to < from {
			to = from
		}
		return from, to
	}
	b.XMin, b.XMax = side(b.XMin, b.XMax, of.Width)
	b.YMin, b.YMax = side(b.YMin, b.YMax, of.Height)
	return b
}

// Rounded is the box with two decimals, as it is written.
func (b Box) Rounded() Box {
	r := func(v float64) float64 { return math.Round(v*100) / 100 }
	return Box{r(b.XMin), r(b.YMin), r(b.XMax), r(b.YMax)}
}

// Of is the place of a box in an image, in shares of its sides.
func (s Size) Of(b Box) Place {
	w, h := float64(s.Width), float64(s.Height)
	return Place{(b.XMin - 1) / w, (b.YMin - 1) / h, b.XMax / w, b.YMax / h}
}

// IoU is the area that two places share, by that of both together.
func (p Place) IoU(o Place) float64 {
	both := Place{max(p.Left, o.Left), max(p.Top, o.Top), min(p.Right, o.Right), min(p.Bottom, o.Bottom)}.area()
	if all := p.area() + o.area() - both; all > 0 {
		return both / all
	}
	return 0
}

// BestCentral is the share of the sides of the box in the middle of an image that is right on most of the objects at
// these places, of images each (Size.Of), in hundredths; of several that are right on as many the one of the greatest
// mean IoU, and of these the smallest. The mean IoU decides, too, where no box is right.
func BestCentral(objects []Place) float64 {
	best, right, mean := 1.0, -1, -1.0
	for n := 1; n <= 100; n++ {
		margin := (1 - float64(n)/100) / 2
		box := Place{margin, margin, 1 - margin, 1 - margin}
		hits, sum := 0, 0.0
		for _, o := range objects {
			v := box.IoU(o)
			if sum += v; v >= Enough {
				hits++
			}
		}
		if hits > right || hits == right && sum > mean {
			best, right, mean = float64(n)/100, hits, sum
		}
	}
	return best
}
