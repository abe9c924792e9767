package tsne

import (
	"context"
	"errors"
	"math"

	"fc7/heads/svm"
	"fc7/internal/f32"
	"fc7/internal/fault"
)

const (
	basis     = 16    // vectors that are iterated
	rounds    = 12    // of them
	fitted    = 20000 // rows that the components are of, at most: every so many-th
	pcaRows   = 256   // in a piece, whose sums are of single precision
	pcaPieces = 32    // at a time
	startSize = 1e-4
)

// errEqual says that all rows are the same.
var errEqual = errors.New("all rows are equal, so that there is nothing to map")

// components are the first two principal components of the rows of x, [N][2], the first with a standard deviation of
// 1e-4 (Kobak and Berens 2019). A hundredth of that is added by the row's number, so that neither equal rows nor rows
// on a line stay so. Above 20,000 rows the components are those of every so many-th.
//
// It is a subspace iteration with 16 vectors (Halko, Martinsson and Tropp 2011, algorithm 4.4) in single precision,
// whose sums have one order: the same for any threads, and on all processors of one f32.Arithmetic. All rows must be
// there and finite.
func components(ctx context.Context, x svm.Matrix, threads int) ([]float64, error) {
	team := f32.NewTeam(threads)
	defer team.Close()
	team.StopOn(ctx.Done())
	if err := fault.Guard(func() error { return varies(x) }); err != nil {
		return nil, err
	}
	c := &fit{team: team, x: x, stride: (x.N + fitted - 1) / fitted, mean: make([]float32, x.D), v: make([]float64, basis*x.D)}
	sums := make([]float64, x.D)
	if err := c.sums(sums, func(row, sum, _ []float32) { f32.Axpy(1, row, sum) }); err != nil {
		return nil, err
	}
	for d, s := range sums {
		c.mean[d] = float32(s / float64(c.fitted()))
	}
	draw(c.v)
	for range rounds {
		c.orthonormal()
		if err := c.iterate(); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	c.orthonormal()
	scores, err := c.project()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return leading(scores, x.N)
}

// varies is errEqual where no row differs from the first.
func varies(x svm.Matrix) error {
	for i := range x.N {
		for _, b := range x.Blocks {
			f, g := 1.0, 1.0
			if b.Scale != nil {
				f, g = b.Scale[0], b.Scale[i]
			}
			for d, v := range b.Rows[0] {
				if f*float64(v) != g*float64(b.Rows[i][d]) {
					return nil
				}
			}
		}
	}
	return errEqual
}

type fit struct {
	team   *f32.Team
	x      svm.Matrix
	stride int
	mean   []float32 // [D]
	v      []float64 // [basis][D]
	single []float32 // v
}

// fitted is how many rows the components are of.
func (c *fit) fitted() int { return (c.x.N + c.stride - 1) / c.stride }

// sums adds up, in order, what do makes of the fitted rows, less their mean, in pieces: sum is one piece's, of as many
// values as out.
func (c *fit) sums(out []float64, do func(row, sum, scores []float32)) error {
	rows := c.fitted()
	pieces := (rows + pcaRows - 1) / pcaRows
	parts := make([][]float32, min(pieces, pcaPieces))
	for k := range parts {
		parts[k] = make([]float32, len(out))
	}
	for first := 0; first < pieces; first += pcaPieces {
		n := min(pcaPieces, pieces-first)
		if err := c.each(n, func(k int) {
			row, scores := make([]float32, c.x.D), make([]float32, basis)
			clear(parts[k])
			for i := (first + k) * pcaRows; i < min(rows, (first+k+1)*pcaRows); i++ {
				c.row(i*c.stride, row)
				do(row, parts[k], scores)
			}
		}); err != nil {
			return err
		}
		for _, part := range parts[:n] {
			for d, v := range part {
				out[d] += float64(v)
			}
		}
	}
	return nil
}

// each does pieces, which may read mapped files, and returns the first fault.
func (c *fit) each(n int, do func(piece int)) error {
	return c.team.Try(n, func(i int) error { do(i); return nil })
}

// row writes row i less the mean.
func (c *fit) row(i int, dst []float32) {
	mean := c.mean
	for _, b := range c.x.Blocks {
		f := 1.0
		if b.Scale != nil {
			f = b.Scale[i]
		}
		for d, v := range b.Rows[i][:b.Width] {
			dst[d] = float32(f*float64(v)) - mean[d]
		}
		dst, mean = dst[b.Width:], mean[b.Width:]
	}
}

// iterate makes v the product of the rows' covariance and v.
func (c *fit) iterate() error {
	clear(c.v)
	return c.sums(c.v, func(row, sum, scores []float32) {
		c.scores(row, scores)
		for k, s := range scores {
			f32.Axpy(s, row, sum[k*c.x.D:(k+1)*c.x.D])
		}
	})
}

// scores are the products of a row and the vectors.
func (c *fit) scores(row, dst []float32) {
	for k := range basis {
		dst[k] = f32.Dot(row, c.single[k*c.x.D:(k+1)*c.x.D])
	}
}

// project gives the scores of all rows, [N][basis].
func (c *fit) project() ([]float32, error) {
	out := make([]float32, c.x.N*basis)
	return out, c.each((c.x.N+pcaRows-1)/pcaRows, func(at int) {
		row := make([]float32, c.x.D)
		for i := at * pcaRows; i < min(c.x.N, (at+1)*pcaRows); i++ {
			c.row(i, row)
			c.scores(row, out[i*basis:(i+1)*basis])
		}
	})
}

// orthonormal makes v orthonormal by modified Gram-Schmidt, twice; what depends on the vectors before it becomes 0.
func (c *fit) orthonormal() {
	d := c.x.D
	for k := range basis {
		v := c.v[k*d : (k+1)*d]
		before := math.Sqrt(product(v, v))
		for range 2 {
			for j := range k {
				u := c.v[j*d : (j+1)*d]
				s := product(u, v)
				for i := range v {
					v[i] -= float64(s * u[i])
				}
			}
		}
		after := math.Sqrt(product(v, v))
		f := 0.0
		if after > 1e-6*before { // what is less is the error of single precision
			f = 1 / after
		}
		for i := range v {
			v[i] *= f
		}
	}
	if c.single == nil {
		c.single = make([]float32, len(c.v))
	}
	for i, v := range c.v {
		c.single[i] = float32(v)
	}
}

func product(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += float64(v * b[i])
	}
	return s
}

// draw fills v with numbers between -1 and 1 that are always the same.
func draw(v []float64) {
	for i := range v {
		v[i] = drawn(uint64(i))
	}
}

// drawn is the i-th of a sequence (splitmix64; Steele, Lea and Flood 2014).
func drawn(i uint64) float64 {
	z := (i + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64(int64(z^z>>31)) / (1 << 63)
}

// leading turns scores, [N][basis], to their own two leading axes. A component's largest score, the first of those, is
// positive.
func leading(scores []float32, n int) ([]float64, error) {
	var a [basis][basis]float64
	for i := range n {
		s := scores[i*basis : (i+1)*basis]
		for k := range basis {
			for l := range k + 1 {
				a[k][l] += float64(float64(s[k]) * float64(s[l]))
			}
		}
	}
	for k := range basis {
		for l := range k {
			a[l][k] = a[k][l]
		}
	}
	values, vectors := eigen(a)
	first, second := largest(values)
	size := math.Sqrt(values[first] / float64(n))
	if !(size > 0) { // they differ by less than single precision
		return nil, errEqual
	}
	y := make([]float64, 2*n)
	for c, k := range []int{first, second} {
		most := 0.0
		for i := range n {
			s := 0.0
			for l, v := range scores[i*basis : (i+1)*basis] {
				s += float64(float64(v) * vectors[l][k])
			}
			y[2*i+c] = s
			if math.Abs(s) > math.Abs(most) {
				most = s
			}
		}
		f := math.Copysign(startSize/size, most)
		for i := range n {
			y[2*i+c] = float64(y[2*i+c]*f) + float64(startSize/100*drawn(uint64(2*i+c)))
		}
	}
	return y, nil
}

// largest are the places of the two largest values.
func largest(values [basis]float64) (first, second int) {
	for k, v := range values {
		if v > values[first] {
			first = k
		}
	}
	second = (first + 1) % basis
	for k, v := range values {
		if k != first && v > values[second] {
			second = k
		}
	}
	return first, second
}

// eigen gives values and vectors, in columns, of a symmetric matrix, by cyclic rotations (Jacobi 1846; Golub and Van
// Loan, section 8.5).
func eigen(a [basis][basis]float64) (values [basis]float64, v [basis][basis]float64) {
	for k := range v {
		v[k][k] = 1
	}
	for range 30 {
		for p := range basis {
			for q := p + 1; q < basis; q++ {
				if a[p][q] != 0 {
					rotate(&a, &v, p, q)
				}
			}
		}
	}
	for k := range values {
		values[k] = a[k][k]
	}
	return values, v
}

// rotate makes a[p][q] zero.
func rotate(a, v *[basis][basis]float64, p, q int) {
	tau := (a[q][q] - a[p][p]) / (2 * a[p][q])
	t := math.Copysign(1/(math.Abs(tau)+math.Sqrt(1+float64(tau*tau))), tau)
	c := 1 / math.Sqrt(1+float64(t*t))
	s := t * c
	for k := range basis {
		x, y := a[k][p], a[k][q]
		a[k][p], a[k][q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
	for k := range basis {
		x, y := a[p][k], a[q][k]
		a[p][k], a[q][k] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
		x, y = v[k][p], v[k][q]
		v[k][p], v[k][q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
	a[p][q], a[q][p] = 0, 0
}
