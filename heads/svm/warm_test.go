package svm

import (
	"math"
	"testing"
)

// A path gives the objectives that training at each cost alone gives, in the order of the costs asked for.
func TestPathAgreesWithTrain(t *testing.T) {
	p := several(120, 12, 2)
	cs := []float64{10, 0.01, 1000, 1, 1}
	for _, loss := range []Loss{SquaredHinge, Hinge, Logistic} {
		o := Options{Loss: loss, Bias: 1, Epsilon: 1e-6, PositiveWeight: 2}
		models, stats, err := TrainPath(t.Context(), p, o, cs)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range cs {
			o.C = c
			_, alone, err := Train(t.Context(), p, o)
			if err != nil {
				t.Fatal(err)
			}
			for k := range p.Y {
				want, got := alone.Classes[k], stats[i].Classes[k]
				if !got.Converged || math.Abs(got.Primal-want.Primal) > 1e-5*want.Primal {
					t.Errorf("%v C=%g class %d: %+v on the path, %+v alone", loss, c, k, got, want)
				}
				if from := objective(p, k, models[i], o); math.Abs(from-got.Primal) > 1e-9*from {
					t.Errorf("%v C=%g class %d: primal %v, from the weights %v", loss, c, k, got.Primal, from)
				}
			}
		}
	}
}

// What the warm start is for: fewer steps on the whole path than alone.
func TestPathTakesFewerSteps(t *testing.T) {
	p := several(200, 20, 3)
	cs := []float64{0.5, 1, 2, 4}
	_, stats, err := TrainPath(t.Context(), p, Options{}, cs)
	if err != nil {
		t.Fatal(err)
	}
	var path, alone int64
	for i, c := range cs {
		_, s, err := Train(t.Context(), p, Options{C: c})
		if err != nil {
			t.Fatal(err)
		}
		for k := range p.Y {
			path += stats[i].Classes[k].Steps
			alone += s.Classes[k].Steps
		}
	}
	if path >= alone {
		t.Errorf("%d steps on the path, %d alone", path, alone)
	}
}

func TestPathRefuses(t *testing.T) {
	if _, _, err := TrainPath(t.Context(), several(10, 2, 1), Options{}, []float64{1, -1}); err == nil {
		t.Error("a negative cost passed")
	}
	models, stats, err := TrainPath(t.Context(), several(10, 2, 1), Options{}, []float64{})
	if err != nil || len(models) != 0 || len(stats) != 0 {
		t.Error("an empty path:", models, stats, err)
	}
}
