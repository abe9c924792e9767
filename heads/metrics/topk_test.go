package metrics

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestClassErrors(t *testing.T) {
	truth := []int{0, 0, 0, 2, 2, 3}
	ranks := []int{0, 1, 7, 5, 4, 0}
	errs, err := ClassErrors(truth, ranks, 4)
	want := []ClassError{{0, 3, 2, 1}, {1, 0, 0, 0}, {2, 2, 2, 1}, {3, 1, 0, 0}}
	if err != nil || !reflect.DeepEqual(errs, want) {
		t.Errorf("%+v, %v", errs, err)
	}
	// 2 of 2 is worse than 2 of 3; a class without misses is not worst
	if w := WorstClasses(errs, 9); len(w) != 2 || w[0].Class != 2 || w[1].Class != 0 {
		t.Errorf("worst %+v", w)
	}
	if w := WorstClasses(errs, 1); len(w) != 1 || w[0].Class != 2 {
		t.Errorf("worst %+v", w)
	}
	for _, c := range [][2][]int{{{0}, {0, 1}}, {{4}, {0}}, {{-1}, {0}}, {{0}, {-1}}} {
		if _, err := ClassErrors(c[0], c[1], 4); err == nil {
			t.Errorf("truth %v, ranks %v: no error", c[0], c[1])
		}
	}
}

// Top against a stable sort, on scores with many ties.
func TestTop(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		scores := make([]float32, n)
		for i := range scores {
			scores[i] = float32(r.IntN(6))
		}
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return int(scores[b] - scores[a]) })
		for k := range 8 {
			top := Top(scores, k)
			if !slices.Equal(top, order[:min(k, n)]) {
				t.Fatalf("scores %v, %d of them: %v, want %v", scores, k, top, order[:min(k, n)])
			}
			for truth := range n {
				if in := slices.Contains(top, truth); in != (Rank(scores, truth) < k) {
					t.Fatalf("scores %v: class %d in the first %d: %v, but its rank is %d", scores, truth, k, in, Rank(scores, truth))
				}
			}
		}
	}
	nan := math.NaN()
	if top := Top([]float64{nan, 1, nan, 2}, 3); !slices.Equal(top, []int{3, 1}) {
		t.Errorf("with NaN: %v", top)
	}
}

func TestMeanRecall(t *testing.T) {
	errs, err := ClassErrors([]int{0, 0, 0, 2}, []int{0, 1, 2, 0}, 3)
	if got := MeanRecall(errs); err != nil || math.Abs(float64(got)-2./3) > 1e-15 {
		t.Errorf("%v %v", got, err)
	}
	if MeanRecall(nil).Defined() {
		t.Error("no class has a mean")
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
