package datasets

import (
	"fmt"
	"image"
	"math"
	"strconv"
)

// Box is a rectangle in pixels as PASCAL VOC writes it: 1-based, both corners inside, so that a box over a whole W x H
// image is {1, 1, W, H}. Decimals are kept; what is cropped is whole pixels. It may reach beyond the image, to 0, to
// less and to more than W and H, as in annotations of objects that are cut off: what is inside is cropped, and an
// inspection tells of it. One that has no pixel of the image fails as an image does.
type Box struct {
	XMin, YMin, XMax, YMax float64

	// drawn is the size of the picture that the box was drawn on, where the set's files tell it and the image may be of
	// another; zero: that of the image.
	drawn imageSize
}

// insideOut tells whether a corner is on the wrong side of the other, by whole pixels.
func (b *Box) insideOut() bool {
	r := b.rounded()
	return r.XMax < r.XMin || r.YMax < r.YMin
}

// turned is the box with its corners in the right order.
func (b *Box) turned() *Box {
	return &Box{min(b.XMin, b.XMax), min(b.YMin, b.YMax), max(b.XMin, b.XMax), max(b.YMin, b.YMax), b.drawn}
}

// Corners are the four numbers with spaces between, as lists of items are identified by; of no box nothing. They are
// whole pixels, or, of a box that was drawn on a picture of a known size, as they are, with that size.
func (b *Box) Corners() string {
	if b == nil {
		return ""
	}
	if b.drawn != (imageSize{}) {
		return fmt.Sprintf("%s %s %s %s of %d %d", decimal(b.XMin), decimal(b.YMin), decimal(b.XMax), decimal(b.YMax), b.drawn.width, b.drawn.height)
	}
	r := b.rounded()
	return fmt.Sprint(int(r.XMin), int(r.YMin), int(r.XMax), int(r.YMax))
}

// decimal writes a number with the decimals that it has.
func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Drawn is the size of the picture that the box was drawn on, in pixels; 0: that of the image, as far as is known.
func (b *Box) Drawn() (width, height int) { return b.drawn.width, b.drawn.height }

// Scaled tells whether the box was drawn on a picture of another size than the image has, which is width x height
// pixels.
func (b *Box) Scaled(width, height int) bool {
	return b != nil && b.drawn != (imageSize{}) && b.drawn != imageSize{width, height}
}

// Pixels are those of the box in an image of width x height, counted from 0, within the image or not: to the nearest
// whole ones, halves away from zero, and scaled where the box was drawn on a picture of another size.
func (b *Box) Pixels(width, height int) image.Rectangle {
	if !b.Scaled(width, height) {
		r := b.rounded()
		return image.Rect(int(r.XMin)-1, int(r.YMin)-1, int(r.XMax), int(r.YMax))
	}
	x0, x1 := scaledSide(b.XMin, b.XMax, float64(width)/float64(b.drawn.width))
	y0, y1 := scaledSide(b.YMin, b.YMax, float64(height)/float64(b.drawn.height))
	return image.Rect(x0, y0, x1, y1)
}

// scaledSide scales a side, whose pixels are from-1 to before to where they are counted from 0; one pixel at least is
// left of it.
func scaledSide(from, to, by float64) (int, int) {
	a, b := math.Round((from-1)*by), math.Round(to*by)
	return int(a), int(max(b, a+1))
}

// rounded is the box of whole pixels.
func (b *Box) rounded() Box {
	return Box{math.Round(b.XMin), math.Round(b.YMin), math.Round(b.XMax), math.Round(b.YMax), b.drawn}
}
