package thumbs

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// Frame is a rectangle that is drawn on a picture, by its edges in shares of the picture's sides.
type Frame struct {
	Left, Top, Right, Bottom float64
	Colour                   color.RGBA
}

// thick is how many pixels wide the lines of a frame are.
const thick = 2

// on draws the frame on a picture, as far as it is within it.
func (f Frame) on(im *image.RGBA) {
	at := func(v float64, side int) int { return int(math.Round(min(1, max(0, v)) * float64(side))) }
	r := image.Rect(at(f.Left, im.Rect.Dx()), at(f.Top, im.Rect.Dy()), at(f.Right, im.Rect.Dx()), at(f.Bottom, im.Rect.Dy()))
	for _, line := range []image.Rectangle{
		{r.Min, image.Pt(r.Max.X, r.Min.Y+thick)},
		{image.Pt(r.Min.X, r.Max.Y-thick), r.Max},
		{r.Min, image.Pt(r.Min.X+thick, r.Max.Y)},
		{image.Pt(r.Max.X-thick, r.Min.Y), r.Max},
	} {
		draw.Draw(im, line.Intersect(r).Add(im.Rect.Min), image.NewUniform(f.Colour), image.Point{}, draw.Src)
	}
}
