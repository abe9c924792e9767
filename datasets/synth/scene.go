package synth

import (
	"math"
	"math/rand/v2"
)

// scene is the plan of one image; drawing it needs nothing else.
type scene struct {
	path    string // below the data set's folder
	w, h    int    // pixels
	seed    uint64
	stream  uint64 // with seed, the source of the image's own random numbers
	gray    bool
	clutter int     // pieces on the ground
	things  []thing // in the order of drawing
	banner  int     // rows of pixels at the foot, over all that is drawn there
}

// thing is an object to draw.
type thing struct {
	class  int     // into the layout's classes
	look   look    // of the class
	x, y   float64 // centre, pixels
	radius float64 // pixels
	angle  float64 // radians
	faint  bool    // hardly set off from the ground: to be marked difficult
	// wide and high are by what it is stretched when it is turned; 0: it is not.
	wide, high float64
}

// pose is where and how large the thing is drawn.
func (t *thing) pose() pose {
	p := poseOf(t.x, t.y, t.radius, t.angle)
	if t.wide > 0 {
		p.wide, p.high = t.wide, t.high
	}
	return p
}

// The streams of random numbers: a layout's plan has the number below, and its images those that follow.
const (
	vocStream        uint64 = 1 << 32
	caltechStream    uint64 = 2 << 32
	voc2012Stream    uint64 = 3 << 32
	actionStream     uint64 = 4 << 32
	caltech256Stream uint64 = 5 << 32
	imagenetStream   uint64 = 6 << 32
	vocXMLStream     uint64 = 7 << 32
)

// trace is what became of a thing.
type trace struct {
	xmin, ymin, xmax, ymax int     // 0-based, inclusive, of the part in the frame
	inFrame                float64 // share of the shape's area in the frame
	visible                float64 // share of that part that nothing covers
}

// cells divides a w x h image into cols x rows cells, enough for n things, longer along the longer side, and returns
// them in random order.
func cells(r *rand.Rand, w, h, n int) []cell {
	cols, rows := 1, 1
	for cols*rows < n {
		if float64(cols)*float64(h) <= float64(rows)*float64(w) {
			cols++
		} else {
			rows++
		}
	}
	cw, ch := float64(w)/float64(cols), float64(h)/float64(rows)
	var all []cell
	for i := range cols * rows {
		all = append(all, cell{float64(i%cols) * cw, float64(i/cols) * ch, cw, ch})
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:n]
}

// cell is a part of an image in pixels.
type cell struct{ x, y, w, h float64 }

// within places a thing wholly inside a cell, its radius being lo to hi of the largest that fits.
func within(r *rand.Rand, c cell, class int, lo, hi float64) thing {
	most := min(c.w, c.h) / 2
	radius := most * between(r, lo, hi)
	return thing{
		class:  class,
		look:   lookOf(class),
		x:      between(r, c.x+radius, c.x+c.w-radius),
		y:      between(r, c.y+radius, c.y+c.h-radius),
		radius: radius,
		angle:  r.NormFloat64() * 0.35,
	}
}

// anywhere places a thing with its centre in the image, so that it may be cut off.
func anywhere(r *rand.Rand, w, h, class int, lo, hi float64) thing {
	return thing{
		class:  class,
		look:   lookOf(class),
		x:      between(r, 0, float64(w)),
		y:      between(r, 0, float64(h)),
		radius: float64(min(w, h)) / 2 * between(r, lo, hi),
		angle:  r.NormFloat64() * 0.35,
	}
}

// exactly places a thing, turned by any angle, so that its edges are those of the cell.
func exactly(r *rand.Rand, c cell, class int) thing {
	t := thing{class: class, look: lookOf(class), radius: max(c.w, c.h) / 2, angle: 2 * math.Pi * r.Float64()}
	x0, y0, x1, y1 := edges(t.look.shape.contours(), t.pose())
	t.wide, t.high = c.w/(x1-x0), c.h/(y1-y0)
	t.x, t.y = c.x-t.wide*x0, c.y-t.high*y0
	return t
}

// between draws from [lo, hi).
func between(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

// scaled scales a published size, whose longer side is of, to a longer side of size.
func scaled(v, size, of int) int {
	return max(1, int(math.Round(float64(v)*float64(size)/float64(of))))
}
