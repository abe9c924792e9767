package svm

import (
	"context"
	"errors"
	"math"
	"reflect"
	"testing"
)

// The result of a class is the same bit for bit for any number of threads and whichever classes stand beside it.
func TestLogisticIsReproducible(t *testing.T) {
	p := several(100, 12, 13)
	o := Options{C: 3, Bias: 1, Epsilon: 1e-6, Loss: Logistic, Threads: 1}
	want, stats, err := Train(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{2, 8} {
		o.Threads = threads
		got, s, err := Train(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(s.Classes, stats.Classes) {
			t.Errorf("%d threads gave another result than 1", threads)
		}
	}
	p.Y = p.Y[6:7]
	got, _, err := Train(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Weights[0], want.Weights[6]) {
		t.Error("class 6 alone gave another result than among 13")
	}
}

// f(w) - g(α) with α_i = C_i σ(-m_i), both from their definitions, is the gap that is reported.
func TestLogisticGap(t *testing.T) {
	p := several(60, 5, 2)
	o := Options{C: 2, Bias: 1.5, Epsilon: 0.05, Loss: Logistic, PositiveWeight: 2}
	m, s, err := Train(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	for k, c := range s.Classes {
		v, last, sum := make([]float64, p.X.D), 0.0, 0.0
		for i, y := range p.Y[k] {
			if y == 0 {
				continue
			}
			cost := o.C
			if y > 0 {
				cost *= o.PositiveWeight
			}
			score := m.Bias[k] + dot(p.row(i), m.Weights[k])
			a := cost / (1 + math.Exp(float64(y)*score))
			axpy(a*float64(y), p.row(i), v)
			last += a * float64(y) * o.Bias
			sum += cost*math.Log(cost) - a*math.Log(a) - (cost-a)*math.Log(cost-a)
		}
		dual := sum - (dot64(v, v)+last*last)/2
		if primal := objective(p, k, m, o); math.Abs(primal-dual-c.Gap) > 1e-9*primal || c.Gap <= 0 || math.Abs(c.Dual-dual) > 1e-9*primal {
			t.Errorf("class %d: primal %v - dual %v = %v, reported %+v", k, primal, dual, primal-dual, c)
		}
	}
}

func TestLogisticDegenerate(t *testing.T) {
	for name, c := range map[string]struct {
		p      Problem
		primal float64
	}{
		"no labels":     {Problem{X: Dense([]float32{1, 2}, 1), Y: [][]int8{{0, 0}}}, 0},
		"zero rows":     {Problem{X: Dense(make([]float32, 4), 2), Y: [][]int8{{1, -1}}}, 2 * math.Ln2},
		"contradiction": {Problem{X: Dense([]float32{1, 1}, 1), Y: [][]int8{{1, -1}}}, 2 * math.Ln2},
		// ½w² + log(1 + e^-w) is least where w = 1/(1 + e^w): w = 0.401058….
		"one class": {Problem{X: Dense([]float32{1}, 1), Y: [][]int8{{1}}}, 0.4010581375/2*0.4010581375 + math.Log1p(math.Exp(-0.4010581375))},
	} {
		_, s, err := Train(t.Context(), c.p, Options{Loss: Logistic, Epsilon: 1e-8})
		if err != nil {
			t.Fatal(name, err)
		}
		if got := s.Classes[0]; math.Abs(got.Primal-c.primal) > 1e-8 || !got.Converged {
			t.Errorf("%s: %+v, expected primal %v", name, got, c.primal)
		}
	}
}

func TestLogisticStops(t *testing.T) {
	p := several(100, 5, 4)
	_, s, err := Train(t.Context(), p, Options{Loss: Logistic, MaxIterations: 3, Epsilon: 1e-9})
	if err != nil || s.converged() || s.Classes[0].Iterations < 3 {
		t.Errorf("%+v, %v", s, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Train(ctx, p, Options{Loss: Logistic}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestSigmoidAndSoftplus(t *testing.T) {
	for _, x := range []float64{-800, -40, -1, 0, 1e-9, 3, 40, 800} {
		if s := sigmoid(x) + sigmoid(-x); math.Abs(s-1) > 1e-15 {
			t.Errorf("σ(%v) + σ(%v) = %v", x, -x, s)
		}
		if d := softplus(x) - softplus(-x); math.Abs(d-x) > 1e-15+1e-12*math.Abs(x) {
			t.Errorf("softplus(%v) - softplus(%v) = %v", x, -x, d)
		}
	}
	if v := sigmoid(-700); v <= 0 || v > 1e-300 {
		t.Error("the tail is lost:", v)
	}
}
