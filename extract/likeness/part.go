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

// from is the correlation of sketches from which on a pair is worth a look. Photographs of different things before one
// white ground reach it.
const from = 0.95

// Find looks for b in a, for a in b, and for both in their mirror images; false: the sketches have nothing in common.
func Find(a, b *Sketch) (Place, bool) {
	best := Place{region: whole, match: -1}
	own := normalised(b.plane(false))
	for _, mirrored := range []bool{false, true} {
		if m := correlation(normalised(a.plane(mirrored)), own); m > best.match {
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
			if r, m := partOf(a.plane(mirrored), a.aspect(), b); m > best.match {
				best = Place{mirrored, true, swapped, r, m}
			}
		}
	}
	return best, best.match >= from
}

// The parts that are looked for: of at least smallest pixels of a sketch, each smaller than the one before by step,
// between which sketches do not tell.
const (
	smallest = 8
	step     = 1.15
)

// partOf is where in the plane of a sketch of a picture of some aspect b is, and the correlation. It has b's aspect
// there, since nobody squashes what he cuts out.
func partOf(plane []float64, aspect float64, b *Sketch) (at region, best float64) {
	best = -1
	sums, last := newSums(plane), [2]int{}
	for share := 1.0; ; share /= step {
		fx, fy := share, share*aspect/b.aspect()
		if fy > share {
			fx, fy = share*b.aspect()/aspect, share
		}
		w, h := int(math.Round(side*fx)), int(math.Round(side*fy))
		if w < smallest || h < smallest {
			return at, best
		}
		if last == [2]int{w, h} {
			continue
		}
		last = [2]int{w, h}
		if x, y, m := sums.find(normalised(shrunk(b.plane(false), w, h)), w, h); m > best {
			left, top := float64(x)/side, float64(y)/side
			at, best = region{left, top, min(1, left+fx), min(1, top+fy)}, m
		}
	}
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

// find is where the normalised pattern of w x h pixels correlates best.
func (s *sums) find(pattern []float64, w, h int) (x, y int, best float64) {
	best = -1
	n := float64(w * h)
	for top := range side - h + 1 {
		for left := range side - w + 1 {
			mean := s.values.rectangle(left, top, w, h) / n
			spread := s.squares.rectangle(left, top, w, h) - float64(n*float64(mean*mean))
			if spread < float64(n*flat*flat) {
				continue
			}
			sum := 0.0
			for r := range h {
				sum += correlation(pattern[r*w:(r+1)*w], s.plane[(top+r)*side+left:])
			}
			if m := sum / math.Sqrt(spread); m > best {
				x, y, best = left, top, m
			}
		}
	}
	return x, y, best
}

// flat is the deviation in levels of what shows nothing.
const flat = 4
