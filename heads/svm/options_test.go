package svm

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestBadOptions(t *testing.T) {
	p := several(10, 3, 1)
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{C: -1}, "C is -1"},
		{Options{C: math.Inf(1)}, "C is +Inf"},
		{Options{C: math.NaN()}, "C is NaN"},
		{Options{Epsilon: -1}, "Epsilon"},
		{Options{PositiveWeight: -2}, "PositiveWeight"},
		{Options{NegativeWeight: math.NaN()}, "NegativeWeight"},
		{Options{Bias: -1}, "Bias"},
		{Options{Bias: math.NaN()}, "Bias"},
		{Options{Bias: 1e200}, "Bias"},
		{Options{C: 1e200}, "C is 1e+200, expected 1e-100 to 1e+100"},
		{Options{C: 1e200, Loss: Softmax}, "C is 1e+200"},
		{Options{C: 1e300, Loss: Logistic}, "C is 1e+300"},
		{Options{C: 1e-320, Loss: Hinge}, "C is 1e-320"},
		{Options{C: 1e60, PositiveWeight: 1e60}, "C times PositiveWeight is"},
		{Options{C: 1e-60, NegativeWeight: 1e-60}, "C times NegativeWeight is"},
		{Options{Loss: 7}, "loss 7"},
		{Options{MaxIterations: -1}, "MaxIterations"},
		{Options{Threads: -1}, "Threads"},
	} {
		if _, _, err := Train(t.Context(), p, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, expected %q", c.o, err, c.want)
		}
	}
}

// At the bounds of C all numbers of a model and of how it ended are numbers, whatever the loss.
func TestBoundsOfC(t *testing.T) {
	p := several(30, 3, 3)
	for k := range p.Y {
		for i := range p.Y[k] { // each row of one class
			p.Y[k][i] = int8(2*max(0, 1-(i%3-k)*(i%3-k)) - 1)
		}
	}
	for _, loss := range []Loss{SquaredHinge, Hinge, Logistic, Softmax} {
		for _, c := range []float64{leastCost, mostCost} {
			m, stats, err := Train(t.Context(), p, Options{C: c, Loss: loss, MaxIterations: 20})
			if err != nil {
				t.Errorf("%s, C = %g: %v", loss, c, err)
				continue
			}
			if _, err := json.Marshal(stats); err != nil {
				t.Errorf("%s, C = %g: %+v: %v", loss, c, stats, err)
			}
			for _, w := range append(m.Weights, m.Bias) {
				if norm := dot64(w, w); math.IsNaN(norm) || math.IsInf(norm, 0) {
					t.Errorf("%s, C = %g: weights %v", loss, c, w)
				}
			}
		}
	}
}

func TestZeroOptions(t *testing.T) {
	o, err := Options{}.withDefaults()
	if err != nil || o.C != 1 || o.Epsilon != DefaultEpsilon || o.MaxIterations != 1000 || o.Threads < 1 || o.cost(1) != 1 || o.cost(-1) != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	if SquaredHinge.String() != "squared hinge" || Hinge.String() != "hinge" {
		t.Error(SquaredHinge, Hinge)
	}
}

func TestLossAsText(t *testing.T) {
	for _, l := range []Loss{SquaredHinge, Hinge, Logistic} {
		b, err := l.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Loss
		if err := back.UnmarshalText(b); err != nil || back != l {
			t.Errorf("%s: %v, %v", b, back, err)
		}
	}
	if l, err := ParseLoss("squared-hinge"); err != nil || l != SquaredHinge {
		t.Error(l, err)
	}
	if _, err := ParseLoss("cross entropy"); err == nil {
		t.Error("an unknown loss passed")
	}
}
