package svm

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
)

// golden is an optimum found by LIBLINEAR; testdata/golden.py made the file.
type golden struct {
	Problem                     string
	Loss                        string
	C, Bias, Positive, Negative float64
	Objective                   float64
	Predictions                 string // a sign a row; 0: too near to call
}

func (g golden) options() Options {
	o := Options{C: g.C, Bias: g.Bias, PositiveWeight: g.Positive, NegativeWeight: g.Negative}
	switch g.Loss {
	case "hinge":
		o.Loss = Hinge
	case "logistic":
		o.Loss = Logistic
	}
	return o
}

func readGolden(t *testing.T, file string) map[string][]golden {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var all []golden
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	by := map[string][]golden{}
	for _, g := range all {
		by[g.Problem] = append(by[g.Problem], g)
	}
	return by
}

// objective computes the primal from the definition, knowing nothing of the solver.
func objective(p Problem, k int, m *Model, o Options) float64 {
	rows := p.Rows
	if rows == nil {
		for i := range p.X.N {
			rows = append(rows, i)
		}
	}
	sum := 0.0
	for _, w := range m.Weights[k] {
		sum += w * w / 2
	}
	if o.Bias > 0 {
		b := m.Bias[k] / o.Bias
		sum += b * b / 2
	}
	weight := func(y int8) float64 {
		if v := map[int8]float64{1: o.PositiveWeight, -1: o.NegativeWeight}[y]; v != 0 {
			return v
		}
		return 1
	}
	for _, r := range rows {
		y := p.Y[k][r]
		if y == 0 {
			continue
		}
		score := m.Bias[k]
		for d, w := range m.Weights[k] {
			score += w * p.value(r, d)
		}
		slack := math.Max(0, 1-float64(y)*score)
		switch m := float64(y) * score; {
		case o.Loss == SquaredHinge:
			slack *= slack
		case o.Loss == Logistic && m > -30:
			slack = math.Log1p(math.Exp(-m))
		case o.Loss == Logistic:
			slack = -m
		}
		sum += o.C * weight(y) * slack
	}
	return sum
}

func TestObjectivesOfLIBLINEAR(t *testing.T) {
	cases := readGolden(t, "golden.json")
	for _, file := range []string{"logistic.json", "voc.json", "one.json"} {
		for name, more := range readGolden(t, file) {
			cases[name] = append(cases[name], more...)
		}
	}
	for name, cases := range cases {
		t.Run(name, func(t *testing.T) {
			p := problemNamed(t, name)
			for _, g := range cases {
				for _, eps := range []float64{1e-2, 1e-7} {
					o := g.options()
					o.Epsilon = eps
					t.Run(fmt.Sprintf("%s C=%g bias=%g weights=%g,%g eps=%g", g.Loss, g.C, g.Bias, g.Positive, g.Negative, eps), func(t *testing.T) {
						checkGolden(t, p, o, g)
					})
				}
			}
		})
	}
}

func checkGolden(t *testing.T, p Problem, o Options, g golden) {
	t.Helper()
	m, s, err := Train(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Classes[0]
	got := objective(p, 0, m, o)
	if !c.Converged || c.Violation > o.Epsilon {
		t.Errorf("did not converge: %+v", c)
	}
	if math.Abs(c.Primal-got) > 1e-9*got {
		t.Errorf("primal %v, computed from the weights %v", c.Primal, got)
	}
	if c.Dual > g.Objective*(1+1e-6) || got < g.Objective*(1-1e-6) {
		t.Errorf("primal %v, dual %v cannot be: the optimum is %v", got, c.Dual, g.Objective)
	}
	if o.Epsilon > 1e-6 {
		if o.Loss == Logistic && got > g.Objective*(1+1e-4) {
			t.Errorf("primal %v, LIBLINEAR %v: the tolerance bounds the relative error by 1e-4", got, g.Objective)
		}
		if o.Loss == SquaredHinge && c.Gap > 0.02*got && g.C <= 100 {
			t.Errorf("gap %v of %v", c.Gap, got)
		}
		return
	}
	if got > g.Objective*(1+1e-5) {
		t.Errorf("primal %v, LIBLINEAR %v", got, g.Objective)
	}
	for i := range g.Predictions {
		score, err := m.Decision(p.row(i))
		if err != nil {
			t.Fatal(err)
		}
		if want := g.Predictions[i]; want == '+' && score[0] <= 0 || want == '-' && score[0] >= 0 {
			t.Errorf("row %d: score %v, LIBLINEAR's sign is %c", i, score[0], want)
		}
	}
}
