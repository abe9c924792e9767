package svm

import (
	"math"

	"fc7/internal/f32"
)

// inverse is that of M (see softmax.go), [width][width].
type inverse struct {
	m     []float32
	sigma float64
	at    int       // evaluations when it was made
	made  int       // times
	q, r  []float32 // [width][k], [k][width]
}

const (
	widest   = 8192 // numbers of a row for which M is made: 256 MB
	pays     = 60   // evaluations that making M may take
	outgrown = 2    // times smaller or larger than in M is σ when M is made again,
	settling = 8    // evaluations later at the earliest,
	mostMade = 3    // times in all
)

// precondition makes M where it pays and where there is none that fits.
func (m *minimiser) precondition() error {
	s := m.softmax
	n, d, k := float64(len(s.rows)), float64(s.width), float64(s.k)
	if m.plain || s.width > widest || n*d*d+2*d*d*d > pays*4*n*d*k || !(m.curve > 0) {
		return nil
	}
	if v := m.inverse; v != nil {
		fits := m.curve > v.sigma/outgrown && m.curve < v.sigma*outgrown
		if fits || v.made == mostMade || s.passes < v.at+settling {
			return nil
		}
	}
	if s.gram == nil {
		s.gram = f32.Make(s.width * s.width)
		if err := s.tiles(func(_, n int) error {
			f32.Outer(s.ws, n, s.width, s.width, s.tile, s.width, s.tile, s.width, s.gram, s.width, true)
			return s.ctx.Err()
		}); err != nil {
			return err
		}
	}
	if m.inverse == nil {
		m.inverse = &inverse{m: f32.Make(s.width * s.width), q: f32.Make(s.width * f32.Pad(s.k)), r: f32.Make(len(s.w))}
	}
	m.inverse.sigma, m.inverse.at = m.curve, s.passes
	m.inverse.made++
	m.inverse.fill(s, m.o.C*m.curve)
	m.inverse.invert(s)
	return s.ctx.Err()
}

// fill sets m to c·XᵀX + 1, of the intercept too, so that its steps stay bounded.
func (v *inverse) fill(s *softmax, c float64) {
	w, largest := s.width, 0.0
	for d := range s.d + 1 {
		largest = max(largest, float64(s.gram[d*w+d]))
	}
	s.team.Run(w, f32.Pieces(func(_, i int) {
		for j := range w {
			v.m[i*w+j] = float32(c * float64(s.gram[min(i, j)*w+max(i, j)]))
		}
		v.m[i*w+i] += float32(1 + 1e-6*c*largest)
	}))
}

const block = 64 // rows and columns of M that are eliminated at a time

// invert replaces m by its inverse, block by block (Gauss and Jordan); m is positive definite, so no pivots are chosen.
func (v *inverse) invert(s *softmax) {
	w := s.width
	rows, column := f32.Make(block*w), f32.Make(block*w)
	for at := 0; at < w; at += block {
		n := min(block, w-at)
		corner := v.corner(w, at, n)
		copy(rows, v.m[at*w:(at+n)*w])
		s.team.Run(n, f32.Pieces(func(_, r int) {
			to, minus := v.m[(at+r)*w:(at+r+1)*w], column[r*w:(r+1)*w]
			clear(to)
			for c, x := range corner[r*n : (r+1)*n] {
				f32.Axpy(x, rows[c*w:(c+1)*w], to)
			}
			copy(to[at:at+n], corner[r*n:(r+1)*n])
			for i := range w {
				minus[i] = 0
				if i < at || i >= at+n {
					minus[i], v.m[i*w+at+r] = -v.m[i*w+at+r], 0
				}
			}
		}))
		copy(rows, v.m[at*w:(at+n)*w])
		f32.Outer(s.ws, n, w, w, column, w, rows, w, v.m, w, false)
	}
}

// corner is the inverse of the block of n rows and columns from at on.
func (v *inverse) corner(w, at, n int) []float32 {
	a := make([]float64, n*n)
	for i := range a {
		a[i] = float64(v.m[(at+i/n)*w+at+i%n])
	}
	for p := range n {
		pivot := 1 / a[p*n+p]
		a[p*n+p] = 1
		for j := range n {
			a[p*n+j] *= pivot
		}
		for i := range n {
			if i == p {
				continue
			}
			by := a[i*n+p]
			a[i*n+p] = 0
			for j := range n {
				a[i*n+j] -= float64(by * a[p*n+j])
			}
		}
	}
	out := make([]float32, n*n)
	for i, x := range a {
		out[i] = float32(x)
	}
	return out
}

// apply multiplies each of the vectors in x with the inverse; nil is the identity.
func (v *inverse) apply(s *softmax, x []float64) {
	largest := 0.0
	for _, f := range x {
		largest = max(largest, math.Abs(f))
	}
	if v == nil || largest == 0 {
		return
	}
	s.team.Run(s.k, f32.Pieces(func(_, k int) {
		for d, f := range x[k*s.width : (k+1)*s.width] {
			v.q[d*s.k+k] = float32(f / largest)
		}
	}))
	clear(v.r)
	f32.Outer(s.ws, s.width, s.k, s.width, v.q, s.k, v.m, s.width, v.r, s.width, false)
	for i, f := range v.r {
		x[i] = float64(f) * largest
	}
}
