package train

import (
	"math"
	"slices"
	"testing"
)

func TestDrawMask(t *testing.T) {
	draw := func(p float64, seed uint64, step, first, layer int) []float32 {
		m := make([]float32, 20000)
		drawMask(m, 4, p, seed, step, first, layer)
		return m
	}
	m := draw(0.3, 1, 2, 3, 4)
	zeros := 0
	for _, v := range m {
		switch {
		case v == 0:
			zeros++
		case v != float32(1/(1-0.3)):
			t.Fatalf("a mask holds %v", v)
		}
	}
	if share := float64(zeros) / 20000; math.Abs(share-0.3) > 0.02 { // six sigma
		t.Errorf("%v of the mask are zero, expected 0.3", share)
	}
	if !slices.Equal(m, draw(0.3, 1, 2, 3, 4)) {
		t.Error("not the same mask again")
	}
	if !slices.Equal(m[5000:], draw(0.3, 1, 2, 4, 4)[:15000]) {
		t.Error("an image at one place in the batch has not one mask, whichever part it is in")
	}
	for k := range 3 {
		if slices.Equal(m[k*5000:(k+1)*5000], m[(k+1)*5000:(k+2)*5000]) {
			t.Error("two images have the same mask")
		}
	}
	for _, other := range [][]float32{draw(0.3, 2, 2, 3, 4), draw(0.3, 1, 3, 3, 4), draw(0.3, 1, 2, 4, 4), draw(0.3, 1, 2, 3, 5)} {
		if slices.Equal(m, other) {
			t.Error("two masks are the same")
		}
	}
	if slices.Contains(draw(0, 1, 1, 1, 1), 0) {
		t.Error("probability 0 drops")
	}
}

func TestDrop(t *testing.T) {
	checkKernel(t, newShared(t, 1), drop{}, [][]float32{numbered(6, 1), {0, 2, 2, 0, 2, 0}}, 1, func(in [][]float64) []float64 {
		out := make([]float64, 6)
		for i, x := range in[0] {
			out[i] = x * in[1][i]
		}
		return out
	})
}
