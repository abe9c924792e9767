package svm

import "fc7/internal/f32"

// The inner products of the solver; this file is the one place to put faster kernels.
//
// Rows are float32. Weights are float32 in a first round of descent ("short"), for speed, and float64 after it: weights
// are the sum of as many as a million steps and the gradient is a difference of near-equal numbers, so with float32
// alone the objective of problems with a large C would settle above the optimum.

// shortDot returns Σ x_j w_j in single precision.
func shortDot(x, w []float32) float64 { return float64(f32.Dot(x, w)) }

// shortAxpy adds alpha·x to w in single precision.
func shortAxpy(alpha float64, x, w []float32) { f32.Axpy(float32(alpha), x, w) }

// dot returns Σ x_j w_j, accumulated in float64; len(w) must be at least len(x).
func dot(x []float32, w []float64) float64 {
	var a, b, c, d float64
	n := len(x) &^ 7
	for i := 0; i < n; i += 8 {
		p, q := (*[8]float32)(x[i:]), (*[8]float64)(w[i:])
		a += float64(float64(p[0])*q[0]) + float64(float64(p[4])*q[4])
		b += float64(float64(p[1])*q[1]) + float64(float64(p[5])*q[5])
		c += float64(float64(p[2])*q[2]) + float64(float64(p[6])*q[6])
		d += float64(float64(p[3])*q[3]) + float64(float64(p[7])*q[7])
	}
	for i := n; i < len(x); i++ {
		a += float64(float64(x[i]) * w[i])
	}
	return (a + b) + (c + d)
}

// axpy adds alpha·x to w; len(w) must be at least len(x).
func axpy(alpha float64, x []float32, w []float64) {
	n := len(x) &^ 7
	for i := 0; i < n; i += 8 {
		p, q := (*[8]float32)(x[i:]), (*[8]float64)(w[i:])
		q[0] += float64(alpha * float64(p[0]))
		q[1] += float64(alpha * float64(p[1]))
		q[2] += float64(alpha * float64(p[2]))
		q[3] += float64(alpha * float64(p[3]))
		q[4] += float64(alpha * float64(p[4]))
		q[5] += float64(alpha * float64(p[5]))
		q[6] += float64(alpha * float64(p[6]))
		q[7] += float64(alpha * float64(p[7]))
	}
	for i := n; i < len(x); i++ {
		w[i] += float64(alpha * float64(x[i]))
	}
}

// SquaredNorm returns Σ x_j², accumulated in float64.
func SquaredNorm(x []float32) float64 { return f32.Squares(x) }

// dot64 returns Σ a_j b_j of two float64 vectors of equal length.
func dot64(a, b []float64) float64 {
	var s, t float64
	b = b[:len(a)]
	n := len(a) &^ 1
	for i := 0; i < n; i += 2 {
		s += float64(a[i] * b[i])
		t += float64(a[i+1] * b[i+1])
	}
	if n < len(a) {
		s += float64(a[n] * b[n])
	}
	return s + t
}
