package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

const guard = 7.25e9 // stands around every slice a kernel writes

// guarded returns n values inside a larger slice, and a check that nothing around them changed.
func guarded(t *testing.T, n int) ([]float32, func(what string)) {
	t.Helper()
	const margin = 64
	s := make([]float32, n+2*margin)
	for i := range s {
		s[i] = guard
	}
	return s[margin : margin+n : margin+n], func(what string) {
		t.Helper()
		for i, v := range s {
			if (i < margin || i >= margin+n) && v != guard {
				t.Fatalf("%s: wrote outside its slice, at %d of %d", what, i-margin, n)
			}
		}
	}
}

// values draws n numbers of both signs and of magnitudes over six decades.
func values(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64() * math.Pow(10, 3*r.Float64()-2))
	}
	return s
}

// closeTo compares with a tolerance relative to size, a bound on the sum of magnitudes.
func closeTo(t *testing.T, what string, got, want []float32, size float64) {
	t.Helper()
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= 2e-6*size) {
			t.Fatalf("%s: element %d is %g, plain %g, differs by %g of %g", what, i, got[i], want[i], d, size)
		}
	}
}

func maxAbs(x []float32) float64 {
	var m float64
	for _, v := range x {
		m = max(m, math.Abs(float64(v)))
	}
	return m
}

func fast() []*kernels { return available()[1:] }

// sameBits demands that all assembly sets give one result.
func sameBits(t *testing.T, what string, got [][]float32) {
	t.Helper()
	for _, g := range got[min(1, len(got)):] {
		for i := range g {
			if math.Float32bits(g[i]) != math.Float32bits(got[0][i]) {
				t.Fatalf("%s: element %d: %x and %x", what, i, math.Float32bits(got[0][i]), math.Float32bits(g[i]))
			}
		}
	}
}

// naive is c = a*b (+ c) in float64, with b unpacked from its panels.
func naiveGemm(m, n int, a []float32, aStride int, b []float32, bStride int, c []float32, cStride, k int, add bool) {
	for i := range m {
		for j := range 16 * n {
			var s float64
			for x := range k {
				s += float64(a[i*aStride+x]) * float64(b[j/16*bStride+16*x+j%16])
			}
			if add {
				s += float64(c[i*cStride+j])
			}
			c[i*cStride+j] = float32(s)
		}
	}
}

func TestGemm(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, k := range []int{4, 8, 12, 16, 28, 64, 100} {
		for m := 1; m <= 12; m++ {
			for n := 1; n <= 4; n++ {
				for _, add := range []bool{false, true} {
					testGemm(t, r, 1, m, n, k, add)
					testGemm(t, r, 1+m%3, m, n, k, add)
				}
			}
		}
	}
}

func testGemm(t *testing.T, r *rand.Rand, groups, m, n, k int, add bool) {
	aStride, bStride, cStride := k+3, 16*k+16, 16*n+5
	a, b := values(r, (groups*m-1)*aStride+k), values(r, (n-1)*bStride+16*k)
	start := values(r, (groups*m-1)*cStride+16*n)
	want := append([]float32(nil), start...)
	naiveGemm(groups*m, n, a, aStride, b, bStride, want, cStride, k, add)
	size := maxAbs(a)*maxAbs(b)*float64(k) + 1
	var results [][]float32
	for _, set := range available() {
		what := fmt.Sprintf("%s gemm %dx%dx%dx%d add %v", set.name, groups, m, 16*n, k, add)
		if m > set.rows && set.name != "plain" || n > max(set.panels, set.wide) && set.name != "plain" {
			continue
		}
		got, check := guarded(t, len(start))
		copy(got, start)
		set.gemm(groups, m, n, a, aStride, b, bStride, got, cStride, k, add)
		check(what)
		closeTo(t, what, got, want, size)
		if set.arithmetic != "plain-1" {
			results = append(results, got)
		}
	}
	sameBits(t, "gemm", results)
}

func TestWinogradTransforms(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for _, c := range []int{16, 32, 48, 64, 112} {
		col := c + 16
		row := 6*col + 16
		src := values(r, 5*(row+col)+c)
		testTransform(t, "in", c, 36*(c+16), src, func(k *kernels, dst []float32) {
			k.winogradIn(dst, c+16, src, row, col, c, Make(36*Lanes))
		})
		m, bias := values(r, 35*(c+16)+c), values(r, c)
		testTransform(t, "out", c, 3*(row+col)+c, m, func(k *kernels, dst []float32) {
			k.winogradOut(dst, row, col, m, c+16, bias, c, Make(36*Lanes))
		})
		testTransform(t, "pool", c, row+col+c, m, func(k *kernels, dst []float32) {
			k.winogradPool(dst, row, col, m, c+16, bias, c, Make(36*Lanes))
		})
	}
}

func testTransform(t *testing.T, what string, c, n int, src []float32, f func(k *kernels, dst []float32)) {
	t.Helper()
	want, _ := guarded(t, n)
	f(&plainKernels, want)
	var results [][]float32
	for _, set := range fast() {
		name := fmt.Sprintf("%s winograd %s %d", set.name, what, c)
		got, check := guarded(t, n)
		f(set, got)
		check(name)
		closeTo(t, name, got, want, 400*maxAbs(src))
		results = append(results, got)
	}
	sameBits(t, what, results)
}

func TestFilter7(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 1))
	for n := 1; n < 4; n++ {
		const tapStride, dstStride = 70, 50
		src := values(r, 48*tapStride+16*n)
		testTransform(t, "filter7", n, 63*dstStride+16*n, src, func(k *kernels, dst []float32) {
			k.filter7(dst, dstStride, src, tapStride, n, transforms7.filter, Make(64*Lanes))
		})
	}
}

func TestOutput7(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 1))
	for n := 1; n < 4; n++ {
		const srcStride, dstStride = 70, 50
		src := values(r, 63*srcStride+16*n)
		testTransform(t, "output7", n, 3*dstStride+16*n, src, func(k *kernels, dst []float32) {
			k.output7(dst, dstStride, src, srcStride, n, transforms7.out, Make(16*Lanes))
		})
	}
}

func TestLoops(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for n := 0; n < 300; n++ {
		x, y := values(r, n), values(r, n)
		var dots, sums, clipped [][]float32
		for _, set := range available() {
			var want, size float64
			for i := range x {
				want += float64(x[i]) * float64(y[i])
				size += math.Abs(float64(x[i]) * float64(y[i]))
			}
			d := set.dot(x, y)
			closeTo(t, set.name+" dot", []float32{d}, []float32{float32(want)}, size+1e-9)
			axpy, check := guarded(t, n)
			copy(axpy, y)
			set.axpy(-1.5, x, axpy)
			check(set.name + " axpy")
			clip, check := guarded(t, n)
			copy(clip, x)
			set.biasReLU(clip, y, true)
			check(set.name + " biasReLU")
			for i := range x {
				closeTo(t, set.name+" axpy", axpy[i:i+1], []float32{y[i] - 1.5*x[i]}, math.Abs(float64(y[i]))+2*math.Abs(float64(x[i])))
				if want := relu(x[i] + y[i]); clip[i] != want {
					t.Fatalf("%s biasReLU %d: %g, want %g", set.name, i, clip[i], want)
				}
			}
			if set != &plainKernels {
				dots, sums, clipped = append(dots, []float32{d}), append(sums, axpy), append(clipped, clip)
			}
		}
		sameBits(t, "dot", dots)
		sameBits(t, "axpy", sums)
		sameBits(t, "biasReLU", clipped)
	}
}

func TestConv3(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	for n := 1; n < 40; n++ {
		for _, k := range []int{16, 64} {
			rows := [3][]float32{values(r, 3*n+6), values(r, 3*n+6), values(r, 3*n+6)}
			w, bias := values(r, 27*k), values(r, k)
			want := make([]float32, n*k)
			conv3Plain(want, n, k, rows[0], rows[1], rows[2], w, bias)
			var results [][]float32
			for _, set := range fast() {
				got, check := guarded(t, n*k)
				set.conv3(got, n, k, rows[0], rows[1], rows[2], w, bias)
				check("conv3")
				closeTo(t, set.name+" conv3", got, want, 27*maxAbs(w)*maxAbs(rows[0]))
				results = append(results, got)
			}
			sameBits(t, "conv3", results)
		}
	}
}

func TestMaxPoolKernel(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for n := 1; n < 9; n++ {
		for _, c := range []int{1, 7, 16, 48} {
			r0, r1 := values(r, 2*n*c), values(r, 2*n*c)
			for i := range r0 {
				r0[i], r1[i] = relu(r0[i]), relu(r1[i])
			}
			r0[0] = float32(math.NaN())
			r1[len(r1)-1] = float32(math.Inf(1))
			want := make([]float32, n*c)
			for x := range n {
				for i := range c {
					want[x*c+i] = max4(r0[2*x*c+i], r0[(2*x+1)*c+i], r1[2*x*c+i], r1[(2*x+1)*c+i])
				}
			}
			for _, set := range available() {
				got, check := guarded(t, n*c)
				set.maxPool(got, r0, r1, n, c)
				check("maxPool")
				for i := range want {
					if got[i] != want[i] && !(got[i] != got[i] && want[i] != want[i]) {
						t.Fatalf("%s %dx%d: element %d is %g, want %g", set.name, n, c, i, got[i], want[i])
					}
				}
			}
		}
	}
}

// TestNaNStays: not-a-number and infinity come out of every kernel they go into.
func TestNaNStays(t *testing.T) {
	for _, set := range available() {
		for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
			for at := range 36 {
				m, bias, tmp := make([]float32, 36*16), make([]float32, 16), Make(36*Lanes)
				m[at*16+3] = bad
				in := make([]float32, 36*16)
				set.winogradIn(in, 16, m, 6*16, 16, 16, tmp)
				if !anyBad(in) {
					t.Errorf("%s: winogradIn lost %g at %d", set.name, bad, at)
				}
				if bad == bad { // signs may turn an infinity into what ReLU clips
					continue
				}
				out := make([]float32, 16*16)
				set.winogradOut(out, 4*16, 16, m, 16, bias, 16, tmp)
				pooled := make([]float32, 4*16)
				set.winogradPool(pooled, 2*16, 16, m, 16, bias, 16, tmp)
				if !anyBad(out) || !anyBad(pooled) {
					t.Errorf("%s: output transform lost NaN at %d", set.name, at)
				}
			}
		}
	}
}

func anyBad(x []float32) bool {
	for _, v := range x {
		if v-v != 0 {
			return true
		}
	}
	return false
}
