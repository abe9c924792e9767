package train

import (
	"math"
	"testing"
)

func TestCrossEntropy(t *testing.T) {
	sh := newShared(t, 3)
	v := &crossEntropy{sh, 2}
	out := make([]float32, 1)
	// Row 3 has no weight, so what stands in it is of no account.
	ln3 := float32(math.Log(3))
	v.forward(out, [][]float32{{0, ln3, 1, 1, float32(math.NaN()), 2}, {0.5, 0, 0, 0.5, 0, 0}})
	if want := 0.5*math.Log(4) + 0.5*math.Log(2); math.Abs(float64(out[0])-want) > 1e-6 {
		t.Errorf("%v, expected %v", out[0], want)
	}
	sh.n = 2
	checkKernel(t, sh, &crossEntropy{sh, 3}, [][]float32{numbered(6, 1), {0, 0.25, 0, 0.5, 0, 0.25}}, 1, func(in [][]float64) []float64 {
		var sum float64
		for i, w := range in[1] {
			row := in[0][i/3*3 : i/3*3+3]
			sum += w * (math.Log(math.Exp(row[0])+math.Exp(row[1])+math.Exp(row[2])) - in[0][i])
		}
		return []float64{sum}
	})
}

// Scores far from zero, and far from those of the first row, neither overflow nor underflow.
func TestCrossEntropyExtremes(t *testing.T) {
	v := &crossEntropy{newShared(t, 2), 2}
	in := [][]float32{{1e5, 0, -1e5, -1e5}, {0, 0.5, 0.5, 0}}
	out, dx := make([]float32, 1), make([]float32, 4)
	v.forward(out, in)
	v.backward(0, dx, in, out, []float32{1}, false)
	want := [4]float32{0.5, -0.5, -0.25, 0.25}
	if math.Abs(float64(out[0])-(5e4+0.5*math.Ln2)) > 0.01 || [4]float32(dx) != want {
		t.Errorf("loss %v, gradient %v", out[0], dx)
	}
}

func TestBinaryCrossEntropy(t *testing.T) {
	out, ln3 := make([]float32, 1), float32(math.Log(3))
	binaryCrossEntropy{}.forward(out, [][]float32{{0, ln3, float32(math.NaN()), ln3}, {0.5, 0.25, 0, -1}})
	if want := 0.5*math.Ln2 + 0.25*math.Log(4./3) + math.Log(4); math.Abs(float64(out[0])-want) > 1e-6 {
		t.Errorf("%v, expected %v", out[0], want)
	}
	checkKernel(t, newShared(t, 1), binaryCrossEntropy{}, [][]float32{numbered(6, 1), {0, 0.25, -1, -0.5, 0, 0.25}}, 1, func(in [][]float64) []float64 {
		var sum float64
		for i, w := range in[1] {
			if w != 0 {
				sum += math.Abs(w) * math.Log(1+math.Exp(-math.Copysign(in[0][i], w*in[0][i])))
			}
		}
		return []float64{sum}
	})
	in, dx := [][]float32{{1e4, -1e4}, {-1, 1}}, make([]float32, 2)
	binaryCrossEntropy{}.forward(out, in)
	binaryCrossEntropy{}.backward(0, dx, in, out, []float32{1}, false)
	if out[0] != 2e4 || dx[0] != 1 || dx[1] != -1 {
		t.Errorf("loss %v, gradient %v", out[0], dx)
	}
}

func TestLossString(t *testing.T) {
	if Softmax.String() != "softmax cross-entropy" || Sigmoid.String() != "sigmoid cross-entropy" || Loss(7).String() != "loss 7" {
		t.Errorf("%v %v %v", Softmax, Sigmoid, Loss(7))
	}
}
