package svm

import (
	"slices"
	"testing"
)

func TestDecision(t *testing.T) {
	m := &Model{D: 2, Weights: [][]float64{{1, 2}, {-1, 0.5}}, Bias: []float64{0.25, -3}}
	s, err := m.Decision([]float32{3, 4})
	if err != nil || !slices.Equal(s, []float64{11.25, -4}) {
		t.Error(s, err)
	}
	x := []float32{3, 4, 0, 0, 1, 1}
	all, err := m.DecisionBatch(Dense(x, 2), nil)
	if err != nil || !slices.Equal(all[0], []float64{11.25, 0.25, 3.25}) || !slices.Equal(all[1], []float64{-4, -3, -3.5}) {
		t.Error(all, err)
	}
	some, err := m.DecisionBatch(Dense(x, 2), []int{2, 0})
	if err != nil || !slices.Equal(some[0], []float64{3.25, 11.25}) {
		t.Error(some, err)
	}
}

func TestDecisionRefuses(t *testing.T) {
	m := &Model{D: 2, Weights: [][]float64{{1, 2}}, Bias: []float64{0}}
	if _, err := m.Decision([]float32{1}); err == nil {
		t.Error("a short row passed")
	}
	if _, err := m.DecisionBatch(Dense([]float32{1, 2, 3}, 2), nil); err == nil {
		t.Error("half a row passed")
	}
	if _, err := m.DecisionBatch(Dense([]float32{1, 2}, 2), []int{1}); err == nil {
		t.Error("a row outside passed")
	}
	if _, err := (&Model{}).DecisionBatch(Matrix{}, nil); err == nil {
		t.Error("an empty model passed")
	}
}

func TestDecisionBatchOfManyRows(t *testing.T) {
	p := several(700, 9, 3)
	m, _, err := Train(t.Context(), p, Options{Bias: 1})
	if err != nil {
		t.Fatal(err)
	}
	all, err := m.DecisionBatch(p.X, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.X.N {
		one, err := m.Decision(p.row(i))
		if err != nil {
			t.Fatal(err)
		}
		for k := range one {
			if one[k] != all[k][i] {
				t.Fatalf("row %d class %d: %v alone, %v in a batch", i, k, one[k], all[k][i])
			}
		}
	}
}
