package synth

import (
	"math"
	"math/rand/v2"
)

// lattice is a coarse grid of random values that is read smoothly in between.
type lattice struct {
	cols, rows int
	values     []rgb
}

func newLattice(r *rand.Rand, cols, rows int, value func() rgb) lattice {
	l := lattice{cols, rows, make([]rgb, (cols+1)*(rows+1))}
	for i := range l.values {
		l.values[i] = value()
	}
	return l
}

// row reads a line across the lattice, y from 0 to 1, into dst, which has one colour for each of the places across.
func (l *lattice) row(dst []rgb, y float64, across []place) {
	j := placeOf(y, l.rows)
	above := l.values[j.cell*(l.cols+1):][:l.cols+1]
	below := l.values[(j.cell+1)*(l.cols+1):][:l.cols+1]
	for x, p := range across {
		left := mix(above[p.cell], below[p.cell], j.t)
		right := mix(above[p.cell+1], below[p.cell+1], j.t)
		dst[x] = mix(left, right, p.t)
	}
}

// place is a cell of a lattice and how far into it, eased at both ends.
type place struct {
	cell int
	t    float32
}

// placeOf finds x, from 0 to 1, among n cells.
func placeOf(x float64, n int) place {
	f := clamp(x) * float64(n)
	i := min(int(f), n-1)
	t := f - float64(i)
	return place{i, float32(t * t * (3 - 2*t))}
}

// places finds the w pixels of a row among n cells.
func places(w, n int) []place {
	ps := make([]place, w)
	for x := range ps {
		ps[x] = placeOf(float64(x)/float64(w), n)
	}
	return ps
}

// ground fills the canvas: patches of a few colours, a finer grain, and light that falls from one side.
func (c *canvas) ground(r *rand.Rand) {
	palette := [3]rgb{groundColour(r), groundColour(r), groundColour(r)}
	coarse := newLattice(r, 2+r.IntN(4), 2+r.IntN(3), func() rgb {
		return mix(palette[r.IntN(3)], groundColour(r), 0.2)
	})
	grain := between(r, 0.05, 0.3)
	fine := newLattice(r, 20+r.IntN(40), 15+r.IntN(30), func() rgb {
		g := float32(grain * (r.Float64() - 0.5))
		return rgb{g, g, g}
	})
	sin, cos := math.Sincos(2 * math.Pi * r.Float64())
	slope := between(r, 0, 0.35)
	patches, grains := make([]rgb, c.w), make([]rgb, c.w)
	acrossCoarse, acrossFine := places(c.w, coarse.cols), places(c.w, fine.cols)
	for y := range c.h {
		v := float64(y) / float64(c.h)
		coarse.row(patches, v, acrossCoarse)
		fine.row(grains, v, acrossFine)
		light := float32(1 + slope*((v-0.5)*sin-0.5*cos))
		step := float32(slope * cos / float64(c.w))
		for x, a := range patches {
			k := light + step*float32(x)
			at := c.pix[3*(y*c.w+x):][:3]
			for ch := range at {
				at[ch] = min(max(a[ch]*k+grains[x][ch], 0), 1)
			}
		}
	}
}

// clutter strews n pieces that belong to no class: splinters, bars, and blots, some with a texture.
func (c *canvas) clutter(r *rand.Rand, n int) {
	side := float64(min(c.w, c.h))
	for range n {
		p := poseOf(between(r, 0, float64(c.w)), between(r, 0, float64(c.h)), side*between(r, 0.03, 0.2), 2*math.Pi*r.Float64())
		var outline []point
		switch r.IntN(3) {
		case 0:
			outline = splinter(r)
		case 1:
			width := between(r, 0.04, 0.2)
			outline = []point{{-1.6, -width}, {1.6, -width}, {1.6, width}, {-1.6, width}}
		default:
			outline = blot(r)
		}
		dye := newDye(r, look{texture: texture(r.IntN(int(textures))), hue: r.Float64(), light: r.IntN(2) == 0}, p)
		dye.first = mix(dye.first, groundColour(r), 0.6)
		if bounds, _ := c.cover([][]point{outline}, p); !bounds.Empty() {
			c.paint(float32(between(r, 0.35, 0.95)), dye.at)
		}
	}
}

// splinter is a random polygon.
func splinter(r *rand.Rand) []point {
	n := 3 + r.IntN(4)
	ps := make([]point, n)
	for i := range ps {
		sin, cos := math.Sincos(2 * math.Pi * (float64(i) + 0.8*r.Float64()) / float64(n))
		d := between(r, 0.3, 1)
		ps[i] = point{d * cos, d * sin}
	}
	return ps
}

// blot is a random round outline.
func blot(r *rand.Rand) []point {
	const n = 36
	a, b := between(r, 0, 0.3), between(r, 0, 0.2)
	pa, pb := 2*math.Pi*r.Float64(), 2*math.Pi*r.Float64()
	ps := make([]point, n)
	for i := range ps {
		t := 2 * math.Pi * float64(i) / n
		sin, cos := math.Sincos(t)
		d := 0.6 + a*math.Sin(2*t+pa) + b*math.Sin(3*t+pb)
		ps[i] = point{d * cos, 0.7 * d * sin}
	}
	return ps
}
