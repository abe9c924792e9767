package f32

import (
	"math"
)

// fused is a*b + c, rounded once.
func fused(a, b, c float32) float32 {
	p := float64(a) * float64(b) // exact
	s := p + float64(c)
	// What s lost, exactly (Knuth's two-sum). Where it lost something and its last bit is even, the odd neighbour on
	// the true sum's side stands for it (round to odd), so that the second rounding cannot go wrong.
	t := s - p
	lost := (p - (s - t)) + (float64(c) - t)
	if bits := math.Float64bits(s); lost != 0 && !math.IsNaN(lost) && bits&1 == 0 {
		if (lost > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
		s = math.Float64frombits(bits)
	}
	return float32(s)
}

// fusedKernels say what fma-1 is, operation by operation: the judge of the assembly on every processor.
var fusedKernels = kernels{
	name: "fused", arithmetic: "fma-1", rows: 12, outerRows: 8, panels: 2,
	gemm: gemmFused, winogradIn: winogradInFused, winogradOut: winogradOutFused,
	winogradPool: winogradPoolFused, maxPool: maxPoolPlain, biasReLU: biasReLUPlain,
	conv3: conv3Fused, dot: dotFused, axpy: axpyFused, filter7: filter7Fused, output7: output7Fused,
	outer: outerFused, winogradLinear: winogradLinearFused, winogradGrad: winogradGradFused,
	winogradFilter: winogradFilterFused, winogradFilterGrad: winogradFilterGradFused,
	mask: maskPlain, poolGrad: poolGradPlain, affine: affineFused, affine2: affine2Fused, moments: momentsFused,
	squares: squaresPlain, apart: apartPlain,
}

func gemmFused(groups, m, n int, a []float32, aStride int, b []float32, bStride int, c []float32, cStride, k int, add bool) {
	for i := range groups * m {
		for j := range 16 * n {
			var s float32
			for x := range k {
				s = fused(a[i*aStride+x], b[j/16*bStride+16*x+j%16], s)
			}
			if add {
				s += c[i*cStride+j]
			}
			c[i*cStride+j] = s
		}
	}
}

func outerFused(m, n int, a []float32, aStride int, b []float32, bStride, bPanel int, c []float32, cStride, k int, add bool) {
	for i := range m {
		for j := range 16 * n {
			var s float32
			for x := range k {
				s = fused(a[x*aStride+i], b[x*bStride+j/16*bPanel+j%16], s)
			}
			if add {
				s += c[i*cStride+j]
			}
			c[i*cStride+j] = s
		}
	}
}

// both applies a transform to the columns of a tile [height][width], then to the rows of what came out; get and put
// reach the values of a channel.
func both(width int, f func(d []float32) []float32, height int, get func(y, x int) float32, put func(y, x int, v float32)) {
	var half [][]float32 // of each column
	for x := range width {
		d := make([]float32, height)
		for y := range d {
			d[y] = get(y, x)
		}
		half = append(half, f(d))
	}
	for y := range half[0] {
		d := make([]float32, width)
		for x := range d {
			d[x] = half[x][y]
		}
		for x, v := range f(d) {
			put(y, x, v)
		}
	}
}

func btFused(d []float32) []float32 {
	s, t := fused(-4, d[2], d[4]), fused(-4, d[1], d[3])
	u, w := d[4]-d[2], d[3]-d[1]
	return []float32{
		fused(4, d[0], fused(-5, d[2], d[4])), s + t, s - t,
		fused(2, w, u), fused(-2, w, u), fused(4, d[1], fused(-5, d[3], d[5])),
	}
}

func winogradInFused(dst []float32, dstStride int, src []float32, rowStride, colStride, c int, _ []float32) {
	for i := range c {
		both(6, btFused, 6, func(y, x int) float32 { return src[y*rowStride+x*colStride+i] },
			func(y, x int, v float32) { dst[(6*y+x)*dstStride+i] = v })
	}
}

func atFused(m []float32) []float32 {
	p, q, r, t := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
	return []float32{m[0] + p + r, fused(2, t, q), fused(4, r, p), fused(8, t, q) + m[5]}
}

func winogradLinearFused(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, _ []float32) {
	for i := range c {
		both(6, atFused, 6, func(y, x int) float32 { return src[(6*y+x)*srcStride+i] },
			func(y, x int, v float32) { dst[y*rowStride+x*colStride+i] = v + bias[i] })
	}
}

func winogradOutFused(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, _ []float32) {
	for i := range c {
		both(6, atFused, 6, func(y, x int) float32 { return src[(6*y+x)*srcStride+i] },
			func(y, x int, v float32) { dst[y*rowStride+x*colStride+i] = relu(v + bias[i]) })
	}
}

func winogradPoolFused(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, tmp []float32) {
	whole := make([]float32, 16*c)
	winogradOutFused(whole, 4*c, c, src, srcStride, bias, c, tmp)
	for y := range 2 {
		maxPoolPlain(whole[:2*c], whole[8*y*c:][:4*c], whole[(8*y+4)*c:][:4*c], 2, c)
		for x := range 2 {
			copy(dst[y*rowStride+x*colStride:][:c], whole[x*c:])
		}
	}
}

func output7Fused(dst []float32, dstStride int, src []float32, srcStride, n int, a, _ []float32) {
	for i := range 16 * n {
		both(8, func(d []float32) []float32 {
			var s [2]float32
			for x, v := range d {
				s[0], s[1] = fused(a[x], v, s[0]), fused(a[8+x], v, s[1])
			}
			return s[:]
		}, 8, func(y, x int) float32 { return src[(8*y+x)*srcStride+i] },
			func(y, x int, v float32) { dst[(2*y+x)*dstStride+i] = v })
	}
}

func expandFused(d []float32) []float32 {
	even, odd := d[0]+d[2], d[1]+d[3]
	u, w := fused(4, d[2], d[0]), fused(8, d[3], 2*d[1])
	return []float32{d[0], even + odd, even - odd, u + w, u - w, d[3]}
}

func winogradGradFused(dst []float32, dstStride int, src []float32, rowStride, colStride, c int, _ []float32) {
	for i := range c {
		both(4, expandFused, 4, func(y, x int) float32 { return src[y*rowStride+x*colStride+i] },
			func(y, x int, v float32) { dst[(6*y+x)*dstStride+i] = v })
	}
}

func gFused(d []float32) []float32 {
	s, t := float32((d[0]+d[2])*(1./6)), float32(d[1]*(1./6))
	u, w := fused(1./6, d[2], d[0]*(1./24)), float32(d[1]*(1./12))
	return []float32{d[0] * 0.25, 0 - (s + t), t - s, u + w, u - w, d[2]}
}

func winogradFilterFused(dst []float32, dstStride int, src, _ []float32) {
	for i := range 16 {
		both(3, gFused, 3, func(y, x int) float32 { return src[16*(3*y+x)+i] },
			func(y, x int, v float32) { dst[(6*y+x)*dstStride+i] = v })
	}
}

func gtFused(u []float32) []float32 {
	s, t := float32((u[1]+u[2])*(1./6)), u[3]+u[4]
	first, second := float32(u[0]*0.25), float32((u[2]-u[1])*(1./6))
	return []float32{fused(1./24, t, first-s), fused(1./12, u[3]-u[4], second), fused(1./6, t, u[5]-s)}
}

func winogradFilterGradFused(dst, src []float32, srcStride int, _ []float32) {
	for i := range 16 {
		both(6, gtFused, 6, func(y, x int) float32 { return src[(6*y+x)*srcStride+i] },
			func(y, x int, v float32) { dst[16*(3*y+x)+i] = v })
	}
}

func conv3Fused(dst []float32, n, k int, r0, r1, r2, w, bias []float32) {
	for x := range n {
		for o := range k {
			var s float32
			for y, r := range [3][]float32{r0, r1, r2} {
				for j := range 9 {
					s = fused(r[3*x+j], w[(o/16*27+9*y+j)*16+o%16], s)
				}
			}
			dst[x*k+o] = relu(s + bias[o])
		}
	}
}

func dotFused(x, y []float32) float32 {
	var s [64]float32
	n := len(x) &^ 63
	for i := range n {
		s[i%64] = fused(x[i], y[i], s[i%64])
	}
	for h := 32; h > 0; h /= 2 {
		for i := range h {
			s[i] += s[h+i]
		}
	}
	if n == len(x) {
		return s[0]
	}
	return s[0] + dotPlain(x[n:], y[n:])
}

func axpyFused(a float32, x, y []float32) {
	n := len(x) &^ 63
	for i := range n {
		y[i] = fused(a, x[i], y[i])
	}
	axpyPlain(a, x[n:], y[n:])
}

func filter7Fused(dst []float32, dstStride int, src []float32, tapStride, n int, g, _ []float32) {
	transform := func(d []float32) (o []float32) {
		sum := func(i int, places ...int) float32 {
			s := g[8*i+places[0]] * d[places[0]]
			for _, j := range places[1:] {
				s = fused(g[8*i+j], d[j], s)
			}
			return s
		}
		o = append(o, sum(0, 0))
		for i := 1; i < 7; i += 2 {
			even, odd := sum(i, 0, 2, 4, 6), sum(i, 1, 3, 5)
			o = append(o, even+odd, even-odd)
		}
		return append(o, sum(7, 6))
	}
	for i := range 16 * n {
		both(7, transform, 7, func(y, x int) float32 { return src[(7*y+x)*tapStride+i] },
			func(y, x int, v float32) { dst[(8*y+x)*dstStride+i] = v })
	}
}

func affineFused(dst, x, a, b []float32, low float32, n, c int) {
	for i := range n * c {
		y := fused(a[i%c], x[i], b[i%c])
		if y < low {
			y = low
		}
		dst[i] = y
	}
}

func affine2Fused(dst, d, x, a, b, k []float32, n, c int) {
	for i := range n * c {
		dst[i] = fused(a[i%c], d[i], fused(b[i%c], x[i], k[i%c]))
	}
}

func momentsFused(sum, product, d, x, md, mx []float32, n, c int) {
	clear(sum[:c])
	clear(product[:c])
	for i := range n * c {
		v := d[i] - md[i%c]
		sum[i%c] += v
		product[i%c] = fused(v, x[i]-mx[i%c], product[i%c])
	}
}
