package svm

import (
	"context"
	"fmt"
	"math"
	"time"

	"fc7/internal/f32"
)

// Multinomial logistic regression, the linear probe of Kornblith et al. (arXiv 1805.08974), CLIP and DINOv2: one
// problem for all classes, with intercepts b that are not regularised.
//
//	min  f(W, b) = ½ Σ_k ‖w_k‖² + C Σ_i (log Σ_k e^{z_ik} - z_i,y(i)),   z_ik = w_kᵀx_i + b_k
//	∇_k f = w_k + C Σ_i (p_ik - [y(i) = k]) x_i,   p_ik = e^{z_ik} / Σ_l e^{z_il}
//
// Two classes are one weight vector w, z_i = (0, wᵀx_i + b), as in logistic regression; the model has ∓½w.
//
// L-BFGS (Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989) minimises it. Its
// first guess of the inverse Hessian is that of the quadratic with one curvature for all rows, which is what Böhning's
// bound ("Multinomial logistic regression algorithm", 1992) has, with a measured constant:
//
//	M = C·σ·Σ_i x_i x_iᵀ + I,   σ = the mean of p_ik (1 - p_ik)
//
// by one factorisation. That costs one more product with D x D numbers a step, and takes a third of the steps. It is
// left out where making it would take longer than what it saves.
//
// Scores of all rows are kept, where there is room, and moved along with the weights: an evaluation is the product of
// the rows with the direction, a search along it that needs no product, and that of the residuals with the rows. From
// weights of 0 the first steps lead far beyond the minimum, and evaluations at points that are tried were half of all.
//
// Products are in single precision, sums over rows in double: they are in tiles of a fixed number of rows, so that
// results do not depend on threads.
//
// The end is ½‖∇f‖² ≤ ε² f: f is strongly convex in W, so that with b at its optimum ½‖∇f‖² bounds f - min f.

// softmax is a problem and where its solution stands. Vectors are of k rows of width values, of which value d is the
// intercept and those behind it are 0.
type softmax struct {
	ctx      context.Context
	x        *Matrix
	rows     []int
	class    []int // of rows
	k        int   // weight vectors
	d, width int
	scaling  *scaling // nil: values as they are

	team   *f32.Team
	ws     *f32.Workspace
	tile   []float32 // [softmaxTile][width]
	z      []float32 // [softmaxTile][packed.Cols], scores
	rest   []float32 // [softmaxTile][k], p - y
	lines  []onLine  // of the rows of a tile
	packed *f32.Matrix
	sum    []float32 // [k][width], of a tile
	gram   []float32 // [width][width]; nil: not computed yet
	passes int
	at     []int32
	w      []float64
	short  []float32 // w in single precision
	kept   *kept     // nil: of more rows than there is room for
	all    []float32 // [rows][width], all tiles; nil: likewise
	filled int       // rows of them that are there
}

const (
	softmaxTile = 512     // rows at a time
	littleWork  = 4 << 20 // multiply-adds of a product that several threads would only wait in
)

// trainSoftmax is TrainPath for the softmax loss.
func trainSoftmax(ctx context.Context, p Problem, rows []int, options []Options) (models []*Model, all []Stats, err error) {
	start := time.Now()
	s, err := newSoftmax(ctx, p, rows, options[0])
	if err != nil {
		return nil, nil, err
	}
	defer s.team.Close()
	models, all = make([]*Model, len(options)), make([]Stats, len(options))
	for _, i := range upwards(options) {
		end, err := s.minimise(options[i])
		if err != nil {
			return nil, nil, fmt.Errorf("svm: training %d classes on %d rows: %w", len(p.Y), len(rows), err)
		}
		models[i], all[i] = s.model(len(p.Y)), Stats{Classes: s.stats(len(p.Y), end), elapsed: time.Since(start)}
	}
	return models, all, nil
}

func newSoftmax(ctx context.Context, p Problem, rows []int, o Options) (*softmax, error) {
	s := &softmax{ctx: ctx, x: &p.X, d: p.X.D, k: len(p.Y)}
	if s.k == 2 {
		s.k = 1
	}
	for _, r := range rows {
		class, err := p.classOf(r)
		if err != nil {
			return nil, err
		}
		if class >= 0 {
			s.rows, s.class = append(s.rows, r), append(s.class, class)
		}
	}
	if len(s.rows) == 0 || len(p.Y) < 2 {
		return nil, fmt.Errorf("svm: %d rows of %d classes: the softmax loss tells at least two apart", len(s.rows), len(p.Y))
	}
	const longest = 256 // values that are multiplied at a time
	parts := (s.d + longest) / longest
	chunk := f32.Pad((s.d + parts) / parts)
	s.width = parts * chunk
	threads := o.Threads
	if len(s.rows)*s.width*s.k < littleWork {
		threads = 1
	}
	s.team = f32.NewTeam(threads)
	s.team.StopOn(ctx.Done())
	s.ws = f32.NewWorkspace(s.team)
	s.packed = f32.NewMatrix(s.width, chunk, s.k, nil, false)
	s.tile, s.z = f32.Make(softmaxTile*s.width), f32.Make(softmaxTile*s.packed.Cols)
	s.rest, s.sum = f32.Make(softmaxTile*s.k), f32.Make(s.k*s.width)
	s.lines = make([]onLine, softmaxTile)
	s.w, s.short = make([]float64, s.k*s.width), make([]float32, s.k*s.width)
	s.at = make([]int32, s.width)
	for i := range s.at {
		s.at[i] = int32(i)
	}
	if o.Standardise {
		if err := s.standardise(); err != nil {
			s.team.Close()
			return nil, err
		}
	}
	s.keep()
	return s, nil
}

// classOf is the one class of a row, -1 where nothing is known of it.
func (p Problem) classOf(r int) (int, error) {
	class, known := -1, false
	for k, y := range p.Y {
		known = known || y[r] != 0
		switch {
		case y[r] > 0 && class >= 0:
			return 0, fmt.Errorf("svm: row %d is of class %d and of class %d; the softmax loss wants one class a row: logistic takes several", r, class, k)
		case y[r] > 0:
			class = k
		}
	}
	if known && class < 0 {
		return 0, fmt.Errorf("svm: row %d is of none of the classes; the softmax loss wants one class a row: leave it out", r)
	}
	return class, nil
}

// each does pieces 0 to n-1 on the team; pieces may read mapped files.
func (s *softmax) each(n int, do func(i int)) error {
	if err := s.team.Try(n, func(i int) error { do(i); return nil }); err != nil {
		return err
	}
	return s.ctx.Err()
}

// tiles calls do for each tile of rows, which then stand in s.tile: n of them from first on.
func (s *softmax) tiles(do func(first, n int) error) error {
	const piece = 8
	for first := 0; first < len(s.rows); first += softmaxTile {
		n := min(softmaxTile, len(s.rows)-first)
		if s.all != nil {
			s.tile = s.all[first*s.width : (first+n)*s.width]
			if first < s.filled {
				if err := do(first, n); err != nil {
					return err
				}
				continue
			}
			s.filled = first + n
		}
		s.x.soon(s.rows, first, softmaxTile)
		if err := s.each((n+piece-1)/piece, func(p int) {
			var v vector
			for i := p * piece; i < min(n, (p+1)*piece); i++ {
				v = s.x.row(s.rows[first+i], v)
				s.single(v, s.tile[i*s.width:(i+1)*s.width])
			}
		}); err != nil {
			return err
		}
		if err := do(first, n); err != nil {
			return err
		}
	}
	return nil
}

// single writes a row with its constant in single precision.
func (s *softmax) single(v vector, dst []float32) {
	for _, p := range v {
		to := dst[p.at : p.at+len(p.x)]
		if p.scale == 1 {
			copy(to, p.x)
			continue
		}
		for i, x := range p.x {
			to[i] = float32(p.scale * float64(x))
		}
	}
	s.scaling.apply(dst[:s.d])
	dst[s.d] = 1
}

// value computes f and its gradient at w, and the mean curvature of the rows.
func (s *softmax) value(c float64, w, grad []float64) (f, curve float64, err error) {
	s.pack(w)
	clear(grad)
	if s.kept != nil {
		s.kept.since = 0
	}
	var sum onLine
	err = s.tiles(func(first, n int) error {
		z, rest := s.room(first)
		s.packed.Run(s.ws, n, s.tile, z)
		if err := s.residuals(first, n, z, nil, 0, rest, &sum); err != nil {
			return err
		}
		return s.slope(n, rest, grad)
	})
	return c*sum.loss + s.regularise(c, w, grad)/2, sum.curve / float64(len(s.rows)*s.k), err
}

// pack makes a vector ready for the product with rows.
func (s *softmax) pack(w []float64) {
	for i, v := range w {
		s.short[i] = float32(v)
	}
	for panel := 0; panel*f32.Lanes < s.k; panel++ {
		var of [][]float32
		for k := panel * f32.Lanes; k < min(s.k, (panel+1)*f32.Lanes); k++ {
			of = append(of, s.short[k*s.width:(k+1)*s.width])
		}
		s.packed.Set(panel, of, s.at)
	}
}

// slope adds what the n rows of the tile, with p - y, have in the gradient of the losses.
func (s *softmax) slope(n int, rest []float32, grad []float64) error {
	clear(s.sum)
	f32.Outer(s.ws, n, s.k, s.width, rest, s.k, s.tile, s.width, s.sum, s.width, false)
	return s.each(s.k, func(k int) {
		for d, v := range s.sum[k*s.width : (k+1)*s.width] {
			grad[k*s.width+d] += float64(v)
		}
	})
}

// regularise makes the gradient of f of that of the losses, counts the evaluation, and returns ‖w‖².
func (s *softmax) regularise(c float64, w, grad []float64) (square float64) {
	s.passes++
	for k := range s.k {
		row := w[k*s.width : k*s.width+s.d]
		square += dot64(row, row)
		g := grad[k*s.width : (k+1)*s.width]
		for d := range g {
			g[d] *= c
		}
		for d, v := range row {
			g[d] += v
		}
	}
	return square
}

// onLine is what rows have on the line z + t·a: their losses, curvatures Σ_k p_k (1 - p_k), and derivatives by t.
type onLine struct{ loss, curve, first, second float64 }

// residuals turns the scores z + t·along of n rows, z alone where along is nil, into p - y, and adds to the sum.
func (s *softmax) residuals(first, n int, z, along []float32, t float64, rest []float32, sum *onLine) error {
	const piece = 16
	err := s.each((n+piece-1)/piece, func(p int) {
		e := make([]float64, s.k)
		for i := p * piece; i < min(n, (p+1)*piece); i++ {
			var a []float32
			if along != nil {
				a = along[i*s.packed.Cols:][:s.k]
			}
			s.lines[i] = residual(z[i*s.packed.Cols:][:s.k], a, t, e, rest[i*s.k:][:s.k], s.class[first+i])
		}
	})
	for _, l := range s.lines[:n] {
		sum.loss += l.loss
		sum.curve += l.curve
		sum.first += l.first
		sum.second += l.second
	}
	return err
}

// residual writes p - y of one row, given its scores z + t·along; of one score, that of the second class less that of
// the first.
func residual(z, along []float32, t float64, e []float64, rest []float32, class int) (l onLine) {
	e = e[:len(z)]
	top := math.Inf(-1)
	if along == nil {
		for k, v := range z {
			e[k] = float64(v)
			top = max(top, e[k])
		}
	} else {
		along = along[:len(z)]
		for k, v := range z {
			e[k] = float64(v) + float64(t*float64(along[k]))
			top = max(top, e[k])
		}
	}
	at, own, sum := class, 0.0, 0.0
	if len(z) == 1 {
		top, at = max(0, top), class-1
		sum = exp(-top)
	}
	if at >= 0 {
		own = e[at]
	}
	sum += exps(e, top)
	share, squares := 1/sum, 0.0
	rest = rest[:len(e)]
	for k, v := range e {
		p := v * share
		e[k], rest[k] = p, float32(p)
		l.curve += p
		squares += float64(p * p)
	}
	l.curve -= squares
	if along != nil {
		for k, a := range along {
			moved := float64(e[k] * float64(a))
			l.first += moved
			l.second += float64(moved * float64(a))
		}
		l.second -= float64(l.first * l.first)
	}
	if at >= 0 {
		rest[at] = float32(e[at] - 1)
		if along != nil {
			l.first -= float64(along[at])
		}
	}
	l.loss = math.Log(sum) + top - own
	return l
}

// The parts of log 2, and the coefficients of e^x about 0, the highest power first.
const high, low = 0.693147180369123816490, 1.90821492927058770002e-10

var powers = [...]float64{1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1}

// exp is e^x for x ≤ 0 within 1e-9 of its value, with the same bits on all processors; below -700 it is 0.
func exp(x float64) float64 {
	if !(x > -700) {
		return 0
	}
	n := int(x*math.Log2E - 0.5)
	k := float64(n)
	r := float64(x-float64(k*high)) - float64(k*low)
	p := powers[0]
	for _, c := range powers[1:] {
		p = float64(p*r) + c
	}
	return p * math.Float64frombits(uint64(1023+n)<<52)
}

// exps replaces each of x by the exp of what it is less than top, and returns their sum: four at a time, none of which
// waits for another.
func exps(x []float64, top float64) float64 {
	var s0, s1, s2, s3 float64
	for ; len(x) >= 4; x = x[4:] {
		x0, x1, x2, x3 := x[0]-top, x[1]-top, x[2]-top, x[3]-top
		if !(x0 > -700 && x1 > -700 && x2 > -700 && x3 > -700) {
			x[0], x[1], x[2], x[3] = exp(x0), exp(x1), exp(x2), exp(x3)
		} else {
			n0, n1, n2, n3 := int(x0*math.Log2E-0.5), int(x1*math.Log2E-0.5), int(x2*math.Log2E-0.5), int(x3*math.Log2E-0.5)
			k0, k1, k2, k3 := float64(n0), float64(n1), float64(n2), float64(n3)
			r0 := float64(x0-float64(k0*high)) - float64(k0*low)
			r1 := float64(x1-float64(k1*high)) - float64(k1*low)
			r2 := float64(x2-float64(k2*high)) - float64(k2*low)
			r3 := float64(x3-float64(k3*high)) - float64(k3*low)
			p0, p1, p2, p3 := powers[0], powers[0], powers[0], powers[0]
			for _, c := range powers[1:] {
				p0, p1, p2, p3 = float64(p0*r0)+c, float64(p1*r1)+c, float64(p2*r2)+c, float64(p3*r3)+c
			}
			x[0] = p0 * math.Float64frombits(uint64(1023+n0)<<52)
			x[1] = p1 * math.Float64frombits(uint64(1023+n1)<<52)
			x[2] = p2 * math.Float64frombits(uint64(1023+n2)<<52)
			x[3] = p3 * math.Float64frombits(uint64(1023+n3)<<52)
		}
		s0, s1, s2, s3 = s0+x[0], s1+x[1], s2+x[2], s3+x[3]
	}
	for i, v := range x {
		x[i] = exp(v - top)
		s0 += x[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// model is what the weights are for rows as they are given.
func (s *softmax) model(classes int) *Model {
	m := &Model{D: s.d, Weights: make([][]float64, classes), Bias: make([]float64, classes)}
	for k := range s.k {
		w, b := s.scaling.undone(s.w[k*s.width:k*s.width+s.d], s.w[k*s.width+s.d])
		m.Weights[k], m.Bias[k] = w, b
	}
	if s.k < classes { // two, of which the second stands in the first's place
		w, b := m.Weights[0], m.Bias[0]
		m.Weights[0], m.Weights[1] = make([]float64, s.d), make([]float64, s.d)
		for d, v := range w {
			m.Weights[0][d], m.Weights[1][d] = -v/2, v/2
		}
		m.Bias[0], m.Bias[1] = -b/2, b/2
	}
	return m
}

// stats are the same for all classes but for their numbers of rows.
func (s *softmax) stats(classes int, end ending) []ClassStats {
	all := make([]ClassStats, classes)
	for k := range all {
		all[k] = ClassStats{
			Rows: len(s.rows), SupportVectors: len(s.rows), Primal: end.f, Dual: end.f - end.bound, Gap: end.bound,
			Violation: math.Sqrt(end.bound / end.f), Iterations: end.passes, Converged: end.converged,
		}
	}
	for _, k := range s.class {
		all[k].Positives++
	}
	return all
}
