package protocol

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"fc7/heads/svm"
)

// A head applied to the descriptors of the scales gives the scores of the table it was trained on, also after a journey
// through JSON.
func TestHeadAppliesItsRecipe(t *testing.T) {
	a, b := multiLabel(200), multiLabel(200)
	for i := range b.IDs {
		for j := range b.row(i) {
			b.row(i)[j] = b.row(i)[j]*3 + float32((i+j)%5)
		}
	}
	recipe := Recipe{Aggregate: Stack, L2: L2Both, Scales: []int{256, 384}, Widths: []int{a.X.D, b.X.D}}
	x, recipe, err := recipe.Matrix([]svm.Block{a.X.Blocks[0], b.X.Blocks[0]}, 200)
	if err != nil {
		t.Fatal(err)
	}
	d := a
	d.X, d.Recipe = x, recipe
	r, err := run(t, voc2007, d, Options{Settings: Settings{C: 1, Bias: 1}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r.Head())
	if err != nil {
		t.Fatal(err)
	}
	var h Head
	if err := json.Unmarshal(text, &h); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&h, r.Head()) {
		t.Error("the head changed in JSON")
	}
	n := 0
	for i := range d.IDs {
		if !d.in(i, "test") {
			continue
		}
		scores, err := h.Scores([][]float32{a.row(i), b.row(i)})
		if err != nil {
			t.Fatal(err)
		}
		for k, s := range scores {
			if s != r.Splits[0].Scores[k][n] {
				t.Fatalf("%s class %d: score %v, in the table %v", d.IDs[i], k, s, r.Splits[0].Scores[k][n])
			}
		}
		n++
	}
}

func TestBadHeads(t *testing.T) {
	good := func() *Head {
		return &Head{Classes: []string{"a"}, Recipe: Recipe{Scales: []int{256}, Widths: []int{2}}, Weights: [][]float64{{1, 2}}, Bias: []float64{0.5}}
	}
	s, err := good().Scores([][]float32{{3, 4}})
	if err != nil || math.Abs(s[0]-(0.6+1.6+0.5)) > 1e-6 {
		t.Error(s, err)
	}
	for want, change := range map[string]func(*Head){
		"0 classes":              func(h *Head) { h.Classes = nil },
		"0 weight vectors":       func(h *Head) { h.Weights = nil },
		"0 biases":               func(h *Head) { h.Bias = nil },
		"class a has 1 weights":  func(h *Head) { h.Weights[0] = h.Weights[0][:1] },
		"unknown aggregation":    func(h *Head) { h.Recipe.Aggregate = "sum" },
		"descriptors of 1 scale": func(h *Head) { h.Recipe.Scales, h.Recipe.Widths = []int{1, 2}, []int{2, 2} },
	} {
		h := good()
		change(h)
		if _, err := h.Scores([][]float32{{3, 4}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected %q", err, want)
		}
	}
}
