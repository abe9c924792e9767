package synth

import (
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"math"

	"golang.org/x/image/vector"
)

// canvas is an image under work; one serves a worker for all its images.
type canvas struct {
	w, h   int
	pix    []float32    // [h][w][3], 0 to 1
	owner  []uint8      // [h][w]: number of the topmost thing, 0 for the ground
	mask   *image.Alpha // coverage of the shape drawn last, over its bounds
	raster vector.Rasterizer
	out    *image.RGBA
}

// reset makes it a w x h canvas. The pixels are undefined.
func (c *canvas) reset(w, h int) {
	c.w, c.h = w, h
	if cap(c.owner) < w*h {
		c.owner = make([]uint8, w*h)
		c.pix = make([]float32, 3*w*h)
		c.out = image.NewRGBA(image.Rect(0, 0, w, h))
		c.mask = image.NewAlpha(image.Rect(0, 0, w, h))
	}
	c.owner = c.owner[:w*h]
	clear(c.owner)
	c.pix = c.pix[:3*w*h]
	c.out.Pix, c.out.Stride, c.out.Rect = c.out.Pix[:4*w*h], 4*w, image.Rect(0, 0, w, h)
}

// pose is where and how large a shape is drawn.
type pose struct {
	x, y, radius float64
	sin, cos     float64
	wide, high   float64 // by what it is stretched, when it is turned
}

func poseOf(x, y, radius, angle float64) pose {
	sin, cos := math.Sincos(angle)
	return pose{x, y, radius, sin, cos, 1, 1}
}

// place maps a point of an outline to pixels.
func (p pose) place(q point) (x, y float64) {
	return p.x + p.radius*p.wide*(p.cos*q.x-p.sin*q.y), p.y + p.radius*p.high*(p.sin*q.x+p.cos*q.y)
}

// local is the inverse of place.
func (p pose) local(x, y float64) (u, v float64) {
	dx, dy := (x-p.x)/(p.radius*p.wide), (y-p.y)/(p.radius*p.high)
	return p.cos*dx + p.sin*dy, p.cos*dy - p.sin*dx
}

// cover rasterises outlines with antialiased edges into c.mask, and returns its bounds within the canvas and the share
// of the shape's area that they hold.
func (c *canvas) cover(outlines [][]point, p pose) (bounds image.Rectangle, inFrame float64) {
	full := extent(outlines, p)
	bounds = full.Intersect(image.Rect(0, 0, c.w, c.h))
	if bounds.Empty() {
		return image.Rectangle{}, 0
	}
	c.raster.Reset(bounds.Dx(), bounds.Dy())
	c.raster.DrawOp = draw.Src
	for _, ps := range outlines {
		for i, q := range ps {
			x, y := p.place(q)
			fx, fy := float32(x-float64(bounds.Min.X)), float32(y-float64(bounds.Min.Y))
			if i == 0 {
				c.raster.MoveTo(fx, fy)
			} else {
				c.raster.LineTo(fx, fy)
			}
		}
		c.raster.ClosePath()
	}
	n := bounds.Dx() * bounds.Dy()
	c.mask.Pix, c.mask.Stride, c.mask.Rect = c.mask.Pix[:n], bounds.Dx(), bounds
	c.raster.Draw(c.mask, bounds, image.Opaque, image.Point{})
	if bounds == full {
		return bounds, 1
	}
	var sum int
	for _, a := range c.mask.Pix {
		sum += int(a)
	}
	return bounds, clamp(float64(sum) / 255 / (area(outlines, p.radius) * p.wide * p.high))
}

// extent is the smallest rectangle of pixels around outlines.
func extent(outlines [][]point, p pose) image.Rectangle {
	x0, y0, x1, y1 := edges(outlines, p)
	return image.Rect(int(math.Floor(x0)), int(math.Floor(y0)), int(math.Ceil(x1)), int(math.Ceil(y1)))
}

// edges are the least and greatest coordinates of outlines.
func edges(outlines [][]point, p pose) (x0, y0, x1, y1 float64) {
	x0, y0, x1, y1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, ps := range outlines {
		for _, q := range ps {
			x, y := p.place(q)
			x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
		}
	}
	return x0, y0, x1, y1
}

// area of outlines in pixels, holes taken off.
func area(outlines [][]point, radius float64) float64 {
	var twice float64
	for _, ps := range outlines {
		for i, p := range ps {
			q := ps[(i+1)%len(ps)]
			twice += p.x*q.y - q.x*p.y
		}
	}
	return math.Abs(twice) / 2 * radius * radius
}

// paint lays a colour over each pixel that the mask covers.
func (c *canvas) paint(opacity float32, colour func(x, y int) rgb) {
	b := c.mask.Rect
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row := c.mask.Pix[(y-b.Min.Y)*c.mask.Stride:][:b.Dx()]
		for i, a := range row {
			if a == 0 {
				continue
			}
			x := b.Min.X + i
			at := (*rgb)(c.pix[3*(y*c.w+x):])
			*at = mix(*at, colour(x, y), opacity*float32(a)/255)
		}
	}
}

// flat is a colour for paint that is the same everywhere.
func flat(c rgb) func(x, y int) rgb {
	return func(int, int) rgb { return c }
}

// encode writes the canvas as a JPEG, with sensor noise of the given strength.
func (c *canvas) encode(w io.Writer, quality int, gray bool, noise float32, salt uint32) error {
	scale := noise * 255 / 1023
	for i := range c.w * c.h {
		n := hash(uint32(i), salt, 0)
		from, to := c.pix[3*i:][:3], c.out.Pix[4*i:][:4]
		for ch := range from {
			jitter := (float32(n>>(10*ch)&1023) - 511.5) * scale
			to[ch] = uint8(min(max(from[ch]*255+jitter, 0), 255) + 0.5)
		}
		to[3] = 255
	}
	var img image.Image = c.out
	if gray {
		g := image.NewGray(c.out.Rect)
		draw.Draw(g, g.Rect, c.out, image.Point{}, draw.Src)
		img = g
	}
	return jpeg.Encode(w, img, &jpeg.Options{Quality: quality})
}
