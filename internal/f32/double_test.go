package f32

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestDouble holds each set to the definition, value by value, in the order that double.go gives, to the last bit.
func TestDouble(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 2))
	for n := range 131 {
		x, a, f := values(r, n), make([]float64, n), 1/3.
		for i := range a {
			a[i] = r.NormFloat64()
		}
		for name, c := range map[string]struct {
			whole int // of the last values that are fewer all go to the first lane
			value func(i int) float64
			run   func(k *kernels, sum *[4]float64)
		}{
			"squares": {4, func(i int) float64 { return float64(x[i]) }, func(k *kernels, sum *[4]float64) { k.squares(sum, x) }},
			"apart":   {8, func(i int) float64 { return a[i] - float64(f*float64(x[i])) }, func(k *kernels, sum *[4]float64) { k.apart(sum, a, x, f) }},
		} {
			want := [4]float64{1, 2, 3, 4}
			for i := range n {
				lane := i % 4
				if i >= n/c.whole*c.whole {
					lane = 0
				}
				d := c.value(i)
				want[lane] += float64(d * d)
			}
			for _, set := range available() {
				got := [4]float64{1, 2, 3, 4}
				if c.run(set, &got); got != want {
					t.Errorf("%s %s of %d: %v, expected %v", set.name, name, n, got, want)
				}
			}
		}
	}
}

// TestDoubleNotFinite: what is not finite comes out so from every lane, and a short slice is a panic.
func TestDoubleNotFinite(t *testing.T) {
	for _, set := range available() {
		for i := range 40 {
			x, a := make([]float32, 40), make([]float64, 40)
			x[i] = float32(math.Inf(1))
			var s, d [4]float64
			set.squares(&s, x)
			set.apart(&d, a, x, 1)
			if !math.IsInf(fold(&s), 1) || !math.IsInf(fold(&d), 1) {
				t.Errorf("%s at %d: %v and %v, expected infinity", set.name, i, fold(&s), fold(&d))
			}
		}
		if panicOf(func() { set.apart(new([4]float64), make([]float64, 64)[:31:31], make([]float32, 32), 1) }) == "" {
			t.Errorf("%s: no panic of a short slice", set.name)
		}
	}
}

func BenchmarkSquaredDistance(b *testing.B) {
	x, a := make([]float32, 4096), make([]float64, 4096)
	b.SetBytes(4 * 4096)
	for b.Loop() {
		SquaredDistance(a, x, 1.5)
	}
}

func BenchmarkSquares(b *testing.B) {
	x := make([]float32, 4096)
	b.SetBytes(4 * 4096)
	for b.Loop() {
		Squares(x)
	}
}
