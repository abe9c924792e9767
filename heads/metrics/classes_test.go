package metrics

import (
	"math"
	"reflect"
	"testing"
)

func TestConfusion(t *testing.T) {
	c, err := NewConfusion([]int{0, 0, 0, 0, 1, 1, 2}, []int{0, 0, 1, -1, 1, 1, 0}, 4)
	if err != nil {
		t.Fatal(err)
	}
	want := Confusion{Counts: [][]int{{2, 1, 0, 0}, {0, 2, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 0}}, Missing: []int{1, 0, 0, 0}}
	if !reflect.DeepEqual(c, want) {
		t.Error(c)
	}
	r := c.Recalls()
	if r[0] != 0.5 || r[1] != 1 || r[2] != 0 || r[3].Defined() {
		t.Error(r)
	}
	if c.MeanRecall() != 0.5 || math.Abs(float64(c.Accuracy())-4./7) > 1e-15 {
		t.Error(c.MeanRecall(), c.Accuracy())
	}
}

func TestBadConfusion(t *testing.T) {
	for _, c := range [][2][]int{{{0}, {0, 1}}, {{2}, {0}}, {{0}, {2}}, {{-1}, {0}}, {{0}, {-2}}} {
		if _, err := NewConfusion(c[0], c[1], 2); err == nil {
			t.Errorf("%v passed", c)
		}
	}
}

func TestTopK(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		scores      []float64
		truth, rank int
	}{
		{[]float64{1, 3, 2}, 1, 0},
		{[]float64{1, 3, 2}, 0, 2},
		{[]float64{5, 5, 5}, 0, 0},
		{[]float64{5, 5, 5}, 2, 2},
		{[]float64{nan, 1, 0}, 1, 1},
		{[]float64{nan, 1, 0}, 0, 2},
		{[]float64{1}, 1, 1},
		{[]float64{1}, -1, 1},
	} {
		if got := Rank(c.scores, c.truth); got != c.rank {
			t.Errorf("rank of %d in %v is %d, expected %d", c.truth, c.scores, got, c.rank)
		}
	}
	ranks := []int{0, 4, 5, 1}
	if TopKError(ranks, 1) != 0.75 || TopKError(ranks, 5) != 0.25 || TopKError(nil, 5).Defined() {
		t.Error("top-k error")
	}
	if Best([]float32{1, 3, 3}) != 1 || Best([]float64{}) != -1 || Best([]float64{nan, -2, nan}) != 1 || Best([]float64{nan}) != -1 {
		t.Error("best")
	}
}
