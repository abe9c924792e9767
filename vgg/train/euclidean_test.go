package train

import (
	"math"
	"strings"
	"testing"
)

// TestEuclidean: the loss and its gradient are their definition's; rows that are no images, and targets that are NaN,
// do not count.
func TestEuclidean(t *testing.T) {
	sh := newShared(t, 3)
	nan := float32(math.NaN())
	v := &euclidean{sh, 2}
	sh.n, sh.weight = 2, 0.25
	in := [][]float32{{1, 5, 2, 7, 9, 9}, {3, nan, 2, 4, 0, 0}}
	out, dx := make([]float32, 1), []float32{9, 9, 9, 9, 9, 9}
	v.forward(out, in)
	v.backward(0, dx, in, out, []float32{2}, false)
	if want := [6]float32{-1, 0, 0, 1.5, 0, 0}; out[0] != 0.25*(4+0+9)/2 || [6]float32(dx) != want {
		t.Errorf("loss %v, gradient %v", out[0], dx)
	}
	sh.weight = 0.5
	checkKernel(t, sh, &euclidean{sh, 3}, [][]float32{numbered(6, 1), numbered(6, 2)}, 1, func(in [][]float64) []float64 {
		var sum float64
		for i, s := range in[0] {
			sum += 0.5 * (s - in[1][i]) * (s - in[1][i]) / 2
		}
		return []float64{sum}
	})
}

// boxHead is a small net of the Euclidean loss, of so many images at once.
func boxHead(t *testing.T, batch int) *Net {
	t.Helper()
	n, err := newHead(5, []int{7, 4}, with(func(o *Options) { o.Loss, o.Batch, o.Rate, o.Seed = Euclidean, batch, 0.05, 3 }))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestStepValues: a step is that of the mean over its images, whatever the parts that it is computed in; and the loss
// falls to what a linear problem has.
func TestStepValues(t *testing.T) {
	x, y := numbered(7*5, 1), numbered(7*4, 2)
	y[5] = float32(math.NaN())
	whole, parts := boxHead(t, 7), boxHead(t, 3)
	first := 0.0
	for i := range 400 {
		a, err := whole.StepValues(x, y)
		if err != nil {
			t.Fatal(err)
		}
		b, err := parts.StepValues(x, y)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = a
		}
		if math.Abs(a-b) > 1e-4*(a+1e-3) {
			t.Fatalf("step %d: %v of the whole batch, %v in parts", i, a, b)
		}
		if i == 399 && !(a < first/8) {
			t.Errorf("the loss fell from %v to %v", first, a)
		}
	}
}

// TestStepValuesRefuses: what is no target, and nets of other losses.
func TestStepValuesRefuses(t *testing.T) {
	n := boxHead(t, 2)
	for want, y := range map[string][]float32{
		"expected 4 an image": {1, 2, 3},
		"labels for 2":        make([]float32, 8),
		"target 2 of image 0": {1, 2, float32(math.Inf(1)), 4},
	} {
		if _, err := n.StepValues(numbered(5, 1), y); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", y, err, want)
		}
	}
	if _, err := n.Step(numbered(5, 1), []int{0}); err == nil {
		t.Error("a class for the Euclidean loss")
	}
	other, err := newHead(5, []int{4}, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.StepValues(numbered(5, 1), make([]float32, 4)); err == nil || !strings.Contains(err.Error(), "StepValues takes numbers") {
		t.Errorf("numbers for softmax: %v", err)
	}
}

// TestGoldenBoxes compares the losses of ten steps on boxes of two classes, and the parameters after them, with
// PyTorch's, for a whole batch and in parts.
func TestGoldenBoxes(t *testing.T) {
	g := readGolden(t)["boxes"]
	if len(g.Losses) != 10 {
		t.Fatalf("%d losses", len(g.Losses))
	}
	for _, batch := range []int{3, 2} {
		n := g.boxNet(t, batch)
		for s, want := range g.Losses {
			x, y := g.batch(s)
			numbers, wanted := numbered(4*g.Batch, 2000+s%2), make([]float32, g.Batch*g.Classes)
			for i := range wanted {
				wanted[i] = float32(math.NaN())
			}
			for i, class := range y {
				copy(wanted[i*g.Classes+class%(g.Classes/4)*4:], numbers[4*i:4*i+4])
			}
			loss, err := n.StepValues(x, wanted)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(loss-want) > 1e-5*want {
				t.Errorf("parts of %d: loss of step %d is %v, PyTorch's %v", batch, s, loss, want)
			}
		}
		for _, p := range n.Params() {
			norm := 0.0
			for _, v := range p.Data {
				norm += float64(v) * float64(v)
			}
			if want := g.After[p.Name].Norm; math.Abs(math.Sqrt(norm)-want) > 5e-5*want {
				t.Errorf("parts of %d: %s ends with the norm %v, PyTorch's %v", batch, p.Name, math.Sqrt(norm), want)
			}
		}
	}
}
