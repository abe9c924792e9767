package evidence

import (
	"cmp"
	"math"
	"slices"

	"fc7/pipeline/heads"
)

// heat is what a class's evidence is at each pixel of a picture: w x h, row by row.
//
// The value of a pixel is, summed over scales, what the scale would add to the score if all of the image were as the
// position whose middle is nearest to the pixel: its own value times the number of positions. So it is in units of the
// score, and its scale does not depend on how many positions there are. NaN: nothing sees the pixel, for it is outside
// the box that was described.
type heat struct {
	w, h   int
	values []float64
}

// heats are those of an image, each made once unless there are very many.
type heats struct {
	*heads.Evidence
	w, h  int
	kept  map[[2]int]*heat // by class and scale
	limit float64          // the greatest amount of all: what has the strongest colour, so that pictures can be compared
}

// allScales in the place of a scale is all of them together.
const allScales = -1

// keptHeats bounds the memory of heats, of 720 kB each at most.
const keptHeats = 64

// heatsOf finds out how strong the evidence is on a picture of w x h pixels.
func heatsOf(e *heads.Evidence, w, h int) *heats {
	a := &heats{Evidence: e, w: w, h: h, kept: map[[2]int]*heat{}}
	for k := range e.Classes {
		for s := allScales; s < len(e.Scales); s++ {
			a.limit = max(a.limit, a.of(k, s).most())
		}
	}
	return a
}

// of is that of a class and a scale, or allScales.
func (a *heats) of(class, scale int) *heat {
	t := a.kept[[2]int{class, scale}]
	if t != nil {
		return t
	}
	t = heatOf(a.Evidence, class, a.w, a.h, scale)
	if len(a.kept) < keptHeats {
		a.kept[[2]int{class, scale}] = t
	}
	return t
}

// heatOf makes the heat of a scale of a class, or of allScales.
func heatOf(e *heads.Evidence, class, w, h, scale int) *heat {
	t := &heat{w: w, h: h, values: make([]float64, w*h)}
	for i := range t.values {
		t.values[i] = math.NaN()
	}
	for s := range e.Scales {
		if scale != allScales && scale != s {
			continue
		}
		for _, mirrored := range []bool{false, true} {
			if l := latticeOf(e.Scales[s].Positions, e.Classes[class].Values[s], mirrored); l != nil {
				t.add(l, e.Scales[s].Frame, float64(e.Width), float64(e.Height))
			}
		}
	}
	return t
}

// add adds the values of a lattice to the pixels of a frame on an image of width x height pixels.
func (t *heat) add(l *lattice, frame heads.Rect, width, height float64) {
	at := func(pixels int, size, from, to float64, middles []float64) []int {
		out := make([]int, pixels)
		for i := range out {
			out[i] = -1
			if p := (float64(i) + 0.5) * size / float64(pixels); p >= from && p <= to {
				out[i] = nearest(middles, p)
			}
		}
		return out
	}
	columns, rows := at(t.w, width, frame.X0, frame.X1, l.xs), at(t.h, height, frame.Y0, frame.Y1, l.ys)
	for y, row := range rows {
		for x, column := range columns {
			if row < 0 || column < 0 {
				continue
			}
			v := &t.values[y*t.w+x]
			if *v != *v {
				*v = 0
			}
			*v += l.values[row*len(l.xs)+column]
		}
	}
}

// most is the greatest amount.
func (t *heat) most() float64 {
	m := 0.0
	for _, v := range t.values {
		if v == v {
			m = max(m, math.Abs(v))
		}
	}
	return m
}

// lattice is the middles of what positions see, which are in rows and columns, and at each what the scale would add if
// all positions were like it.
type lattice struct {
	xs, ys []float64
	values []float64
}

// latticeOf makes it of the positions of the mirrored pictures, or of the others; nil: there are none. Crops that are
// at one place count as one, of their mean.
func latticeOf(positions []heads.Position, values []float64, mirrored bool) *lattice {
	l, all := &lattice{}, 0
	for _, p := range positions {
		if p.Mirrored == mirrored {
			x, y := p.Window.Centre()
			l.xs, l.ys, all = append(l.xs, x), append(l.ys, y), all+1
		}
	}
	if all == 0 {
		return nil
	}
	l.xs, l.ys = distinct(l.xs), distinct(l.ys)
	l.values = make([]float64, len(l.xs)*len(l.ys))
	count := make([]int, len(l.values))
	for i, p := range positions {
		if p.Mirrored == mirrored {
			x, y := p.Window.Centre()
			at := nearest(l.ys, y)*len(l.xs) + nearest(l.xs, x)
			l.values[at], count[at] = l.values[at]+values[i], count[at]+1
		}
	}
	for i, n := range count {
		l.values[i] = l.values[i] / float64(max(1, n)) * float64(all)
	}
	return l
}

// distinct sorts numbers and takes those that differ by rounding alone for one.
func distinct(v []float64) []float64 {
	const rounding = 1e-6
	slices.Sort(v)
	return slices.CompactFunc(v, func(a, b float64) bool { return math.Abs(a-b) < rounding })
}

// nearest is the place of the number that is nearest to x, of sorted ones; of two the first.
func nearest(sorted []float64, x float64) int {
	i, _ := slices.BinarySearchFunc(sorted, x, cmp.Compare[float64])
	if i == len(sorted) || i > 0 && x-sorted[i-1] <= sorted[i]-x {
		i--
	}
	return i
}
