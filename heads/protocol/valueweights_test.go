package protocol

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestValueWeights: the weighted sum of all values is the score less its bias, however scales and tables are joined.
func TestValueWeights(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, how := range Hows() {
		for _, place := range L2s() {
			r := Recipe{Aggregate: how, L2: place, Scales: []int{224, 256, 288}, Widths: []int{5, 5, 5}}
			checkValueWeights(t, rng, r, false)
			checkValueWeights(t, rng, r, true)
			for _, fused := range L2s() {
				one := Recipe{Aggregate: Stack, L2: L2None, Scales: []int{224, 300}, Widths: []int{2, 3}}
				f, err := Fuse([]Recipe{r, one}, fused)
				if err != nil {
					t.Fatal(err)
				}
				checkValueWeights(t, rng, f, false)
				checkValueWeights(t, rng, f, true)
			}
		}
	}
}

// checkValueWeights compares the sum with the score, of random descriptors, of which the first may be all zeros.
func checkValueWeights(t *testing.T, rng *rand.Rand, r Recipe, zeros bool) {
	t.Helper()
	r, err := r.Complete()
	if err != nil {
		t.Fatal(err)
	}
	h := &Head{Classes: []string{"a", "b"}, Recipe: r, Bias: []float64{0.25, -3}, Weights: make([][]float64, 2)}
	for k := range h.Weights {
		for range r.Width() {
			h.Weights[k] = append(h.Weights[k], rng.NormFloat64())
		}
	}
	widths := r.Widths
	if len(r.Parts) > 0 {
		widths = append(append([]int{}, r.Parts[0].Widths...), r.Parts[1].Widths...)
	}
	var parts [][]float32
	for s, n := range widths {
		p := make([]float32, n)
		for i := range p {
			if s > 0 || !zeros {
				p[i] = max(0, float32(rng.NormFloat64()*3+2))
			}
		}
		parts = append(parts, p)
	}
	scores, err := h.Scores(parts)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range scores {
		w, err := h.ValueWeights(parts, k)
		if err != nil {
			t.Fatal(err)
		}
		sum := h.Bias[k]
		for s, p := range parts {
			for d, v := range p {
				sum += w[s][d] * float64(v)
			}
		}
		if math.Abs(sum-want) > 1e-6*max(1, math.Abs(want)) {
			t.Errorf("%v, class %d, zeros %v: the sum is %v, the score %v", r, k, zeros, sum, want)
		}
	}
}

// TestValueWeightsByHand: the maximum is of the scale where a value is greatest, of the first where they are equal.
func TestValueWeightsByHand(t *testing.T) {
	r := Recipe{Aggregate: Max, L2: L2None, Scales: []int{1, 2}, Widths: []int{3, 3}}
	h := &Head{Classes: []string{"a"}, Recipe: r, Weights: [][]float64{{2, 3, 5}}, Bias: []float64{0}}
	w, err := h.ValueWeights([][]float32{{1, 4, 6}, {2, 3, 6}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range [][]float64{{0, 3, 5}, {2, 0, 0}} {
		for d := range want {
			if w[s][d] != want[d] {
				t.Errorf("scale %d: %v, want %v", s, w[s], want)
			}
		}
	}
	for _, bad := range [][][]float32{{{1, 2, 3}}, {{1, 2, 3}, {1, 2}}} {
		if _, err := h.ValueWeights(bad, 0); err == nil || !strings.Contains(err.Error(), "expected") {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := h.ValueWeights([][]float32{{1, 4, 6}, {2, 3, 6}}, 1); err == nil {
		t.Error("there is no class 1")
	}
}
