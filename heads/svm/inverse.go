package svm

import (
	"math"

	"fc7/internal/f32"
)

// factor is Uᵀ and U of M = UᵀU (see softmax.go), [width][width]: U above the diagonal and Uᵀ below it, so that rows of
// both lie one behind the other; of the blocks on the diagonal it has the inverses of U's.
type factor struct {
	m     []float32
	sigma float64
	at    int       // evaluations when it was made
	made  int       // times
	back  []float32 // the inverses of the blocks transposed, one behind the other
	q     []float32 // [width][padded k], of apply
}

const (
	widest   = 8192 // numbers of a row for which M is made: 256 MB
	enough   = 5    // evaluations that XᵀX may take before some rows stand for all in it,
	fewest   = 1.2  // which are so many times the numbers of a row
	settled  = 0.1  // of σ at weights of 0 is what it comes to, about, where classes are told apart
	pays     = 60   // evaluations that making M may take
	outgrown = 2    // times smaller or larger than in M is σ when M is made again,
	settling = 8    // evaluations later at the earliest,
	mostMade = 3    // times in all
)

// precondition makes M where it pays and where there is none that fits.
func (m *minimiser) precondition() error {
	s := m.softmax
	if m.plain || !s.worth() || !(m.curve > 0) {
		return nil
	}
	if v := m.inverse; v != nil {
		fits := m.curve > v.sigma/outgrown && m.curve < v.sigma*outgrown
		if fits || v.made == mostMade || s.passes < v.at+settling {
			return nil
		}
	}
	if s.gram == nil {
		if err := s.products(); err != nil {
			return err
		}
	}
	sigma := m.curve
	if m.inverse == nil && m.cold {
		sigma *= settled
	}
	if m.inverse == nil {
		m.inverse = &factor{m: f32.Make(s.width * s.width), back: f32.Make(s.width * block), q: f32.Make(s.width * f32.Pad(s.k))}
	}
	m.inverse.sigma, m.inverse.at = sigma, s.passes
	m.inverse.made++
	m.inverse.fill(s, m.o.C*sigma)
	m.inverse.decompose(s)
	return s.ctx.Err()
}

// worth tells whether making M pays.
func (s *softmax) worth() bool {
	n, d, k := float64(len(s.rows)), float64(s.width), float64(s.k)
	return s.width <= widest && n*d*d+d*d*d/3 <= pays*4*n*d*k
}

// products makes the upper triangle of XᵀX, from every few of the rows where these are many and all would take long.
func (s *softmax) products() error {
	s.gram = f32.Make(s.width * s.width)
	every := s.every()
	used, next := 0, 0
	err := s.tiles(func(first, n int) error {
		from := next - first
		if from >= n {
			return s.ctx.Err()
		}
		rows, tile := (n-from+every-1)/every, s.tile[from*s.width:]
		used, next = used+rows, next+rows*every
		f32.Outer(s.ws, rows, s.width, s.width, tile, every*s.width, tile, every*s.width, s.gram, s.width, true)
		return s.ctx.Err()
	})
	if by := float32(len(s.rows)) / float32(used); by != 1 {
		for i := range s.gram {
			s.gram[i] *= by
		}
	}
	return err
}

// every tells of how many rows one is in XᵀX.
func (s *softmax) every() int {
	takes := float64(s.width) / float64(4*s.k) // evaluations
	most := float64(len(s.rows)) / (fewest * float64(s.width))
	return int(max(1, min(math.Ceil(takes/enough), math.Floor(most))))
}

// fill sets the upper triangle of m to that of c·XᵀX + 1, of the intercept too, so that its steps stay bounded.
func (v *factor) fill(s *softmax, c float64) {
	w, largest := s.width, 0.0
	for d := range s.d + 1 {
		largest = max(largest, float64(s.gram[d*w+d]))
	}
	s.team.Run(w, f32.Pieces(func(_, i int) {
		by := float32(c)
		for j, x := range s.gram[i*w+i : (i+1)*w] {
			v.m[i*w+i+j] = by * x
		}
		v.m[i*w+i] += float32(1 + 1e-6*c*largest)
	}))
}

const block = 64 // rows of M that are eliminated at a time

// decompose puts the factors in the place of M, block by block (Cholesky).
func (v *factor) decompose(s *softmax) {
	w := s.width
	rows, minus := f32.Make(block*w), f32.Make(block*w)
	for at := 0; at < w; at += block {
		n := min(block, w-at)
		rest := w - at - n
		corner := v.corner(w, at, n)
		for r := range n {
			copy(rows[r*w:], v.m[(at+r)*w+at+n:(at+r+1)*w])
		}
		s.team.Run(n, f32.Pieces(func(_, r int) { // U of these rows is the inverse of the corner's Uᵀ times M
			to := v.m[(at+r)*w+at+n : (at+r+1)*w]
			clear(to)
			for c := range r + 1 {
				f32.Axpy(corner[c*n+r], rows[c*w:c*w+rest], to)
			}
			for i, x := range to {
				minus[r*w+i] = -x
			}
		}))
		for r := range n {
			copy(v.m[(at+r)*w+at:], corner[r*n:(r+1)*n])
			for c := range n {
				v.back[at*block+c*n+r] = corner[r*n+c]
			}
		}
		s.team.Run((rest+block-1)/block, f32.Pieces(func(_, p int) {
			for i := p * block; i < min(rest, (p+1)*block); i++ {
				for r := range n {
					v.m[(at+n+i)*w+at+r] = v.m[(at+r)*w+at+n+i]
				}
			}
		}))
		if rest > 0 {
			f32.Outer(s.ws, n, rest, rest, minus, w, v.m[at*w+at+n:], w, v.m[(at+n)*w+at+n:], w, true)
		}
	}
}

// corner is the inverse of U of the block of n rows and columns from at on, upper triangular.
func (v *factor) corner(w, at, n int) []float32 {
	u := make([]float64, n*n)
	for i := range n {
		for j := i; j < n; j++ {
			u[i*n+j] = float64(v.m[(at+i)*w+at+j])
		}
	}
	for p := range n {
		pivot := 1 / math.Sqrt(max(1, u[p*n+p])) // of M, which is 1 and more, but for rounding
		for j := p; j < n; j++ {
			u[p*n+j] *= pivot
		}
		for i := p + 1; i < n; i++ {
			by := u[p*n+i]
			for j := i; j < n; j++ {
				u[i*n+j] -= float64(by * u[p*n+j])
			}
		}
	}
	out := make([]float32, n*n)
	inverse := make([]float64, n*n)
	for i := n - 1; i >= 0; i-- { // of row i of U·inverse = 1
		row, pivot := inverse[i*n:(i+1)*n], 1/u[i*n+i]
		row[i] = 1
		for c := i + 1; c < n; c++ {
			by := u[i*n+c]
			for j := c; j < n; j++ {
				row[j] -= float64(by * inverse[c*n+j])
			}
		}
		for j := i; j < n; j++ {
			row[j] *= pivot
			out[i*n+j] = float32(row[j])
		}
	}
	return out
}

// apply multiplies each of the vectors in x with the inverse of M; nil is the identity.
func (v *factor) apply(s *softmax, x []float64) {
	largest := 0.0
	for _, f := range x {
		largest = max(largest, math.Abs(f))
	}
	if v == nil || largest == 0 {
		return
	}
	w, k := s.width, f32.Pad(s.k)
	pieces := (w + block - 1) / block
	s.team.Run(pieces, f32.Pieces(func(_, p int) {
		for d := p * block; d < min(w, (p+1)*block); d++ {
			for c := range s.k {
				v.q[d*k+c] = float32(x[c*w+d] / largest)
			}
		}
	}))
	minus := f32.Make(block * k)
	solve := func(at, n int, corner []float32, stride int) {
		clear(minus)
		f32.Outer(s.ws, n, n, k, corner, stride, v.q[at*k:], k, minus, k, false)
		for i, y := range minus[:n*k] {
			v.q[at*k+i], minus[i] = y, -y
		}
	}
	for at := 0; at < w; at += block {
		n := min(block, w-at)
		solve(at, n, v.m[at*w+at:], w)
		if at+n < w {
			f32.Outer(s.ws, n, w-at-n, k, v.m[at*w+at+n:], w, minus, k, v.q[(at+n)*k:], k, false)
		}
	}
	for at := (w - 1) / block * block; at >= 0; at -= block {
		n := min(block, w-at)
		solve(at, n, v.back[at*block:], n)
		if at > 0 {
			f32.Outer(s.ws, n, at, k, v.m[at*w:], w, minus, k, v.q, k, false)
		}
	}
	s.team.Run(s.k, f32.Pieces(func(_, c int) {
		for d := range w {
			x[c*w+d] = float64(v.q[d*k+c]) * largest
		}
	}))
}
