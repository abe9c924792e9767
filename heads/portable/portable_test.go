package portable

import (
	"bytes"
	"flag"
	"math"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files; then run testdata/check.py, which judges them")

// fused is a head of two parts, with every kind of node.
func fused() Head {
	return Head{
		Classes: []string{"cat", "dining table", "søt"},
		Parts: []Part{
			{Inputs: []string{"part1_fc7_q256", "part1_fc7_q384"}, Widths: []int{2, 2}, How: "mean", L2: Place{Before: true}},
			{Inputs: []string{"part2_fc7_q256", "part2_fc7_q384"}, Widths: []int{2, 1}, How: "stack"},
			{Inputs: []string{"part3_fc7_q256", "part3_fc7_q384"}, Widths: []int{2, 2}, How: "max", L2: Place{After: true}},
		},
		L2:      Place{Before: true, After: true},
		Weights: [][]float64{{1, -2, 0.5, 3, 0, 1, 2}, {0.25, 1, -1, 0, 2, 0, -1}, {-3, 0.125, 1, 1, 1, 4, 0}},
		Bias:    []float64{0.5, -0.25, 0}, Sense: Logistic, Source: `[{"layer":"fc7"}]`,
	}
}

func plain() Head {
	return Head{
		Classes: []string{"a", "b", "c"},
		Parts:   []Part{{Inputs: []string{"fc7_q256"}, Widths: []int{3}, How: "mean", L2: Place{After: true}}},
		Weights: [][]float64{{1, 0, -1}, {0.5, 0.5, 0.1}, {-1, 2, 0}}, Bias: make([]float64, 3),
	}
}

// The golden files were judged by testdata/check.py: the checker of onnx, and ONNX Runtime against numpy.
func TestONNXGolden(t *testing.T) {
	for name, h := range map[string]Head{"fused.onnx": fused(), "plain.onnx": plain()} {
		var b bytes.Buffer
		if err := WriteONNX(&b, h); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

// Each place of normalising adds its divisions, and no other; in a head of one part there is nothing to stack.
func TestONNXNormalises(t *testing.T) {
	for place, want := range map[Place]int{{}: 3, {Before: true}: 6, {After: true}: 4, {Before: true, After: true}: 7} {
		h := fused() // two divisions in its first part, one in its last
		h.L2 = place
		var b bytes.Buffer
		if err := WriteONNX(&b, h); err != nil {
			t.Fatal(err)
		}
		if got := bytes.Count(b.Bytes(), []byte("\x22\x03Div")); got != want { // field 4, op_type
			t.Errorf("%+v: %d divisions, want %d", place, got, want)
		}
		one := plain()
		one.L2 = place
		b.Reset()
		if err := WriteONNX(&b, one); err != nil {
			t.Fatal(err)
		}
		golden(t, "plain.onnx", b.Bytes())
	}
}

// LIBLINEAR's own predict read the golden models; see testdata/check.py.
func TestLIBLINEARGolden(t *testing.T) {
	two, one := plain(), plain()
	two.Classes, two.Weights, two.Bias = two.Classes[:2], [][]float64{{0.5, -0.5, -1.1}, {-0.5, 0.5, 1.1}}, []float64{0.25, -0.25}
	one.Classes, one.Weights, one.Bias = one.Classes[:1], one.Weights[:1], one.Bias[:1]
	for name, h := range map[string]Head{"fused.model": fused(), "plain.model": plain(), "two.model": two, "one.model": one} {
		solver := SolverSquaredHinge
		if h.Sense == Logistic {
			solver = SolverLogistic
		}
		var b bytes.Buffer
		if err := WriteLIBLINEAR(&b, h, solver); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what was judged: %d bytes, want %d", name, len(got), len(want))
	}
}

func TestBadHeads(t *testing.T) {
	for want, change := range map[string]func(*Head){
		"0 classes":                func(h *Head) { h.Classes = nil },
		"1 biases":                 func(h *Head) { h.Bias = h.Bias[:1] },
		"class a has 2 weights":    func(h *Head) { h.Weights[0] = h.Weights[0][:2] },
		"class b has the weight N": func(h *Head) { h.Weights[1][2] = math.NaN() },
		`a part that is the "sum"`: func(h *Head) { h.Parts[0].How = "sum" },
		"1 inputs with 0 widths":   func(h *Head) { h.Parts[0].Widths = nil },
	} {
		h := plain()
		change(&h)
		var b bytes.Buffer
		for _, err := range []error{WriteONNX(&b, h), WriteLIBLINEAR(&b, h, SolverHinge)} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, expected %q", err, want)
			}
		}
	}
}
