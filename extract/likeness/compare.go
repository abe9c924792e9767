package likeness

import (
	"math"

	"fc7/extract/picture"
)

// longest is the longer side of a Picture.
const longest = 128

// Picture is a picture at the size at which pictures are compared.
type Picture struct{ im picture.Image }

// PictureOf scales a picture down, if it is larger.
func PictureOf(im *picture.Image) (*Picture, error) {
	p := &Picture{}
	w, h := im.W, im.H
	if max(w, h) > longest {
		w, h = picture.FittedSize(w, h, longest)
	}
	return p, new(picture.Resizer).Resize(im, w, h, &p.im)
}

// Evidence is how alike two pictures are, place by place, on squares of 64 x 64.
type Evidence struct {
	Grade       Grade
	Correlation float64 // of the luminance, at 32 x 32
	Difference  float64 // root mean square over places and colours, in levels of 0 to 255
	worst       float64 // mean difference of a colour in the block of 8 x 8 where it is largest, in levels
	texture     float64 // root mean square of the differences in the block where it is largest, in levels
	contrast    float64 // deviation of the luminance, of the picture that has less, in levels
}

// Compare looks at b at a place of a.
func Compare(a, b *Picture, at Place) Evidence {
	if at.swapped {
		a, b = b, a
	}
	r := settle(a, b, at)
	e := evidence(b.sampled(whole, false, grid, 2), a.sampled(r, at.Mirrored, grid, 2))
	e.Grade = e.grade(at.Part)
	return e
}

// coarse is the side of the square on which a region is settled.
const coarse = 24

// settle moves the edges of a region to where b correlates best.
func settle(a, b *Picture, at Place) region {
	pattern := normalised(b.sampled(whole, false, coarse, 1).luma())
	judge := func(r region) float64 {
		return correlation(pattern, normalised(a.sampled(r, at.Mirrored, coarse, 1).luma()))
	}
	r := at.region
	best := judge(r)
	move := 0.01
	if at.Part { // as far as sketches do not tell
		move = 0.04
	}
	for ; move > 0.002; move /= 2 {
		for moved, tries := true, 0; moved && tries < 6; tries++ {
			moved = false
			for k := range 8 {
				next := r.moved(k, move)
				if !next.fits() {
					continue
				}
				if m := judge(next); m > best {
					r, best, moved = next, m, true
				}
			}
		}
	}
	return r
}

// moved is r with an edge moved, outwards for k of 0 to 3 and inwards for k of 4 to 7.
func (r region) moved(k int, by float64) region {
	if k >= 4 {
		by = -by
	}
	switch k % 4 {
	case 0:
		r.x0 -= by
	case 1:
		r.y0 -= by
	case 2:
		r.x1 += by
	default:
		r.y1 += by
	}
	return r
}

// fits tells whether r is a region of a picture.
func (r region) fits() bool {
	return r.x0 >= 0 && r.y0 >= 0 && r.x1 <= 1 && r.y1 <= 1 && r.x1-r.x0 > 0.1 && r.y1-r.y0 > 0.1
}

// The sides of the squares that are compared, and of their blocks.
const (
	grid   = 64
	block  = 8
	blocks = grid / block
)

// evidence compares two squares of grid x grid.
func evidence(a, b *square) Evidence {
	p, q := a.halved().luma(), b.halved().luma() // without the noise of compression
	e := Evidence{Correlation: correlation(normalised(p), normalised(q)), contrast: min(deviation(p), deviation(q))}
	var squares [blocks * blocks]float64
	for k := range a.colours {
		var sums [blocks * blocks]float64
		for i, v := range a.colours[k] {
			d := v - b.colours[k][i]
			at := i/grid/block*blocks + i%grid/block
			sums[at] += d
			squares[at] += float64(d * d)
		}
		for _, s := range sums {
			e.worst = max(e.worst, math.Abs(s)/(block*block))
		}
	}
	for _, s := range squares {
		e.Difference += s
		e.texture = max(e.texture, math.Sqrt(s/(3*block*block)))
	}
	e.Difference = math.Sqrt(e.Difference / (3 * grid * grid))
	return e
}

func deviation(v []float64) float64 {
	mean, sum := meanOf(v), 0.0
	for _, x := range v {
		sum += float64((x - mean) * (x - mean))
	}
	return math.Sqrt(sum / float64(len(v)))
}
