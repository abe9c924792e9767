package train

import (
	"math"
	"slices"
	"testing"
)

func TestPool(t *testing.T) {
	nan := math.NaN()
	v := pool[float64]{planes: 2, h: 3, w: 5}
	in := [][]float64{{
		1, 2, 7, 7, 9,
		3, 3, 7, 6, 9,
		9, 9, 9, 9, 9,
		nan, 8, -4, -3, 0,
		9, nan, -1, -2, 0,
		0, 0, 0, 0, 0,
	}}
	out, dx := make([]float64, 4), make([]float64, 30)
	v.forward(out, in)
	if !slices.Equal(out[:2], []float64{3, 7}) || !math.IsNaN(out[2]) || out[3] != -1 {
		t.Errorf("%v", out)
	}
	for i := range dx {
		dx[i] = 5
	}
	v.backward(0, dx, in, out, []float64{1, 2, 3, 4})
	want := make([]float64, 30)
	want[5], want[2], want[15], want[22] = 1, 2, 3, 4 // the first of equal ones, the first NaN
	if !slices.Equal(dx, want) {
		t.Errorf("%v, expected %v", dx, want)
	}
	checkKernel(t, pool[float64]{3, 4, 5}, 12, [][]float64{numbered[float64](60, 1)}, 1)
}
