package train

import (
	"slices"
	"testing"
)

func TestLinear(t *testing.T) {
	v := linear[float64]{n: 2, d: 3, o: 2}
	out := []float64{9, 9, 9, 9}
	v.forward(out, [][]float64{{1, 2, 3, 4, 5, 6}, {1, 0, -1, 2, 1, 0}})
	if want := []float64{-2, 4, -2, 13}; !slices.Equal(out, want) {
		t.Errorf("%v, expected %v", out, want)
	}
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 2}, {2, 1, 4}} {
		v := linear[float64]{s[0], s[1], s[2]}
		checkKernel(t, v, v.n*v.o, [][]float64{numbered[float64](v.n*v.d, 1), numbered[float64](v.o*v.d, 2)}, 2)
	}
}

// Both precisions are the same formulas.
func TestGemmSingle(t *testing.T) {
	v := linear[float32]{n: 2, d: 3, o: 2}
	out := []float32{9, 9, 9, 9}
	v.forward(out, [][]float32{{1, 2, 3, 4, 5, 6}, {1, 0, -1, 2, 1, 0}})
	if want := []float32{-2, 4, -2, 13}; !slices.Equal(out, want) {
		t.Errorf("%v, expected %v", out, want)
	}
}
