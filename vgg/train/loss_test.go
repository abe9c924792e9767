package train

import (
	"math"
	"testing"
)

func TestCrossEntropy(t *testing.T) {
	v := crossEntropy[float64]{n: 3, k: 2}
	out := make([]float64, 1)
	// Row 3 has no weight, so what stands in it is of no account.
	v.forward(out, [][]float64{{0, math.Log(3), 1, 1, math.NaN(), 2}, {0.5, 0, 0, 0.5, 0, 0}})
	if want := 0.5*math.Log(4) + 0.5*math.Log(2); math.Abs(out[0]-want) > 1e-15 {
		t.Errorf("%v, expected %v", out[0], want)
	}
	checkKernel(t, crossEntropy[float64]{2, 3}, 1, [][]float64{numbered[float64](6, 1), {0, 0.25, 0, 0.5, 0, 0.25}}, 1)
}

// Scores far from zero, and far from those of the first row, neither overflow nor underflow.
func TestCrossEntropyExtremes(t *testing.T) {
	v := crossEntropy[float32]{n: 2, k: 2}
	in := [][]float32{{1e5, 0, -1e5, -1e5}, {0, 0.5, 0.5, 0}}
	out, dx := make([]float32, 1), make([]float32, 4)
	v.forward(out, in)
	v.backward(0, dx, in, out, []float32{1})
	want := [4]float32{0.5, -0.5, -0.25, 0.25}
	if math.Abs(float64(out[0])-(5e4+0.5*math.Ln2)) > 0.01 || [4]float32(dx) != want {
		t.Errorf("loss %v, gradient %v", out[0], dx)
	}
}

func TestBinaryCrossEntropy(t *testing.T) {
	out := make([]float64, 1)
	binaryCrossEntropy[float64]{}.forward(out, [][]float64{{0, math.Log(3), math.NaN(), math.Log(3)}, {0.5, 0.25, 0, -1}})
	if want := 0.5*math.Ln2 + 0.25*math.Log(4./3) + math.Log(4); math.Abs(out[0]-want) > 1e-15 {
		t.Errorf("%v, expected %v", out[0], want)
	}
	checkKernel(t, binaryCrossEntropy[float64]{}, 1, [][]float64{numbered[float64](6, 1), {0, 0.25, -1, -0.5, 0, 0.25}}, 1)
	in, dx := [][]float64{{1e4, -1e4}, {-1, 1}}, make([]float64, 2)
	binaryCrossEntropy[float64]{}.forward(out, in)
	binaryCrossEntropy[float64]{}.backward(0, dx, in, out, []float64{1})
	if out[0] != 2e4 || dx[0] != 1 || dx[1] != -1 {
		t.Errorf("loss %v, gradient %v", out[0], dx)
	}
}

func TestLossString(t *testing.T) {
	if Softmax.String() != "softmax cross-entropy" || Sigmoid.String() != "sigmoid cross-entropy" || Loss(7).String() != "loss 7" {
		t.Errorf("%v %v %v", Softmax, Sigmoid, Loss(7))
	}
}
