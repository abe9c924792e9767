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

func TestWorstConfusions(t *testing.T) {
	truth := []int{0, 0, 0, 1, 1, 2, 2, 2}
	predicted := []int{0, 1, 1, 0, -1, 1, 0, 1}
	got, err := WorstConfusions(truth, predicted, 3)
	want := []Confused{{0, 1, 2}, {2, 1, 2}, {1, 0, 1}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, n := range []int{0, -1} {
		if got, err := WorstConfusions(truth, predicted, n); err != nil || len(got) != 0 {
			t.Errorf("the %d most frequent: %v, %v", n, got, err)
		}
	}
	if got, err := WorstConfusions(truth, truth, 3); err != nil || len(got) != 0 {
		t.Errorf("of answers that are all right: %v, %v", got, err)
	}
	if _, err := WorstConfusions(truth, predicted[1:], 3); err == nil {
		t.Error("no error for slices of two lengths")
	}
}
