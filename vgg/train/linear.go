package train

import (
	"gonum.org/v1/gonum/blas"
	blasgo "gonum.org/v1/gonum/blas/gonum"
)

// linear is a fully connected layer without bias: inputs x [N,D] (or [N,C,H,W] with C·H·W = D) and weights [O,D], output
// x Wᵀ [N,O].
type linear[T number] struct{ n, d, o int }

func (v linear[T]) forward(out []T, in [][]T) {
	gemm(blas.NoTrans, blas.Trans, v.n, v.o, v.d, in[0], in[1], 0, out)
}

func (v linear[T]) backward(input int, dx []T, in [][]T, _, dout []T) {
	if input == 0 {
		gemm(blas.NoTrans, blas.NoTrans, v.n, v.d, v.o, dout, in[1], 0, dx)
	} else {
		gemm(blas.Trans, blas.NoTrans, v.o, v.d, v.n, dout, in[0], 0, dx)
	}
}

// gemm is c = op(a) op(b) + beta c for dense matrices: op(a) is [m,k], op(b) [k,n], c [m,n].
func gemm[T number](ta, tb blas.Transpose, m, n, k int, a, b []T, beta T, c []T) {
	lda, ldb := k, n
	if ta == blas.Trans {
		lda = m
	}
	if tb == blas.Trans {
		ldb = k
	}
	var impl blasgo.Implementation
	switch a := any(a).(type) {
	case []float32:
		impl.Sgemm(ta, tb, m, n, k, 1, a, lda, any(b).([]float32), ldb, float32(beta), any(c).([]float32), n)
	case []float64:
		impl.Dgemm(ta, tb, m, n, k, 1, a, lda, any(b).([]float64), ldb, float64(beta), any(c).([]float64), n)
	}
}
