package svm

import "context"

// rescale starts the next cost from the solution at this one, for each class with α ← tα, w ← tw, where t maximises the
// next dual:
//
//	g(tα) = t Σ α_i - ½ t² (wᵀw + Σ d_i α_i²),   t = Σ α_i / (wᵀw + Σ d_i α_i²),   t ≤ C'/C for the hinge
//
// With slacks that do not change t is C'/C; for separable classes it is near 1.
//
// The logistic loss starts from the weights as they are: its slacks change little from cost to cost.
func (g *group) rescale(next Options) {
	for j, c := range g.classes {
		if next.Loss == Logistic {
			c.passes, c.newton = 0, 0
			continue
		}
		t := g.bestScale(next, j, c)
		for i := range g.rows {
			e := g.cell(i, j)
			_, old := g.o.dual(e.y)
			_, upper := next.dual(e.y)
			if e.alpha == old && t == next.C/g.o.C {
				e.alpha = upper // to the last bit, or it would not count as bounded
			} else {
				e.alpha = min(t*e.alpha, upper)
			}
		}
		for d := range c.w {
			c.w[d] *= t
		}
		c.b *= t
		c.passes, c.newton, c.steps = 0, 0, 0
	}
}

func (g *group) bestScale(next Options, j int, c *class) float64 {
	sum, square := 0.0, dot64(c.w, c.w)+float64(c.b*c.b)
	for i := range g.rows {
		e := g.cell(i, j)
		diagonal, _ := next.dual(e.y)
		sum += e.alpha
		square += float64(diagonal * e.alpha * e.alpha)
	}
	if !(square > 0) {
		return 1
	}
	t := sum / square
	if next.Loss == Hinge {
		t = min(t, next.C/g.o.C)
	}
	return t
}

// rebuild sets w = Σ α_i y_i x_i from scratch for the classes first to last-1 of the group.
func (g *group) rebuild(ctx context.Context, first, last int) error {
	for _, c := range g.classes[first:last] {
		clear(c.w)
		c.b = 0
	}
	return g.each(ctx, nil, func(i int, x vector) {
		for j, c := range g.classes[first:last] {
			if e := g.cell(i, first+j); e.alpha > 0 {
				move := e.alpha * float64(e.y)
				x.axpy(move, c.w)
				c.b += float64(move * g.o.Bias)
			}
		}
	})
}
