package svm

import (
	"math"
	"testing"
)

// Newton's method alone, from zero, finds the optimum that descent finds.
func TestNewtonAgreesWithDescent(t *testing.T) {
	for name, r := range recipes {
		for _, o := range []Options{
			{C: 0.1}, {C: 5, Bias: 1, PositiveWeight: 2}, {C: 0.1, Loss: Hinge}, {C: 2, Loss: Hinge, Bias: 0.5, NegativeWeight: 3},
		} {
			o.Epsilon, o.MaxIterations = 1e-7, 50000
			p := made(r)
			o.noNewton = true
			_, descent, err := Train(t.Context(), p, o)
			if err != nil {
				t.Fatal(err)
			}
			got := newtonAlone(t, p, o)
			want := descent.Classes[0]
			if !want.Converged || !got.Converged || math.Abs(got.Primal-want.Primal) > 1e-6*want.Primal || got.NewtonSteps == 0 && want.SupportVectors > 0 {
				t.Errorf("%s %+v: Newton %+v, descent %+v", name, o, got, want)
			}
		}
	}
}

func newtonAlone(t *testing.T, p Problem, o Options) ClassStats {
	t.Helper()
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := p.rows()
	if err != nil {
		t.Fatal(err)
	}
	norms, err := p.X.squares(rows)
	if err != nil {
		t.Fatal(err)
	}
	g := newGroup(p, o, rows, norms, 0, 1)
	if err := g.finish(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if err := g.audit(t.Context(), 0, 1); err != nil {
		t.Fatal(err)
	}
	return g.classes[0].stats
}

// The gradient and the Hessian are the derivatives of F, by differences.
func TestNewtonDerivatives(t *testing.T) {
	p := several(30, 4, 1)
	o, err := Options{C: 2, Bias: 1.5}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := p.rows()
	if err != nil {
		t.Fatal(err)
	}
	norms, err := p.X.squares(rows)
	if err != nil {
		t.Fatal(err)
	}
	n := newNewton(newGroup(p, o, rows, norms, 0, 1), 0)
	for i := range n.cells {
		n.base[i], n.scale[i], n.upper[i] = 0.3, 1.7, 2 // a step of the method of multipliers
	}
	at := []float64{0.2, -0.4, 0.1, 0.3, -0.2}
	value := func(shift, d int, h float64) (float64, []float64) {
		copy(n.weights, at)
		n.weights[d] += float64(shift) * h
		if err := n.products(t.Context(), n.weights, n.margin); err != nil {
			t.Fatal(err)
		}
		v, err := n.gradient(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v, append([]float64(nil), n.grad...)
	}
	const h = 1e-6
	for d := range at {
		up, gradUp := value(1, d, h)
		down, gradDown := value(-1, d, h)
		_, grad := value(0, d, h)
		if got := (up - down) / (2 * h); math.Abs(got-grad[d]) > 1e-6 {
			t.Errorf("∂F/∂w%d is %v by differences, %v by formula", d, got, grad[d])
		}
		unit, column := make([]float64, len(at)), make([]float64, len(at))
		unit[d] = 1
		if err := n.hessian(t.Context(), unit, column); err != nil {
			t.Fatal(err)
		}
		for e := range at {
			if got := (gradUp[e] - gradDown[e]) / (2 * h); math.Abs(got-column[e]) > 1e-5 {
				t.Errorf("∂²F/∂w%d∂w%d is %v by differences, %v by formula", d, e, got, column[e])
			}
		}
		if err := n.setDiagonal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if math.Abs(n.diagonal[d]-column[d]) > 1e-9 {
			t.Errorf("diagonal %d is %v, expected %v", d, n.diagonal[d], column[d])
		}
	}
}

// The minimum along a line is found to the last bits, near 0 and far from it, and behind a kink where Newton's step
// overshoots.
func TestLeast(t *testing.T) {
	for _, c := range []struct {
		at, kink, steep float64 // slope t - at up to the kink, then so many times as steep
	}{
		{0.37, 1e9, 1}, {5e8, 1e9, 1}, {1e-9, 1, 1}, {3, 2, 1e6}, {3, 2, 1e-3},
	} {
		slope := func(x float64) (float64, float64) {
			if x <= c.kink {
				return x - c.at, 1
			}
			return c.kink - c.at + c.steep*(x-c.kink), c.steep
		}
		want := c.at
		if c.at > c.kink {
			want = c.kink + (c.at-c.kink)/c.steep
		}
		if got := least(slope); math.Abs(got-want) > 1e-14*want {
			t.Errorf("%+v: %v, want %v", c, got, want)
		}
	}
	if got := least(func(float64) (float64, float64) { return 0, 1 }); got != 0 {
		t.Errorf("%v where the function does not fall", got)
	}
}
