package svm

import (
	"context"
	"fmt"
	"math"
	"time"

	"fc7/internal/f32"
	"fc7/internal/few"
)

// Squared hinge and logistic loss have a gradient, so that many classes of a table larger than memory can be solved by
// a method that goes through it from the first row to the last: one pass values and differentiates f of all classes at
// once, by two matrix products in single precision (see softmax.go, whose tiles and first guess M these are). Each
// class has an L-BFGS and a line search of its own; those that are done leave. At w = 0, where all rows have the same
// curvature, the first step is Newton's.
//
// The end is that of descent. Of the squared hinge a pass gives α_i = 2 C_i ξ_i and Σ α_i y_i x_i = w - ∇f, whose
// margins another pass looks at (audit): the model is w - ∇f, with the violation and the gap of these α. What single
// precision cannot bring there is left to descent in blocks.

const (
	batchPairs = 10  // of L-BFGS, of each class
	batchTries = 20  // lengths of a step
	looked     = 2.0 // times the tolerance is the bound of the violation at which an audit looks
)

// column is the state of one class. Vectors have width values, of which value d is the weight of the appended constant.
type column struct {
	k                           int
	rows, positives             int
	w, grad, next, gNext, dir   []float64
	f, fNext, curve, curveNext  float64
	slope, length               float64
	pairs                       []pair
	begun, looks, done, stalled bool
	look                        float64 // bound of the violation at which it is audited
	tries, passes, steps        int
	sum                         auditSum
	model                       []float64
	stats                       ClassStats
}

// batch is some classes that are solved in step.
type batch struct {
	*softmax // the reader of tiles; of what it knows of the softmax loss nothing is used
	p        Problem
	o        Options
	chunk    int
	largest  float64 // of ‖x‖², with the appended constant
	all      []*column
	inverse  *factor
	plain    bool      // without M
	evals    []*column // whose value at next a pass computes
	audits   []*column // which it looks at
	sums     [][]auditSum
	curves   [][]float64
	told     *progress
	began    time.Time
	took     time.Duration // of the passes at this cost
	made     int           // of them
}

func newBatch(ctx context.Context, p Problem, rows []int, norms []float64, o Options, first, last int) *batch {
	b := &batch{p: p, o: o, softmax: &softmax{ctx: ctx, x: &p.X, d: p.X.D, rows: rows}}
	const longest = 256
	parts := (b.d + longest) / longest
	b.chunk = f32.Pad((b.d + parts) / parts)
	b.width = parts * b.chunk
	b.k = last - first
	b.team = f32.NewTeam(o.Threads)
	b.team.StopOn(ctx.Done())
	b.ws = f32.NewWorkspace(b.team)
	b.tile = f32.Make(softmaxTile * b.width)
	b.at = make([]int32, b.width)
	for i := range b.at {
		b.at[i] = int32(i)
	}
	for _, v := range norms {
		b.largest = max(b.largest, v+float64(o.Bias*o.Bias))
	}
	for k := first; k < last; k++ {
		c := &column{k: k}
		v := make([]float64, 5*b.width)
		for i, to := range []*[]float64{&c.w, &c.grad, &c.next, &c.gNext, &c.dir} {
			*to = v[i*b.width : (i+1)*b.width]
		}
		for _, r := range rows {
			if y := p.Y[k][r]; y != 0 {
				c.rows++
				if y > 0 {
					c.positives++
				}
			}
		}
		b.all = append(b.all, c)
	}
	return b
}

// solve brings the classes to the tolerance at a cost, from where they stand.
func (b *batch) solve(o Options) error {
	b.o, b.took, b.made = o, 0, 0
	for _, c := range b.all {
		*c = column{k: c.k, rows: c.rows, positives: c.positives, w: c.w, grad: c.grad, next: c.next, gNext: c.gNext, dir: c.dir, look: looked * o.Epsilon}
		copy(c.next, c.w)
	}
	if err := b.foresee(); err != nil {
		return err
	}
	for _, c := range b.all {
		c.passes = 0
	}
	for {
		b.evals, b.audits = nil, nil
		for _, c := range b.all {
			switch {
			case c.done:
			case c.looks:
				b.audits = append(b.audits, c)
			default:
				b.evals = append(b.evals, c)
			}
		}
		if len(b.evals)+len(b.audits) == 0 {
			return nil
		}
		b.began = time.Now()
		if err := b.pass(); err != nil {
			return err
		}
		b.refine()
		for _, c := range b.audits {
			b.judge(c)
		}
		var turned []*column // want another direction
		for _, c := range b.evals {
			if b.stepped(c) {
				turned = append(turned, c)
			}
		}
		if err := b.turn(turned); err != nil {
			return err
		}
	}
}

const (
	expected = 45               // passes: 47 were measured, for 40,000 rows of 100 classes
	sample   = 8 * softmaxTile  // rows by which the time of a pass is measured before the first
	told     = 10 * time.Second // is what is left of the work where that is told
)

// foresee tells how long the passes may take, by the first rows of one.
func (b *batch) foresee() error {
	all := b.rows
	if len(all) < 4*sample || b.told == nil {
		return nil
	}
	b.evals, b.audits = b.all, nil
	b.rows = all[:sample]
	began := time.Now()
	err := b.pass()
	b.rows = all
	pass := time.Duration(float64(time.Since(began)) * float64(len(all)) / sample)
	if rest := pass * expected; rest > told && err == nil {
		b.told.say("about %s for %s: %d passes of %s, by the first %d rows", seconds(rest), few.Count(len(b.all), "class"), expected, seconds(pass), sample)
	}
	return err
}

// refine tells how long the rest may take, after the first pass and whenever a tenth of the passes is done.
func (b *batch) refine() {
	b.made++
	b.took += time.Since(b.began)
	left := max(2, expected-b.made)
	if live := len(b.evals) + len(b.audits); live < len(b.all) {
		left = min(left, 2+expected/4*live/len(b.all))
	}
	if rest := b.took / time.Duration(b.made) * time.Duration(left); rest > told && (b.made == 1 || b.made%(expected/9) == 0) {
		b.told.say("pass %d took %s; about %s for the other passes of %s", b.made, seconds(b.took/time.Duration(b.made)), seconds(rest), few.Count(len(b.all), "class"))
	}
}

// pass goes through the rows for all classes that are not done.
func (b *batch) pass() error {
	e, cols := len(b.evals), len(b.evals)+2*len(b.audits)
	b.packed = f32.NewMatrix(b.width, b.chunk, cols, nil, false)
	b.z, b.rest, b.sum = f32.Make(softmaxTile*b.packed.Cols), f32.Make(softmaxTile*max(1, e)), f32.Make(max(1, e)*b.width)
	vectors := make([][]float32, cols)
	for i, c := range b.evals {
		vectors[i] = b.single32(c.next, nil)
		clear(c.gNext)
	}
	for i, c := range b.audits {
		vectors[e+2*i], vectors[e+2*i+1] = b.single32(c.w, nil), b.single32(c.w, c.grad)
	}
	for panel := 0; panel*f32.Lanes < cols; panel++ {
		b.packed.Set(panel, vectors[panel*f32.Lanes:min(cols, (panel+1)*f32.Lanes)], b.at)
	}
	total, curve := newSums(e+len(b.audits)), make([]float64, e)
	err := b.tiles(func(first, n int) error {
		b.packed.Run(b.ws, n, b.tile, b.z)
		if err := b.residuals(first, n); err != nil {
			return err
		}
		for p := range (n + batchPiece - 1) / batchPiece {
			for i := range total {
				total[i].join(&b.sums[p][i])
			}
			for i := range curve {
				curve[i] += b.curves[p][i]
			}
		}
		if e == 0 {
			return nil
		}
		clear(b.sum)
		f32.Outer(b.ws, n, e, b.width, b.rest, e, b.tile, b.width, b.sum, b.width, false)
		return b.each(e, func(i int) {
			to := b.evals[i].gNext
			for d, v := range b.sum[i*b.width : (i+1)*b.width] {
				to[d] += float64(v)
			}
		})
	})
	for i, c := range b.evals {
		c.gNext[b.d] *= b.o.Bias
		for d := b.d + 1; d < b.width; d++ {
			c.gNext[d] = 0
		}
		for d, v := range c.next {
			c.gNext[d] += v
		}
		c.fNext = dot64(c.next, c.next)/2 + total[i].loss
		c.curveNext = curve[i] / float64(max(1, c.rows))
		c.passes++
	}
	for i, c := range b.audits {
		c.sum = total[e+i]
		c.passes++
	}
	return err
}

// single32 is w - less as it multiplies rows with a constant of 1.
func (b *batch) single32(w, less []float64) []float32 {
	v := make([]float32, b.width)
	for d, x := range w {
		if less != nil {
			x -= less[d]
		}
		if d == b.d {
			x *= b.o.Bias
		}
		v[d] = float32(x)
	}
	return v
}

const batchPiece = 16 // rows

func newSums(n int) []auditSum {
	s := make([]auditSum, n)
	for i := range s {
		s[i].high, s[i].low = math.Inf(-1), math.Inf(1)
	}
	return s
}

// join adds what other rows came to.
func (s *auditSum) join(o *auditSum) {
	s.loss, s.dual = s.loss+o.loss, s.dual+o.dual
	s.high, s.low = max(s.high, o.high), min(s.low, o.low)
	s.support += o.support
}

// residuals turns the scores of a tile into what the gradients are made of, and sums losses, curvatures and audits.
func (b *batch) residuals(first, n int) error {
	e := len(b.evals)
	pieces := (n + batchPiece - 1) / batchPiece
	b.sums, b.curves = make([][]auditSum, pieces), make([][]float64, pieces)
	return b.softmax.each(pieces, func(p int) {
		sums, curves := newSums(e+len(b.audits)), make([]float64, e)
		for i := p * batchPiece; i < min(n, (p+1)*batchPiece); i++ {
			r, z, rest := b.rows[first+i], b.z[i*b.packed.Cols:], b.rest[i*e:(i+1)*e]
			for j, c := range b.evals {
				y := b.p.Y[c.k][r]
				loss, slope, curve := b.o.lossAt(y, float64(z[j]))
				sums[j].loss += loss
				curves[j] += curve
				rest[j] = float32(slope)
			}
			for j, c := range b.audits {
				if y := b.p.Y[c.k][r]; y != 0 {
					_, slope, _ := b.o.lossAt(y, float64(z[e+2*j]))
					sums[e+j].add(b.o, &cell{alpha: math.Abs(slope), y: y}, float64(y)*float64(z[e+2*j+1]))
				}
			}
		}
		b.sums[p], b.curves[p] = sums, curves
	})
}

// lossAt is what a row costs at a score, with its first and second derivative.
func (o Options) lossAt(y int8, score float64) (loss, slope, curve float64) {
	if y == 0 {
		return 0, 0, 0
	}
	cost, sign := o.cost(y), float64(y)
	m := sign * score
	if o.Loss == Logistic {
		p := sigmoid(-m)
		return cost * softplus(-m), -cost * p * sign, cost * p * (1 - p)
	}
	slack := 1 - m
	if slack <= 0 {
		return 0, 0, 0
	}
	return cost * slack * slack, -2 * cost * slack * sign, 2 * cost
}

// stepped looks at what came of the step to next, and tells whether the class wants another direction.
func (b *batch) stepped(c *column) bool {
	fell := !c.begun && !math.IsInf(c.fNext, 0) && !math.IsNaN(c.fNext)
	if c.begun {
		fell = c.fNext <= c.f+armijo*c.length*c.slope
		if !fell && math.Abs(c.fNext-c.f) <= flatness*math.Abs(c.f) { // the slope tells better
			fell = math.Abs(dot64(c.gNext, c.dir)) <= 0.9*math.Abs(c.slope)
		}
	}
	switch {
	case fell:
		if c.begun {
			c.remember()
			c.steps++
		}
		c.begun, c.tries = true, 0
		c.f, c.curve = c.fNext, c.curveNext
		c.w, c.next = c.next, c.w
		c.grad, c.gNext = c.gNext, c.grad
		return !b.near(c) && c.passes < b.o.MaxIterations
	case !c.begun || c.tries == batchTries || c.passes >= b.o.MaxIterations:
		c.tries = 0
		return b.stuck(c)
	}
	c.tries++
	shorter := -c.slope * c.length / (2 * (c.fNext - c.f - c.length*c.slope)) // of the parabola through both
	if !(shorter >= 0.1) {
		shorter = 0.1
	}
	c.length *= min(shorter, 0.5)
	c.place()
	return false
}

func (c *column) place() {
	for d, v := range c.dir {
		c.next[d] = c.w[d] + float64(c.length*v)
	}
}

// near notes that a class may be at its end, which an audit tells.
func (b *batch) near(c *column) bool {
	square := dot64(c.grad, c.grad)
	if b.o.Loss == Logistic {
		if c.done = square/2 <= b.o.Epsilon*b.o.Epsilon*c.f; c.done {
			b.finish(c)
		}
		return c.done
	}
	c.looks = math.Sqrt(square*b.largest) <= c.look || c.passes >= b.o.MaxIterations
	return c.looks
}

// stuck is where no step lowers f: it starts anew down the slope, or ends.
func (b *batch) stuck(c *column) bool {
	if len(c.pairs) > 0 && c.passes < b.o.MaxIterations {
		c.pairs = nil
		return true
	}
	c.stalled = true
	if !c.begun || b.o.Loss == Logistic {
		c.done = true
		b.finish(c)
		return false
	}
	c.looks = true
	return false
}

// judge takes the audit of a class, which ends or goes on.
func (b *batch) judge(c *column) {
	b.finish(c)
	c.looks = false
	if c.done = c.stats.Converged || c.stalled || c.passes >= b.o.MaxIterations; c.done {
		return
	}
	c.look = math.Sqrt(dot64(c.grad, c.grad)*b.largest) * min(0.7, 0.7*b.o.Epsilon/c.stats.Violation)
	b.direct([]*column{c})
}

// finish writes model and statistics.
func (b *batch) finish(c *column) {
	if b.o.Loss == Logistic {
		gap := dot64(c.grad, c.grad) / 2
		c.model = append([]float64(nil), c.w...)
		c.stats = ClassStats{Rows: c.rows, Positives: c.positives, SupportVectors: c.rows, Primal: c.f, Dual: c.f - gap, Gap: gap, Iterations: c.passes, NewtonSteps: c.steps}
		if gap > 0 {
			c.stats.Violation = math.Sqrt(gap / c.f)
		}
		c.stats.Converged = c.begun && c.stats.Violation <= b.o.Epsilon
		return
	}
	c.model = make([]float64, b.width)
	for d := range c.model {
		c.model[d] = c.w[d] - c.grad[d]
	}
	c.stats = c.sum.stats(b.o, &class{w: c.model[:b.d], b: c.model[b.d], rows: c.rows, positives: c.positives, passes: c.passes})
}

// remember keeps the step to next.
func (c *column) remember() {
	p := pair{s: make([]float32, len(c.dir)), y: make([]float32, len(c.dir))}
	product := 0.0
	for i, v := range c.dir {
		p.s[i], p.y[i] = float32(c.length*v), float32(c.gNext[i]-c.grad[i])
		product += float64(float64(p.s[i]) * float64(p.y[i]))
	}
	if product > 0 {
		p.rho = 1 / product
		if len(c.pairs) == batchPairs {
			c.pairs = append([]pair(nil), c.pairs[1:]...)
		}
		c.pairs = append(c.pairs, p)
	}
}

// turn gives classes the direction of their next step.
func (b *batch) turn(turned []*column) error {
	if len(turned) == 0 {
		return nil
	}
	if err := b.precondition(turned); err != nil {
		return err
	}
	b.direct(turned)
	return b.ctx.Err()
}

// direct is the two loops of L-BFGS; the first guess multiplies the vectors of all classes together.
func (b *batch) direct(turned []*column) {
	along := make([][]float64, len(turned))
	b.team.Run(len(turned), f32.Pieces(func(_, i int) {
		c := turned[i]
		along[i] = make([]float64, len(c.pairs))
		copy(c.dir, c.grad)
		for n := len(c.pairs) - 1; n >= 0; n-- {
			p := &c.pairs[n]
			along[i][n] = p.rho * dot(p.s, c.dir)
			axpy(-along[i][n], p.y, c.dir)
		}
	}))
	b.guess(turned)
	b.team.Run(len(turned), f32.Pieces(func(_, i int) {
		c := turned[i]
		for n := range c.pairs {
			p := &c.pairs[n]
			axpy(along[i][n]-p.rho*dot(p.y, c.dir), p.s, c.dir)
		}
		for d := range c.dir {
			c.dir[d] = -c.dir[d]
		}
		if b.o.Bias == 0 {
			c.dir[b.d] = 0
		}
		c.slope, c.length = dot64(c.grad, c.dir), 1
		if !(c.slope < 0) {
			for d, v := range c.grad {
				c.dir[d] = -v
			}
			c.pairs, c.slope = nil, -dot64(c.grad, c.grad)
		}
		if len(c.pairs) == 0 && b.inverse == nil {
			c.length = min(1, 1/math.Sqrt(-c.slope))
		}
		c.place()
	}))
}

// guess multiplies directions with M's inverse, scaled so that it is right along the last step.
func (b *batch) guess(turned []*column) {
	n, w := len(turned), b.width
	changes, dirs := make([]float64, n*w), make([]float64, n*w)
	for i, c := range turned {
		copy(dirs[i*w:], c.dir)
		if last := len(c.pairs) - 1; last >= 0 {
			for d, v := range c.pairs[last].y {
				changes[i*w+d] = float64(v)
			}
		}
	}
	if b.inverse != nil {
		of := *b.softmax
		of.k = n
		b.inverse.apply(&of, changes)
		b.inverse.apply(&of, dirs)
	}
	for i, c := range turned {
		scale := 1.0
		if last := len(c.pairs) - 1; last >= 0 {
			if curve := dot(c.pairs[last].y, changes[i*w:(i+1)*w]); curve > 0 {
				scale = 1 / (c.pairs[last].rho * curve)
			}
		}
		for d := range c.dir {
			c.dir[d] = scale * dirs[i*w+d]
		}
	}
}

// precondition makes M where it pays and where there is none that fits the mean curvature of the classes.
func (b *batch) precondition(turned []*column) error {
	curve := 0.0
	for _, c := range turned {
		curve += c.curve / float64(len(turned))
	}
	if b.plain || !b.worth() || !(curve > 0) || math.IsInf(curve, 0) {
		return nil
	}
	if v := b.inverse; v != nil && curve > v.sigma/outgrown && curve < v.sigma*outgrown {
		return nil
	}
	if b.gram == nil {
		b.gram = f32.Make(b.width * b.width)
		if err := b.tiles(func(_, n int) error {
			f32.Outer(b.ws, n, b.width, b.width, b.tile, b.width, b.tile, b.width, b.gram, b.width, true)
			return b.ctx.Err()
		}); err != nil {
			return fmt.Errorf("products of columns: %w", err)
		}
		for i := range b.d + 1 { // the constant
			b.gram[i*b.width+b.d] *= float32(b.o.Bias)
		}
		b.gram[b.d*b.width+b.d] *= float32(b.o.Bias)
	}
	if b.inverse == nil {
		b.inverse = &factor{m: f32.Make(b.width * b.width), back: f32.Make(b.width * block), q: f32.Make(b.width * f32.Pad(len(b.all)))}
	}
	b.inverse.sigma = curve
	b.inverse.fill(b.softmax, curve)
	b.inverse.decompose(b.softmax)
	return b.ctx.Err()
}
