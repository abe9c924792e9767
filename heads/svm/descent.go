package svm

import (
	"context"
	"math"
	"slices"
)

// One pass of dual coordinate descent, in the paper's terms. For row i with weights w = Σ α_j y_j x_j:
//
//	gradient             G   = y_i wᵀx_i - 1 + d_i α_i
//	projected gradient   PG  = min(G, 0) at α_i = 0;  max(G, 0) at α_i = u_i;  G between
//	step, where PG ≠ 0   α_i ← min(max(α_i - G/Q_ii, 0), u_i),  w ← w + Δα_i y_i x_i,   Q_ii = ‖x_i‖² + d_i
//	shrinking            i is left alone if α_i = 0 and G > M, or α_i = u_i and G < m, with M and m the largest and smallest PG
//	                     of the pass before (±∞ where they have the wrong sign)
//	end                  max PG - min PG ≤ ε in a pass over the rows that are left: all rows come back for a last look;
//	                     ≤ ε in a pass over all rows: done

// cell is the state of one row for one class. Cells of a row lie together, [rows][classes of the group].
type cell struct {
	alpha  float64
	y      int8 // 0: the row is left out for this class
	active bool // not shrunk
}

// class is the state of one binary problem.
type class struct {
	k          int       // its index in Problem.Y
	w          []float64 // [D]
	short      []float32 // [D], stands for w in the first round; nil after it
	b          float64   // the weight of the appended constant
	rows       int       // rows with a label
	positives  int
	active     int // rows not shrunk
	shrinkHigh float64
	shrinkLow  float64
	high, low  float64 // largest and smallest projected gradient of this pass
	passes     int
	newton     int
	steps      int64 // coordinate steps taken
	settled    bool  // the current round of descent has ended for it
	stats      ClassStats
}

// group trains some classes together, row by row. It belongs to one goroutine.
type group struct {
	p       Problem
	o       Options // with defaults
	rows    []int
	norms   []float64 // ‖x‖² of rows, shared by all groups
	largest float64   // of norms
	modest  bool      // see Matrix.modest
	view    vector    // the row at hand
	cells   []cell
	classes []*class
	perm    []int32 // of the rows of a block
	round   int
	stream  *stream // the rows pass by in it; nil: they are taken where they lie
}

func newGroup(p Problem, o Options, rows []int, norms []float64, first, last int) *group {
	g := &group{
		p: p, o: o, rows: rows, norms: norms, largest: slices.Max(norms), modest: p.X.modest(rows),
		cells: make([]cell, len(rows)*(last-first)),
	}
	for k := first; k < last; k++ {
		c := &class{k: k, w: make([]float64, p.X.D)}
		for i, r := range rows {
			y := p.Y[k][r]
			g.cells[i*(last-first)+k-first].y = y
			if y != 0 {
				c.rows++
			}
			if y > 0 {
				c.positives++
			}
		}
		g.classes = append(g.classes, c)
	}
	return g
}

// each calls do for each of the rows to train on: in order, or in that of a turn. A vector is valid until do returns.
func (g *group) each(ctx context.Context, t *turn, do func(i int, x vector)) error {
	if g.stream != nil {
		return g.stream.each(ctx, g, t, do)
	}
	perm := g.order(t, 0, len(g.rows))
	for n := range g.rows {
		if n&63 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		i := n
		if perm != nil {
			i = int(perm[n])
		}
		g.view = g.p.X.row(g.rows[i], g.view)
		do(i, g.view)
	}
	return nil
}

// order is that of n rows of a block in a turn; nil: from the first to the last.
func (g *group) order(t *turn, block, n int) []int32 {
	if t == nil {
		return nil
	}
	if cap(g.perm) < n {
		g.perm = make([]int32, n)
	}
	t.order(g.perm[:n], block)
	return g.perm[:n]
}

// cell returns the state of row i for the class at index j of the group.
func (g *group) cell(i, j int) *cell { return &g.cells[i*len(g.classes)+j] }

// descend runs passes until each class has settled: its last full pass kept to the tolerance, or its passes are used
// up.
func (g *group) descend(ctx context.Context) error {
	for j, c := range g.classes {
		g.restore(j, c)
	}
	for pass := 0; ; pass++ {
		busy := false
		for _, c := range g.classes {
			c.settled = c.settled || c.passes >= g.o.MaxIterations || c.rows == 0
			c.high, c.low = math.Inf(-1), math.Inf(1)
			busy = busy || !c.settled
		}
		if !busy {
			return nil
		}
		if err := g.pass(ctx, turn{g.o.Seed, g.round, pass}); err != nil {
			return err
		}
		for j, c := range g.classes {
			if !c.settled {
				g.judge(j, c)
			}
		}
	}
}

// pass visits all rows once for all classes that have not settled.
func (g *group) pass(ctx context.Context, t turn) error {
	q := len(g.classes)
	return g.each(ctx, &t, func(i int, x vector) {
		cells := g.cells[i*q : i*q+q]
		for j, c := range g.classes {
			if e := &cells[j]; e.active && !c.settled {
				g.visit(c, e, x, g.norms[i])
			}
		}
	})
}

// visit shrinks a row or makes the coordinate step on it.
func (g *group) visit(c *class, e *cell, x vector, norm float64) {
	diagonal, upper := g.o.dual(e.y)
	grad := float64(float64(e.y)*(c.product(x)+float64(g.o.Bias*c.b))) - 1 + float64(diagonal*e.alpha)
	pg := grad
	switch {
	case e.alpha == 0:
		if grad > c.shrinkHigh && !g.o.noShrinking {
			e.active = false
			c.active--
			return
		}
		pg = min(grad, 0)
	case e.alpha == upper:
		if grad < c.shrinkLow && !g.o.noShrinking {
			e.active = false
			c.active--
			return
		}
		pg = max(grad, 0)
	}
	c.high = max(c.high, pg)
	c.low = min(c.low, pg)
	if math.Abs(pg) < 1e-12 {
		return
	}
	g.step(c, e, x, grad/(norm+float64(g.o.Bias*g.o.Bias)+diagonal), upper)
}

// step lowers alpha by delta within its bounds and moves w along.
func (g *group) step(c *class, e *cell, x vector, delta, upper float64) {
	old := e.alpha
	// A zero row under the hinge has no curvature: delta is -∞, and alpha goes to its bound.
	e.alpha = min(max(old-delta, 0), upper)
	move := (e.alpha - old) * float64(e.y)
	if move == 0 {
		return
	}
	if c.short != nil {
		x.shortAxpy(move, c.short)
	} else {
		x.axpy(move, c.w)
	}
	c.b += float64(move * g.o.Bias)
	c.steps++
}

// product returns wᵀx with the weights of this round.
func (c *class) product(x vector) float64 {
	if c.short != nil {
		return x.shortDot(c.short)
	}
	return x.dot(c.w)
}

// judge ends a pass for class j: it settles, gets all its rows back, or goes on with the bounds for shrinking renewed.
func (g *group) judge(j int, c *class) {
	c.passes++
	if c.short != nil && c.passes >= shortPasses {
		c.settled = true
		return
	}
	if c.active == 0 || c.high-c.low <= g.tolerance(c) {
		if c.active == c.rows {
			c.settled = true
			return
		}
		g.restore(j, c)
		return
	}
	c.shrinkHigh, c.shrinkLow = c.high, c.low
	if c.high <= 0 {
		c.shrinkHigh = math.Inf(1)
	}
	if c.low >= 0 {
		c.shrinkLow = math.Inf(-1)
	}
}

const (
	// shortPasses bounds the passes of the first round.
	shortPasses = 100
	// shortError bounds the relative error of a product with short weights: 2^-24 times the root of a million steps.
	shortError = 6e-5
)

// tolerance returns the violation at which a round ends: in the first one not below the noise of its products.
func (g *group) tolerance(c *class) float64 {
	if c.short == nil {
		return g.o.Epsilon
	}
	square := 0.0
	for _, w := range c.short {
		square += float64(float64(w) * float64(w))
	}
	return max(g.o.Epsilon, shortError*math.Sqrt(square*g.largest))
}

// restore brings back the rows that were shrunk for class j.
func (g *group) restore(j int, c *class) {
	for i := range g.rows {
		e := g.cell(i, j)
		e.active = e.y != 0
	}
	c.active = c.rows
	c.shrinkHigh, c.shrinkLow = math.Inf(1), math.Inf(-1)
}
