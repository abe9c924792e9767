package svm

import (
	"context"
	"math"
)

// Newton's method finishes what descent left. It minimises, over w (the weight of the appended constant included),
//
//	F(w) = ½ wᵀw + Σ_i φ_i(m_i),   m_i = y_i wᵀx_i,   φ_i'(m) = -α_i(m),   α_i(m) = min(max(a_i + s_i (1 - m), 0), u_i)
//
// which is the primal of the squared hinge for a_i = 0, s_i = 2 C_i, u_i = ∞, and a step of the method of multipliers
// for the hinge (multipliers.go) for a_i = the multiplier of the step before, u_i = C_i. F is piecewise quadratic:
//
//	gradient   ∇F = w - Σ α_i(m_i) y_i x_i
//	Hessian    H  = 1 + Σ_I s_i x_i x_iᵀ,   I = {i: α_i(m_i) strictly between its bounds}
//	step       H d = -∇F by conjugate gradients, with the diagonal of H as preconditioner
//	length     the exact minimum of F(w + td): the zero of an increasing, piecewise linear function of t
//
// Where I no longer changes the next step is exact. What is kept is α and w' = Σ α_i y_i x_i = w - ∇F.

const (
	newtonSteps = 200 // far above the 5 to 40 that problems take
	newtonStall = 5   // steps in a row that lower F by less than newtonFall of it: rounding is all that is left
	newtonFall  = 1e-14
	newtonInner = 10000 // conjugate gradient steps for one step, at most
)

// newton is the state of one class. Slices named after rows have an element for each labelled row; vectors have D+1
// elements, the last for the appended constant.
type newton struct {
	g                 *group
	c                 *class
	cells             []*cell
	at                []int32 // of each row of the group, its place in cells; below 0: it has no label
	bias              float64
	base, scale       []float64 // a_i and s_i
	upper             []float64 // u_i
	margin            []float64 // m_i
	along             []float64 // y_i dᵀx_i
	weights, grad     []float64
	target            float64 // ‖∇F‖ at which the violation that it causes is within a quarter of the tolerance
	diagonal          []float64
	dir, res, pre, hp []float64 // of conjugate gradients
	conj              []float64
}

func newNewton(g *group, j int) *newton {
	c := g.classes[j]
	n := &newton{g: g, c: c, bias: g.o.Bias}
	largest := 0.0
	for i := range g.rows {
		e := g.cell(i, j)
		if e.y == 0 {
			n.at = append(n.at, -1)
			continue
		}
		_, upper := g.o.dual(e.y)
		n.at = append(n.at, int32(len(n.cells)))
		n.cells = append(n.cells, e)
		n.upper = append(n.upper, upper)
		largest = max(largest, g.norms[i]+float64(n.bias*n.bias))
	}
	rows := make([]float64, 4*len(n.cells))
	for i, v := range []*[]float64{&n.base, &n.scale, &n.margin, &n.along} {
		*v = rows[i*len(n.cells) : (i+1)*len(n.cells)]
	}
	size := g.p.X.D + 1
	vectors := make([]float64, 8*size)
	for i, v := range []*[]float64{&n.weights, &n.grad, &n.diagonal, &n.dir, &n.res, &n.pre, &n.hp, &n.conj} {
		*v = vectors[i*size : (i+1)*size]
	}
	copy(n.weights, c.w)
	n.weights[size-1] = c.b
	// Projected gradients move by x_iᵀ∇F at most.
	n.target = g.o.Epsilon / (8 * math.Sqrt(max(largest, math.SmallestNonzeroFloat32)))
	return n
}

// minimise takes Newton steps until ‖∇F‖ is at the target or F no longer falls.
func (n *newton) minimise(ctx context.Context) error {
	if err := n.products(ctx, n.weights, n.margin); err != nil {
		return err
	}
	before, stalled := math.Inf(1), 0
	for range newtonSteps {
		value, err := n.gradient(ctx)
		if err != nil {
			return err
		}
		norm := math.Sqrt(dot64(n.grad, n.grad))
		if stalled++; before-value > newtonFall*math.Abs(value) {
			stalled = 0
		}
		before = value
		if norm <= n.target || stalled >= newtonStall {
			return nil
		}
		if err := n.direction(ctx, max(n.target/4, 1e-3*norm)); err != nil {
			return err
		}
		if err := n.products(ctx, n.dir, n.along); err != nil {
			return err
		}
		t := n.length(dot64(n.weights, n.dir), dot64(n.dir, n.dir))
		if !(t > 0) {
			return nil
		}
		for d := range n.weights {
			n.weights[d] += float64(t * n.dir[d])
		}
		for i := range n.margin {
			n.margin[i] += float64(t * n.along[i])
		}
		n.c.newton++
	}
	return nil
}

// alpha returns α_i at a margin, and whether it is strictly between its bounds.
func (n *newton) alpha(i int, margin float64) (a float64, free bool) {
	a = n.base[i] + float64(n.scale[i]*(1-margin))
	switch {
	case a <= 0:
		return 0, false
	case a >= n.upper[i]:
		return n.upper[i], false
	}
	return a, true
}

// products sets out_i = y_i vᵀx_i.
func (n *newton) products(ctx context.Context, v, out []float64) error {
	last := float64(n.bias * v[len(v)-1])
	return n.each(ctx, func(i int, x vector) {
		out[i] = float64(n.cells[i].y) * (x.dot(v) + last)
	})
}

// each calls do for each labelled row.
func (n *newton) each(ctx context.Context, do func(i int, x vector)) error {
	return n.g.each(ctx, nil, func(r int, x vector) {
		if i := n.at[r]; i >= 0 {
			do(int(i), x)
		}
	})
}

func (n *newton) add(a float64, x vector, v []float64) {
	x.axpy(a, v)
	v[len(v)-1] += float64(a * n.bias)
}

// gradient sets ∇F and returns F but for a constant.
func (n *newton) gradient(ctx context.Context) (value float64, err error) {
	copy(n.grad, n.weights)
	value = dot64(n.weights, n.weights) / 2
	err = n.each(ctx, func(i int, x vector) {
		a, _ := n.alpha(i, n.margin[i])
		if a > 0 {
			raw := n.base[i] + float64(n.scale[i]*(1-n.margin[i]))
			value += (raw - a/2) * a / n.scale[i]
			n.add(-a*float64(n.cells[i].y), x, n.grad)
		}
	})
	return value, err
}

// hessian sets out = H v.
func (n *newton) hessian(ctx context.Context, v, out []float64) error {
	copy(out, v)
	last := float64(n.bias * v[len(v)-1])
	return n.each(ctx, func(i int, x vector) {
		if _, free := n.alpha(i, n.margin[i]); free {
			n.add(n.scale[i]*(x.dot(v)+last), x, out)
		}
	})
}

func (n *newton) setDiagonal(ctx context.Context) error {
	for d := range n.diagonal {
		n.diagonal[d] = 1
	}
	return n.each(ctx, func(i int, x vector) {
		if _, free := n.alpha(i, n.margin[i]); !free {
			return
		}
		x.addSquares(n.scale[i], n.diagonal)
		n.diagonal[len(n.diagonal)-1] += float64(n.scale[i] * n.bias * n.bias)
	})
}

// direction solves H d = -∇F by preconditioned conjugate gradients until the residual is at most bound.
func (n *newton) direction(ctx context.Context, bound float64) error {
	if err := n.setDiagonal(ctx); err != nil {
		return err
	}
	clear(n.dir)
	for d := range n.res {
		n.res[d] = -n.grad[d]
		n.pre[d] = n.res[d] / n.diagonal[d]
	}
	copy(n.conj, n.pre)
	rz := dot64(n.res, n.pre)
	for range newtonInner {
		if err := n.hessian(ctx, n.conj, n.hp); err != nil {
			return err
		}
		curve := dot64(n.conj, n.hp)
		if !(curve > 0) {
			return nil
		}
		a := rz / curve
		for d := range n.dir {
			n.dir[d] += float64(a * n.conj[d])
			n.res[d] -= float64(a * n.hp[d])
			n.pre[d] = n.res[d] / n.diagonal[d]
		}
		if dot64(n.res, n.res) <= bound*bound {
			return nil
		}
		old := rz
		rz = dot64(n.res, n.pre)
		for d := range n.conj {
			n.conj[d] = n.pre[d] + float64(rz/old*n.conj[d])
		}
	}
	return nil
}

// slope returns the first and second derivative of F(w + td) in t.
func (n *newton) slope(t, wd, dd float64) (first, second float64) {
	first, second = wd+float64(t*dd), dd
	for i, v := range n.along {
		a, free := n.alpha(i, n.margin[i]+float64(t*v))
		first -= float64(a * v)
		if free {
			second += float64(n.scale[i] * v * v)
		}
	}
	return first, second
}

// length returns the t > 0 at which F(w + td) is least, given wᵀd and dᵀd; 0 where F does not fall along d.
func (n *newton) length(wd, dd float64) float64 {
	return least(func(t float64) (float64, float64) { return n.slope(t, wd, dd) })
}

// least returns the t > 0 at which a convex function is least, given its first and second derivative; 0 where it does
// not fall from 0.
func least(slope func(t float64) (first, second float64)) float64 {
	if first, _ := slope(0); !(first < 0) {
		return 0
	}
	low, high, t := 0.0, math.Inf(1), 1.0
	// At a slope of exactly 0, which real data hardly have, t could be returned at once. The loop goes on and halves
	// what is above it, some 50 times, and ends a few units of the last place higher; heads are promised to the last
	// bit, so it stays.
	for range 100 {
		first, second := slope(t)
		if first > 0 {
			high = t
		} else {
			low = t
		}
		next := t - first/second
		if !(next > low && next < high) {
			next = (low + min(high, 2*low+1)) / 2
		}
		if math.Abs(next-t) <= 1e-15*t {
			break
		}
		t = next
	}
	return t
}
