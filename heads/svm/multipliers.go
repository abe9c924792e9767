package svm

import (
	"context"
)

// finish solves class j from its present state and leaves alpha and w consistent.
//
// Squared hinge: one minimisation of its primal. Hinge: the method of multipliers (Rockafellar, "Augmented Lagrangians
// and applications of the proximal point algorithm in convex programming", 1976). With σ growing from step to step,
//
//	w ← argmin F with a_i = α_i, s_i = σ,   α_i ← min(max(α_i + σ (1 - m_i), 0), C_i)
//
// whose fixed points are the optima; on piecewise quadratic problems a few steps reach one.
func (g *group) finish(ctx context.Context, j int) error {
	n := newNewton(g, j)
	for i, e := range n.cells {
		n.scale[i] = 2 * g.o.cost(e.y)
	}
	if g.o.Loss == SquaredHinge {
		if err := n.minimise(ctx); err != nil {
			return err
		}
		n.keep()
		return g.rebuild(ctx, j, j+1)
	}
	for sigma := 1.0; sigma <= 1e12; sigma *= 10 {
		for i, e := range n.cells {
			n.base[i], n.scale[i] = e.alpha, sigma*g.o.cost(e.y)
		}
		if err := n.minimise(ctx); err != nil {
			return err
		}
		n.keep()
		if n.violation() <= g.o.Epsilon/2 {
			break
		}
	}
	return g.rebuild(ctx, j, j+1)
}

// keep writes α_i(m_i) to the cells.
func (n *newton) keep() {
	for i, e := range n.cells {
		e.alpha, _ = n.alpha(i, n.margin[i])
	}
}

// violation returns the range of the projected gradients of the hinge's dual at the present margins.
func (n *newton) violation() float64 {
	high, low := 0.0, 0.0
	for i, e := range n.cells {
		pg := n.margin[i] - 1
		if e.alpha == 0 {
			pg = min(pg, 0)
		}
		if e.alpha == n.upper[i] {
			pg = max(pg, 0)
		}
		high, low = max(high, pg), min(low, pg)
	}
	return high - low
}
