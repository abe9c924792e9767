package train

import (
	"math"
	"slices"
	"testing"
)

func TestBias(t *testing.T) {
	x := []float64{1, -3, -1, 4, 0.5, 2, -0.5, -2}
	out := make([]float64, 8)
	bias[float64]{2, 2, 2, true}.forward(out, [][]float64{x, {1, -1}})
	if want := []float64{2, 0, 0, 3, 1.5, 3, 0, 0}; !slices.Equal(out, want) {
		t.Errorf("%v, expected %v", out, want)
	}
	bias[float64]{2, 2, 2, false}.forward(out, [][]float64{x, {1, -1}})
	if want := []float64{2, -2, -2, 3, 1.5, 3, -1.5, -3}; !slices.Equal(out, want) {
		t.Errorf("%v, expected %v", out, want)
	}
	for _, relu := range []bool{false, true} {
		v := bias[float64]{2, 3, 4, relu}
		checkKernel(t, v, 24, [][]float64{numbered[float64](24, 1), numbered[float64](3, 2)}, 2)
	}
}

// At exactly zero PyTorch's ReLU has gradient 0; and no value is silently mended.
func TestBiasEdges(t *testing.T) {
	v := bias[float64]{1, 1, 2, true}
	in := [][]float64{{-1, math.NaN()}, {1}}
	out, dx := make([]float64, 2), make([]float64, 2)
	v.forward(out, in)
	v.backward(0, dx, in, out, []float64{1, 1})
	if out[0] != 0 || !math.IsNaN(out[1]) || dx[0] != 0 {
		t.Errorf("%v %v", out, dx)
	}
}
