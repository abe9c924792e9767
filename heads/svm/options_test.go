package svm

import (
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
		{Options{Loss: 7}, "loss 7"},
		{Options{MaxIterations: -1}, "MaxIterations"},
		{Options{Threads: -1}, "Threads"},
	} {
		if _, _, err := Train(t.Context(), p, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, expected %q", c.o, err, c.want)
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
