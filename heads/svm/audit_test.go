package svm

import (
	"math"
	"testing"
)

// Two rows, x = 2 with y = +1 and x = 1 with y = -1, C = 1, squared hinge, α = (0.5, 0.25): w = 0.75, margins 1.5 and
// -0.75, losses 0 and 1.75². Dual: 0.75 - ½·0.75² - ½·½·(0.5² + 0.25²). Projected gradients: 0.5 + 0.25 and -1.75 +
// 0.125.
func TestAuditByHand(t *testing.T) {
	p := Problem{X: Dense([]float32{2, 1}, 1), Y: [][]int8{{1, -1}}}
	o, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	g := newGroup(p, o, []int{0, 1}, []float64{4, 1}, 0, 1)
	g.cell(0, 0).alpha, g.cell(1, 0).alpha = 0.5, 0.25
	if err := g.rebuild(t.Context(), 0, 1); err != nil {
		t.Fatal(err)
	}
	if err := g.audit(t.Context(), 0, 1); err != nil {
		t.Fatal(err)
	}
	c := g.classes[0].stats
	primal, dual := 0.75*0.75/2+1.75*1.75, 0.75-0.75*0.75/2-0.3125/4
	if math.Abs(c.Primal-primal) > 1e-12 || math.Abs(c.Dual-dual) > 1e-12 || math.Abs(c.Gap-(primal-dual)) > 1e-12 {
		t.Errorf("primal %v dual %v gap %v, expected %v %v", c.Primal, c.Dual, c.Gap, primal, dual)
	}
	if math.Abs(c.Violation-(0.75+1.625)) > 1e-12 || c.SupportVectors != 2 || c.Rows != 2 || c.Positives != 1 || c.Converged {
		t.Errorf("%+v", c)
	}
}
