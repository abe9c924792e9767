package svm

import (
	"math"
	"testing"
)

// One visit by hand: x = 3, y = -1, C = 1/4, bias 2: d = 2, Q = 9 + 4 + 2, G = -1, so α = 1/15.
func TestVisitByHand(t *testing.T) {
	p := Problem{X: Dense([]float32{3}, 1), Y: [][]int8{{-1}}}
	o, err := Options{C: 0.25, Bias: 2}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	g := newGroup(p, o, []int{0}, []float64{9}, 0, 1)
	c := g.classes[0]
	g.restore(0, c)
	g.visit(c, g.cell(0, 0), g.p.X.row(g.rows[0], nil), 9)
	if a := g.cell(0, 0).alpha; math.Abs(a-1./15) > 1e-15 || math.Abs(c.w[0]+3./15) > 1e-15 || math.Abs(c.b+2./15) > 1e-15 || c.low != -1 {
		t.Errorf("alpha %v w %v b %v, smallest projected gradient %v", a, c.w, c.b, c.low)
	}
	// The step was exact: a second visit finds nothing to do.
	c.steps = 0
	g.visit(c, g.cell(0, 0), g.p.X.row(g.rows[0], nil), 9)
	if a := g.cell(0, 0).alpha; math.Abs(a-1./15) > 1e-15 {
		t.Errorf("alpha moved to %v", a)
	}
}

// A row far beyond its margin is shrunk by the bound of the pass before, and restored for the last look.
func TestShrinking(t *testing.T) {
	p := Problem{X: Dense([]float32{5}, 1), Y: [][]int8{{1}}}
	o, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	g := newGroup(p, o, []int{0}, []float64{25}, 0, 1)
	c := g.classes[0]
	g.restore(0, c)
	c.w[0], c.shrinkHigh = 1, 3.9 // G = 4
	g.visit(c, g.cell(0, 0), g.p.X.row(g.rows[0], nil), 25)
	if g.cell(0, 0).active || c.active != 0 {
		t.Error("not shrunk")
	}
	g.judge(0, c)
	if c.settled || !g.cell(0, 0).active || c.active != 1 || !math.IsInf(c.shrinkHigh, 1) {
		t.Error("not restored for a last look")
	}
}
