package svm

import (
	"math"
	"testing"
)

func TestKernelsAtEverySize(t *testing.T) {
	for n := range 70 {
		x, w := make([]float32, n), make([]float64, n+1)
		w[n] = 42 // a guard
		sum, square := 0.0, 0.0
		for i := range x {
			x[i], w[i] = float32(i%7)-2.5, float64(i%5)+0.25
			sum += float64(x[i]) * w[i]
			square += float64(x[i]) * float64(x[i])
		}
		if got := dot(x, w); math.Abs(got-sum) > 1e-9 {
			t.Errorf("dot of %d: %v, expected %v", n, got, sum)
		}
		if got := SquaredNorm(x); math.Abs(got-square) > 1e-9 {
			t.Errorf("squared norm of %d: %v, expected %v", n, got, square)
		}
		if got, want := dot64(w[:n], w[:n]), 0.0; n == 0 && got != want || n > 0 && math.Abs(got-sumSquares(w[:n])) > 1e-9 {
			t.Errorf("dot64 of %d: %v", n, got)
		}
		before := append([]float64(nil), w...)
		axpy(-1.5, x, w)
		for i := range x {
			if want := before[i] - 1.5*float64(x[i]); math.Abs(w[i]-want) > 1e-12 {
				t.Errorf("axpy of %d at %d: %v, expected %v", n, i, w[i], want)
			}
		}
		if w[n] != 42 {
			t.Errorf("axpy of %d wrote past the end", n)
		}
	}
}

func sumSquares(v []float64) (s float64) {
	for _, x := range v {
		s += x * x
	}
	return s
}

func BenchmarkDot(b *testing.B) {
	x, w := make([]float32, 4096), make([]float64, 4096)
	for b.Loop() {
		dot(x, w)
	}
}

func BenchmarkAxpy(b *testing.B) {
	x, w := make([]float32, 4096), make([]float64, 4096)
	for b.Loop() {
		axpy(0.5, x, w)
	}
}
