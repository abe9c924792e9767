//go:build (amd64 || arm64) && !noasm

package f32

// The functions of this file put the assembly behind the slices of kernels. Each checks the last element it will touch,
// so that a wrong shape panics and never writes elsewhere.

// fma is the arithmetic of all assembly sets: the same fused operations in the same order.
const fma = "fma-1"

type (
	gemmFunc  = func(groups int, a *float32, aStride int, b *float32, bStride int, c *float32, cStride, k int, add bool)
	outerFunc = func(a *float32, aStride int, b *float32, bStride int, bPanel int, c *float32, cStride int, k int, add bool)
)

// gemmBy takes kernels by panels and rows; where there is none of so many panels, those of fewer do them in turn.
func gemmBy[T [6]gemmFunc | [12]gemmFunc](tables ...T) func(groups, m, n int, a []float32, aStride int, b []float32, bStride int, c []float32, cStride, k int, add bool) {
	var table [4][12]gemmFunc
	for i, t := range tables {
		switch t := any(t).(type) {
		case [6]gemmFunc:
			copy(table[i][:], t[:])
		case [12]gemmFunc:
			copy(table[i][:], t[:])
		}
	}
	return func(groups, m, n int, a []float32, aStride int, b []float32, bStride int, c []float32, cStride, k int, add bool) {
		last := groups*m - 1
		_, _, _ = a[last*aStride+k-1], b[(n-1)*bStride+16*k-1], c[last*cStride+16*n-1]
		if k%4 != 0 {
			panic("f32: gemm: k is not a multiple of 4")
		}
		for p := 0; p < n; {
			most := n - p
			for table[most-1][m-1] == nil {
				most--
			}
			table[most-1][m-1](groups, &a[0], aStride, &b[p*bStride], bStride, &c[16*p], cStride, k, add)
			p += most
		}
	}
}

func winogradInBy(f func(dst *float32, dstStride int, src *float32, rowStride, colStride, c int, tmp *float32)) func(dst []float32, dstStride int, src []float32, rowStride, colStride, c int, tmp []float32) {
	return func(dst []float32, dstStride int, src []float32, rowStride, colStride, c int, tmp []float32) {
		_, _, _ = dst[35*dstStride+c-1], src[5*(rowStride+colStride)+c-1], tmp[36*Lanes-1]
		f(&dst[0], dstStride, &src[0], rowStride, colStride, c, &tmp[0])
	}
}

func winogradOutBy(f func(dst *float32, rowStride, colStride int, src *float32, srcStride int, bias *float32, c int, tmp *float32), size int) func(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, tmp []float32) {
	return func(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, tmp []float32) {
		_, _, _, _ = dst[(size-1)*(rowStride+colStride)+c-1], src[35*srcStride+c-1], bias[c-1], tmp[36*Lanes-1]
		f(&dst[0], rowStride, colStride, &src[0], srcStride, &bias[0], c, &tmp[0])
	}
}

func maxPoolBy(f func(dst, r0, r1 *float32, n, c int)) func(dst, r0, r1 []float32, n, c int) {
	return func(dst, r0, r1 []float32, n, c int) {
		if c%Lanes != 0 {
			maxPoolPlain(dst, r0, r1, n, c)
			return
		}
		_, _, _ = dst[n*c-1], r0[2*n*c-1], r1[2*n*c-1]
		f(&dst[0], &r0[0], &r1[0], n, c)
	}
}

func biasReLUBy(plain, clip func(x, bias *float32, n int)) func(x, bias []float32, relu bool) {
	return func(x, bias []float32, relu bool) {
		n := len(x) &^ (Lanes - 1)
		if n > 0 {
			_ = bias[n-1]
			if relu {
				clip(&x[0], &bias[0], n)
			} else {
				plain(&x[0], &bias[0], n)
			}
		}
		biasReLUPlain(x[n:], bias[n:], relu)
	}
}

// conv3By does m pixels at a time. Of those that are left at the end of a row, few go one by one; for more than a third
// of m the last m are done, of which some come to the same once more.
func conv3By(many, one func(dst *float32, k int, r0, r1, r2, w, bias *float32), m int) func(dst []float32, n, k int, r0, r1, r2, w, bias []float32) {
	return func(dst []float32, n, k int, r0, r1, r2, w, bias []float32) {
		last := 3*(n+2) - 1
		_, _, _, _, _, _ = dst[n*k-1], r0[last], r1[last], r2[last], w[27*k-1], bias[k-1]
		x := 0
		for ; x+m <= n; x += m {
			many(&dst[x*k], k, &r0[3*x], &r1[3*x], &r2[3*x], &w[0], &bias[0])
		}
		if n >= m && 3*(n-x) > m {
			x = n - m
			many(&dst[x*k], k, &r0[3*x], &r1[3*x], &r2[3*x], &w[0], &bias[0])
			return
		}
		for ; x < n; x++ {
			one(&dst[x*k], k, &r0[3*x], &r1[3*x], &r2[3*x], &w[0], &bias[0])
		}
	}
}

func dotBy(f func(x, y *float32, n int) float32) func(x, y []float32) float32 {
	return func(x, y []float32) float32 {
		n := len(x) &^ 63
		var s float32
		if n > 0 {
			_ = y[n-1]
			s = f(&x[0], &y[0], n)
		}
		if n < len(x) {
			s += dotPlain(x[n:], y[n:])
		}
		return s
	}
}

func axpyBy(f func(a float32, x, y *float32, n int)) func(a float32, x, y []float32) {
	return func(a float32, x, y []float32) {
		n := len(x) &^ 63
		if n > 0 {
			_ = y[n-1]
			f(a, &x[0], &y[0], n)
		}
		axpyPlain(a, x[n:], y[n:])
	}
}

func filter7By(f func(dst *float32, dstStride int, src *float32, tapStride, n int, g, tmp *float32)) func(dst []float32, dstStride int, src []float32, tapStride, n int, g, tmp []float32) {
	return func(dst []float32, dstStride int, src []float32, tapStride, n int, g, tmp []float32) {
		_, _, _, _ = dst[63*dstStride+16*n-1], src[48*tapStride+16*n-1], g[63], tmp[56*Lanes-1]
		f(&dst[0], dstStride, &src[0], tapStride, n, &g[0], &tmp[0])
	}
}

func output7By(f func(dst *float32, dstStride int, src *float32, srcStride, n int, a, tmp *float32)) func(dst []float32, dstStride int, src []float32, srcStride, n int, a, tmp []float32) {
	return func(dst []float32, dstStride int, src []float32, srcStride, n int, a, tmp []float32) {
		_, _, _, _ = dst[3*dstStride+16*n-1], src[63*srcStride+16*n-1], a[15], tmp[16*Lanes-1]
		f(&dst[0], dstStride, &src[0], srcStride, n, &a[0], &tmp[0])
	}
}

func outerBy[T [4]outerFunc | [8]outerFunc](tables ...T) func(m, n int, a []float32, aStride int, b []float32, bStride, bPanel int, c []float32, cStride, k int, add bool) {
	var table [2][8]outerFunc
	for i, t := range tables {
		switch t := any(t).(type) {
		case [4]outerFunc:
			copy(table[i][:], t[:])
		case [8]outerFunc:
			copy(table[i][:], t[:])
		}
	}
	return func(m, n int, a []float32, aStride int, b []float32, bStride, bPanel int, c []float32, cStride, k int, add bool) {
		_, _, _ = a[(k-1)*aStride+m-1], b[(k-1)*bStride+(n-1)*bPanel+15], c[(m-1)*cStride+16*n-1]
		table[n-1][m-1](&a[0], aStride, &b[0], bStride, bPanel, &c[0], cStride, k, add)
	}
}

func winogradGradBy(f func(dst *float32, dstStride int, src *float32, rowStride, colStride, c int, tmp *float32)) func(dst []float32, dstStride int, src []float32, rowStride, colStride, c int, tmp []float32) {
	return func(dst []float32, dstStride int, src []float32, rowStride, colStride, c int, tmp []float32) {
		_, _, _ = dst[35*dstStride+c-1], src[3*(rowStride+colStride)+c-1], tmp[36*Lanes-1]
		f(&dst[0], dstStride, &src[0], rowStride, colStride, c, &tmp[0])
	}
}

func winogradFilterBy(f func(dst *float32, dstStride int, src, tmp *float32)) func(dst []float32, dstStride int, src, tmp []float32) {
	return func(dst []float32, dstStride int, src, tmp []float32) {
		_, _, _ = dst[35*dstStride+15], src[9*16-1], tmp[36*Lanes-1]
		f(&dst[0], dstStride, &src[0], &tmp[0])
	}
}

func winogradFilterGradBy(f func(dst, src *float32, srcStride int, tmp *float32)) func(dst, src []float32, srcStride int, tmp []float32) {
	return func(dst, src []float32, srcStride int, tmp []float32) {
		_, _, _ = dst[9*16-1], src[35*srcStride+15], tmp[36*Lanes-1]
		f(&dst[0], &src[0], srcStride, &tmp[0])
	}
}

func maskBy(f func(d, y *float32, n int)) func(d, y []float32) {
	return func(d, y []float32) {
		n := len(d) &^ (Lanes - 1)
		if n > 0 {
			_ = y[n-1]
			f(&d[0], &y[0], n)
		}
		maskPlain(d[n:], y[n:])
	}
}

func poolGradBy(f func(d0, d1, x0, x1, dout *float32, n, c int)) func(d0, d1, x0, x1, dout []float32, n, c int) {
	return func(d0, d1, x0, x1, dout []float32, n, c int) {
		if n == 0 || c%Lanes != 0 {
			poolGradPlain(d0, d1, x0, x1, dout, n, c)
			return
		}
		last := 2*n*c - 1
		_, _, _, _, _ = d0[last], d1[last], x0[last], x1[last], dout[n*c-1]
		f(&d0[0], &d1[0], &x0[0], &x1[0], &dout[0], n, c)
	}
}

func affineBy(f func(dst, x, a, b, low *float32, n, c int)) func(dst, x, a, b []float32, low float32, n, c int) {
	return func(dst, x, a, b []float32, low float32, n, c int) {
		if n == 0 || c%Lanes != 0 {
			affinePlain(dst, x, a, b, low, n, c)
			return
		}
		_, _, _, _ = dst[n*c-1], x[n*c-1], a[c-1], b[c-1]
		f(&dst[0], &x[0], &a[0], &b[0], &low, n, c)
	}
}

func affine2By(f func(dst, d, x, a, b, k *float32, n, c int)) func(dst, d, x, a, b, k []float32, n, c int) {
	return func(dst, d, x, a, b, k []float32, n, c int) {
		if n == 0 || c%Lanes != 0 {
			affine2Plain(dst, d, x, a, b, k, n, c)
			return
		}
		_, _, _, _, _, _ = dst[n*c-1], d[n*c-1], x[n*c-1], a[c-1], b[c-1], k[c-1]
		f(&dst[0], &d[0], &x[0], &a[0], &b[0], &k[0], n, c)
	}
}

func momentsBy(f func(sum, product, d, x, md, mx *float32, n, c int)) func(sum, product, d, x, md, mx []float32, n, c int) {
	return func(sum, product, d, x, md, mx []float32, n, c int) {
		if n == 0 || c%Lanes != 0 {
			momentsPlain(sum, product, d, x, md, mx, n, c)
			return
		}
		_, _, _, _, _, _ = sum[c-1], product[c-1], d[n*c-1], x[n*c-1], md[c-1], mx[c-1]
		f(&sum[0], &product[0], &d[0], &x[0], &md[0], &mx[0], n, c)
	}
}

func squaresBy(f func(sum *float64, x *float32, n int)) func(sum *[4]float64, x []float32) {
	return func(sum *[4]float64, x []float32) {
		n := len(x) &^ (Lanes - 1)
		if n > 0 {
			f(&sum[0], &x[0], n)
		}
		squaresPlain(sum, x[n:])
	}
}

func apartBy(g func(sum, a *float64, f float64, x *float32, n int)) func(sum *[4]float64, a []float64, x []float32, f float64) {
	return func(sum *[4]float64, a []float64, x []float32, f float64) {
		n := len(x) &^ (Lanes - 1)
		if n > 0 {
			_ = a[n-1]
			g(&sum[0], &a[0], f, &x[0], n)
		}
		apartPlain(sum, a[n:], x[n:], f)
	}
}
