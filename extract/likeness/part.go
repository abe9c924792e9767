package likeness

import "math"

// Place says what of a picture, a, another one, b, shows.
type Place struct {
	Mirrored bool // of a's mirror image
	Part     bool // a region of it; else all
	swapped  bool // a and b are exchanged: a shows a region of b
	region   region
	match    float64 // correlation of the sketches there
}

// region is a rectangle in shares of a picture's sides, from the upper left.
type region struct{ x0, y0, x1, y1 float64 }

var whole = region{0, 0, 1, 1}

// The correlations of sketches from which on a pair is worth a look, of all of them and of a part, whose size and place
// are not found to the pixel. Photographs of different things before one white ground reach them.
const (
	from     = 0.95
	partFrom = 0.92
)

// Find looks for b in a, for a in b, and for both in their mirror images; false: the sketches have nothing in common.
func Find(a, b *View) (Place, bool) {
	best := Place{region: whole, match: -1}
	for _, mirrored := range []bool{false, true} {
		if m := correlation(a.whole(mirrored), b.whole(false)); m > best.match {
			best.match, best.Mirrored = m, mirrored
		}
	}
	if best.match >= from {
		return best, true
	}
	for _, swapped := range []bool{false, true} {
		if swapped {
			a, b = b, a
		}
		for _, mirrored := range []bool{false, true} {
			if r, m := partOf(a.sums(mirrored), a.of.aspect(), b); m > best.match {
				best = Place{mirrored, true, swapped, r, m}
			}
		}
	}
	return best, best.match >= partFrom
}

// The parts that are looked for: of at least smallest pixels of a sketch, each smaller than the one before by step,
// between which sketches do not tell.
const (
	smallest = 8
	step     = 1.12
)

// spot is where on a plane a pattern of w x h pixels was found.
type spot struct {
	x, y, w, h int
	match      float64 // correlation
}

func (s spot) region() region {
	return region{float64(s.x) / side, float64(s.y) / side, float64(s.x+s.w) / side, float64(s.y+s.h) / side}
}

// partOf is where in the plane of a sketch of a picture of some aspect b is, and the correlation. It has b's aspect
// there, since nobody squashes what he cuts out.
func partOf(in *sums, aspect float64, b *View) (at region, match float64) {
	best, own := spot{match: -1}, b.of.aspect()
	for share := 1.0; ; share /= step {
		fx, fy := share, share*aspect/own
		if fy > share {
			fx, fy = share*own/aspect, share
		}
		w, h := int(math.Round(side*fx)), int(math.Round(side*fy))
		if w < smallest || h < smallest {
			break
		}
		if s := in.find(b.pattern(w, h), w, h, 0, 0, side); s.match > best.match {
			best = s
		}
	}
	if best.match >= promising {
		best = in.around(b, best)
	}
	return best.region(), best.match
}

// promising is a correlation from which on a place between those that were tried may be one.
const promising = 0.8

// around looks at sizes and places that are a pixel from a spot.
func (s *sums) around(b *View, best spot) spot {
	from := best
	for dw := -1; dw <= 1; dw++ {
		for dh := -1; dh <= 1; dh++ {
			w, h := from.w+dw, from.h+dh
			if w < smallest || h < smallest || w > side || h > side {
				continue
			}
			if next := s.find(b.pattern(w, h), w, h, max(0, from.x-1), max(0, from.y-1), 3); next.match > best.match {
				best = next
			}
		}
	}
	return best
}

// shrunk is a sketch's plane at w x h pixels, each the mean of what it covers.
func shrunk(plane []float64, w, h int) []float64 {
	across, out := make([]float64, w*side), make([]float64, w*h)
	for y := range side {
		shrinkRow(plane[y*side:], 1, across[y*w:], 1, w)
	}
	for x := range w {
		shrinkRow(across[x:], w, out[x:], w, h)
	}
	return out
}

// shrinkRow makes n means of side values that lie stride apart.
func shrinkRow(from []float64, stride int, to []float64, toStride, n int) {
	scale := float64(side) / float64(n)
	for i := range n {
		lo, hi := float64(i)*scale, float64(i+1)*scale
		sum := 0.0
		for k := int(lo); k < side && float64(k) < hi; k++ {
			sum += float64(from[k*stride] * (min(hi, float64(k+1)) - max(lo, float64(k))))
		}
		to[i*toStride] = sum / scale
	}
}

// table holds the sums of all rectangles of a plane that begin in its upper left.
type table [(side + 1) * (side + 1)]float64

// sums are those of the values of a plane and of their squares.
type sums struct {
	plane           []float64
	values, squares table
}

func newSums(plane []float64) *sums {
	s := &sums{plane: plane}
	for y := range side {
		row, squares := 0.0, 0.0
		for x := range side {
			v := plane[y*side+x]
			row += v
			squares += float64(v * v)
			i := (y+1)*(side+1) + x + 1
			s.values[i], s.squares[i] = s.values[i-side-1]+row, s.squares[i-side-1]+squares
		}
	}
	return s
}

func (t *table) rectangle(x, y, w, h int) float64 {
	a, b := y*(side+1)+x, (y+h)*(side+1)+x
	return t[b+w] - t[b] - t[a+w] + t[a]
}

// find is where a pattern of w x h pixels correlates best, of so many columns and rows of places from left and top on.
func (s *sums) find(pattern []float64, w, h, left, top, places int) spot {
	best := spot{w: w, h: h, match: -1}
	n := float64(w * h)
	for y := top; y < min(top+places, side-h+1); y++ {
		for x := left; x < min(left+places, side-w+1); x++ {
			mean := s.values.rectangle(x, y, w, h) / n
			spread := s.squares.rectangle(x, y, w, h) - float64(n*float64(mean*mean))
			if spread < float64(n*flat*flat) {
				continue
			}
			sum := 0.0
			for r := range h {
				sum += correlation(pattern[r*w:(r+1)*w], s.plane[(y+r)*side+x:])
			}
			if m := sum / math.Sqrt(spread); m > best.match {
				best.x, best.y, best.match = x, y, m
			}
		}
	}
	return best
}

// flat is the deviation in levels of what shows nothing.
const flat = 4
