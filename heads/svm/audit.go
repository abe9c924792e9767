package svm

import (
	"context"
	"math"
)

// ClassStats is how the training of one class ended.
type ClassStats struct {
	Rows           int     `json:"rows"`            // with a label
	Positives      int     `json:"positives"`       // with label +1
	SupportVectors int     `json:"support_vectors"` // rows with α > 0
	Primal         float64 `json:"primal"`          // f(w) at the end
	Dual           float64 `json:"dual"`            // g(α) at the end
	Gap            float64 `json:"gap"`             // Primal - Dual: f(w) is at most this much above its minimum
	Violation      float64 `json:"violation"`       // of optimality at the end, over all rows: see Options.Epsilon
	Iterations     int     `json:"iterations"`      // passes over the rows, those over shrunk sets included
	NewtonSteps    int     `json:"newton_steps"`    // 0: dual coordinate descent did it alone
	Steps          int64   `json:"steps"`           // coordinate steps
	Converged      bool    `json:"converged"`       // Violation is at most Options.Epsilon
}

// audit computes the statistics of classes first to last-1 of the group from alpha, w and all rows, without trusting
// what descent saw.
func (g *group) audit(ctx context.Context, first, last int) error {
	sums := make([]auditSum, len(g.classes))
	for j := range sums {
		sums[j].high, sums[j].low = math.Inf(-1), math.Inf(1)
	}
	if err := g.each(ctx, nil, func(i int, x vector) {
		for j, c := range g.classes[first:last] {
			if e := g.cell(i, first+j); e.y != 0 {
				sums[first+j].add(g.o, e, float64(e.y)*(x.dot(c.w)+float64(g.o.Bias*c.b)))
			}
		}
	}); err != nil {
		return err
	}
	for j := first; j < last; j++ {
		g.classes[j].stats = sums[j].stats(g.o, g.classes[j])
	}
	return nil
}

type auditSum struct {
	loss, dual float64 // Σ C_i ξ_i^p and Σ α_i - ½ d_i α_i²
	high, low  float64
	support    int
}

// add takes in a row with margin = y wᵀx.
func (s *auditSum) add(o Options, e *cell, margin float64) {
	diagonal, upper := o.dual(e.y)
	slack := max(0, 1-margin)
	if o.Loss == SquaredHinge {
		slack *= slack
	}
	s.loss += float64(o.cost(e.y) * slack)
	s.dual += e.alpha - diagonal*e.alpha*e.alpha/2
	pg := margin - 1 + float64(diagonal*e.alpha)
	switch {
	case e.alpha == 0:
		pg = min(pg, 0)
	case e.alpha == upper:
		pg = max(pg, 0)
	}
	s.high, s.low = max(s.high, pg), min(s.low, pg)
	if e.alpha > 0 {
		s.support++
	}
}

func (s *auditSum) stats(o Options, c *class) ClassStats {
	half := (dot64(c.w, c.w) + float64(c.b*c.b)) / 2
	t := ClassStats{
		Rows: c.rows, Positives: c.positives, SupportVectors: s.support,
		Primal: half + s.loss, Dual: s.dual - half,
		Iterations: c.passes, NewtonSteps: c.newton, Steps: c.steps,
	}
	t.Gap = t.Primal - t.Dual
	if c.rows > 0 {
		t.Violation = s.high - s.low
	}
	t.Converged = t.Violation <= o.Epsilon
	return t
}
