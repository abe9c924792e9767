package svm

import (
	"context"
	"math"
)

// Logistic regression has no kink, so Newton's method solves its primal from the start: Lin, Weng and Keerthi, "Trust
// region Newton method for logistic regression", JMLR 2008, with an exact line search in place of the trust region.
// With m_i = y_i wᵀx_i and σ(t) = 1/(1 + e^-t):
//
//	α_i = C_i σ(-m_i),   ∇f = w - Σ α_i y_i x_i,   H = 1 + Σ s_i x_i x_iᵀ,   s_i = C_i σ(m_i) σ(-m_i)
//	step      H d = -∇f by conjugate gradients, to a tenth of the gradient
//	length    the zero of φ'(t) = wᵀd + t dᵀd - Σ α_i(m_i + t y_i dᵀx_i) y_i dᵀx_i, which is increasing
//	end       ½‖∇f‖² ≤ ε² f(w)
//
// α_i is feasible in the dual, where by Fenchel and Young f(w) - g(α) = ½‖∇f(w)‖²: the end is a bound of the relative
// gap. All classes of a group go in step, so a row is read once for all of them; yet no class sees another's numbers.

const (
	logisticInner = 0.1 // residual of the conjugate gradients, relative to the gradient
	// logisticShort is up to which condition number Hessians are multiplied in single precision: the products steer the step only,
	// gradients are always computed in float64.
	logisticShort = 1e5
)

// logit is the Newton state of one class. Rows have an element each; vectors have D+1, the last for the appended
// constant.
type logit struct {
	c               *class
	j               int // its index in the group
	w, grad         []float64
	dir, res, conj  []float64
	hp              []float64
	short, shortOut []float32 // conj and hp in single precision; nil: double
	margin, along   []float64
	curve           []float64 // s_i
	loss            float64   // Σ C_i log(1 + e^-m_i)
	norm            float64   // ‖∇f‖
	square, bound   float64   // of the residual: now, and where conjugate gradients end
	inner, idle     bool
}

// logistic solves all classes of the group, started from their present weights.
func (g *group) logistic(ctx context.Context) error {
	all := make([]*logit, len(g.classes))
	for j := range all {
		all[j] = g.newLogit(j)
	}
	if err := g.logitProducts(ctx, all, func(l *logit) ([]float64, []float64) { return l.w, l.margin }); err != nil {
		return err
	}
	for {
		if err := g.logitGradients(ctx, all); err != nil {
			return err
		}
		var live []*logit
		for _, l := range all {
			if !l.end(g.o) {
				live = append(live, l)
			}
		}
		if all = live; len(all) == 0 {
			return nil
		}
		if err := g.logitDirections(ctx, all); err != nil {
			return err
		}
		if err := g.logitProducts(ctx, all, func(l *logit) ([]float64, []float64) { return l.dir, l.along }); err != nil {
			return err
		}
		for _, l := range all {
			l.move(g)
		}
	}
}

func (g *group) newLogit(j int) *logit {
	c := g.classes[j]
	size, rows := g.p.X.D+1, len(g.rows)
	vectors, perRow := make([]float64, 6*size), make([]float64, 3*rows)
	l := &logit{c: c, j: j}
	for i, v := range []*[]float64{&l.w, &l.grad, &l.dir, &l.res, &l.conj, &l.hp} {
		*v = vectors[i*size : (i+1)*size]
	}
	for i, v := range []*[]float64{&l.margin, &l.along, &l.curve} {
		*v = perRow[i*rows : (i+1)*rows]
	}
	copy(l.w, c.w)
	l.w[size-1] = c.b
	if condition := max(g.o.cost(1), g.o.cost(-1)) * float64(rows) * (g.largest + float64(g.o.Bias*g.o.Bias)) / 4; condition < logisticShort && g.modest {
		l.short, l.shortOut = make([]float32, g.p.X.D), make([]float32, g.p.X.D)
	}
	return l
}

// logitProducts sets out_i = y_i vᵀx_i for the vectors and outputs that of names.
func (g *group) logitProducts(ctx context.Context, all []*logit, of func(*logit) (v, out []float64)) error {
	if err := g.each(ctx, nil, func(i int, x vector) {
		for _, l := range all {
			if e := g.cell(i, l.j); e.y != 0 {
				v, out := of(l)
				out[i] = float64(e.y) * (x.dot(v) + float64(g.o.Bias*v[len(v)-1]))
			}
		}
	}); err != nil {
		return err
	}
	for _, l := range all {
		l.c.passes++
	}
	return nil
}

// logitGradients sets α, s, ∇f and the loss at the present margins.
func (g *group) logitGradients(ctx context.Context, all []*logit) error {
	for _, l := range all {
		copy(l.grad, l.w)
		l.loss = 0
	}
	if err := g.each(ctx, nil, func(i int, x vector) {
		for _, l := range all {
			e := g.cell(i, l.j)
			if e.y == 0 {
				continue
			}
			cost := g.o.cost(e.y)
			p, q := sigmoid(-l.margin[i]), sigmoid(l.margin[i])
			e.alpha, l.curve[i] = cost*p, cost*p*q
			l.loss += float64(cost * softplus(-l.margin[i]))
			move := -e.alpha * float64(e.y)
			x.axpy(move, l.grad)
			l.grad[len(l.grad)-1] += float64(move * g.o.Bias)
		}
	}); err != nil {
		return err
	}
	for _, l := range all {
		l.c.passes++
	}
	return nil
}

// end writes the solution and its statistics, and tells whether the class is done.
func (l *logit) end(o Options) bool {
	c, before := l.c, l.norm
	half := dot64(l.w, l.w) / 2
	l.norm = math.Sqrt(dot64(l.grad, l.grad))
	t := ClassStats{
		Rows: c.rows, Positives: c.positives, SupportVectors: c.rows,
		Primal: half + l.loss, Gap: l.norm * l.norm / 2,
		Iterations: c.passes, NewtonSteps: c.newton,
	}
	t.Dual = t.Primal - t.Gap
	if t.Gap > 0 {
		t.Violation = math.Sqrt(t.Gap / t.Primal)
	}
	t.Converged = t.Violation <= o.Epsilon
	c.stats = t
	copy(c.w, l.w)
	c.b = l.w[len(l.w)-1]
	stalled := c.newton >= newtonStall && l.idle && l.norm >= before
	return t.Converged || stalled || c.passes >= o.MaxIterations || c.newton >= newtonSteps
}

// logitDirections solves H d = -∇f for all classes in step.
func (g *group) logitDirections(ctx context.Context, all []*logit) error {
	for _, l := range all {
		clear(l.dir)
		for d, v := range l.grad {
			l.res[d], l.conj[d] = -v, -v
		}
		l.square = l.norm * l.norm
		l.bound = logisticInner * logisticInner * l.square
		l.inner = true
	}
	for range newtonInner {
		if err := g.logitHessian(ctx, all); err != nil {
			return err
		}
		busy := false
		for _, l := range all {
			busy = l.advance() || busy
		}
		if !busy {
			return nil
		}
	}
	return nil
}

// advance takes one step of conjugate gradients, and tells whether another is needed.
func (l *logit) advance() bool {
	if !l.inner {
		return false
	}
	l.c.passes++
	curve := dot64(l.conj, l.hp)
	if !(curve > 0) || math.IsInf(curve, 0) {
		l.inner = false
		return false
	}
	a := l.square / curve
	for d, v := range l.conj {
		l.dir[d] += float64(a * v)
		l.res[d] -= float64(a * l.hp[d])
	}
	old := l.square
	l.square = dot64(l.res, l.res)
	for d, v := range l.res {
		l.conj[d] = v + float64(l.square/old*l.conj[d])
	}
	l.inner = l.square > l.bound
	return l.inner
}

// logitHessian sets hp = H conj for the classes that need it.
func (g *group) logitHessian(ctx context.Context, all []*logit) error {
	for _, l := range all {
		copy(l.hp, l.conj)
		for d := range l.short {
			l.short[d], l.shortOut[d] = float32(l.conj[d]), 0
		}
	}
	if err := g.each(ctx, nil, func(i int, x vector) {
		for _, l := range all {
			if l.inner && l.curve[i] > 0 {
				l.addCurve(x, l.curve[i], g.o.Bias)
			}
		}
	}); err != nil {
		return err
	}
	for _, l := range all {
		for d, v := range l.shortOut {
			l.hp[d] += float64(v)
		}
	}
	return nil
}

// addCurve adds s x xᵀ conj to the product.
func (l *logit) addCurve(x vector, s, bias float64) {
	end := len(l.conj) - 1
	last := float64(bias * l.conj[end])
	if l.short != nil {
		a := s * (x.shortDot(l.short) + last)
		x.shortAxpy(a, l.shortOut)
		l.hp[end] += float64(a * bias)
		return
	}
	a := s * (x.dot(l.conj) + last)
	x.axpy(a, l.hp)
	l.hp[end] += float64(a * bias)
}

// move goes to the least point of f along the direction.
func (l *logit) move(g *group) {
	wd, dd := dot64(l.w, l.dir), dot64(l.dir, l.dir)
	t := least(func(t float64) (first, second float64) {
		first, second = wd+float64(t*dd), dd
		for i, v := range l.along {
			y := g.cell(i, l.j).y
			if y == 0 || v == 0 {
				continue
			}
			m := l.margin[i] + float64(t*v)
			p, cost := sigmoid(-m), g.o.cost(y)
			first -= float64(cost * p * v)
			second += float64(cost * p * sigmoid(m) * v * v)
		}
		return first, second
	})
	l.idle = !(t > 0)
	for d, v := range l.dir {
		l.w[d] += float64(t * v)
	}
	for i, v := range l.along {
		l.margin[i] += float64(t * v)
	}
	l.c.newton++
}

// sigmoid returns 1/(1 + e^-t) without overflow, exact to the last bits in both tails.
func sigmoid(t float64) float64 {
	if t >= 0 {
		return 1 / (1 + math.Exp(-t))
	}
	e := math.Exp(t)
	return e / (1 + e)
}

// softplus returns log(1 + e^t) without overflow.
func softplus(t float64) float64 { return max(t, 0) + math.Log1p(math.Exp(-math.Abs(t))) }
