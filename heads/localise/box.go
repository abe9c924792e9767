package localise

import "math"

// Box is a rectangle in pixels with both corners inside: a side from XMin to XMax has XMax-XMin+1 of them. Whether
// pixels are counted from 0 or from 1 does not matter, as long as all boxes of an image are.
type Box struct {
	XMin float64 `json:"xmin"`
	YMin float64 `json:"ymin"`
	XMax float64 `json:"xmax"`
	YMax float64 `json:"ymax"`
}

// area is that of the box in pixels; 0: it is inside out.
func (b Box) area() float64 {
	return float64(max(0, b.XMax-b.XMin+1) * max(0, b.YMax-b.YMin+1)) // rounded, so that no sum is fused with it
}

// overlap is the area that two boxes share.
func overlap(a, b Box) float64 {
	return Box{max(a.XMin, b.XMin), max(a.YMin, b.YMin), min(a.XMax, b.XMax), min(a.YMax, b.YMax)}.area()
}

// iou is the area that two boxes share, by that of both together: 0 to 1, and 0 where neither has any.
func iou(a, b Box) float64 {
	both := overlap(a, b)
	if all := a.area() + b.area() - both; all > 0 {
		return both / all
	}
	return 0
}

// centre is the middle of the box.
func (b Box) centre() (x, y float64) { return (b.XMin + b.XMax) / 2, (b.YMin + b.YMax) / 2 }

// diagonal is the length of the box's diagonal.
func (b Box) diagonal() float64 { return length(b.XMax-b.XMin+1, b.YMax-b.YMin+1) }

// length is that of a vector. math.Hypot, which minds overflow, takes several times as long.
func length(x, y float64) float64 { return math.Sqrt(float64(x*x) + float64(y*y)) }

// apart is the distance of two boxes' centres.
func apart(a, b Box) float64 {
	ax, ay := a.centre()
	bx, by := b.centre()
	return length(ax-bx, ay-by)
}

// Central is the box in the middle of an image of width x height pixels, counted from 1, whose sides are share of the
// image's: the baseline that looks at nothing. On ImageNet's validation set one of 0.75 is wrong on 45.5 % of the
// images, one of 1, which is the whole image, on 58.5 %.
func Central(width, height, share float64) Box {
	dx, dy := width*(1-share)/2, height*(1-share)/2
	return Box{1 + dx, 1 + dy, width - dx, height - dy}
}
