package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestFused: fused rounds once, also where float64 would round twice.
func TestFused(t *testing.T) {
	one := float32(1 + 1./(1<<12))
	for _, c := range []struct{ a, b, c, want float32 }{
		{2, 3, 4, 10},
		{one, one, 0, 1 + 1./(1<<11)},                  // a tie goes to the even side
		{one, one, 1e-30, 1 + 1./(1<<11) + 1./(1<<23)}, // and is none with anything more
		{one, one, -1e-30, 1 + 1./(1<<11)},
		{-one, one, -1e-30, -(1 + 1./(1<<11) + 1./(1<<23))},
	} {
		if got := fused(c.a, c.b, c.c); got != c.want {
			t.Errorf("%g*%g + %g is %.9g, expected %.9g", c.a, c.b, c.c, got, c.want)
		}
	}
}

// odd draws numbers as values does, with what is rarely met among them: zeros of both signs, the largest and the
// smallest.
func odd(r *rand.Rand, n int) []float32 {
	s := values(r, n)
	rare := []float32{0, float32(math.Copysign(0, -1)), 1e-40, -1e-42, 1e18, -1e18, 1}
	for i := range s {
		if r.IntN(20) == 0 {
			s[i] = rare[r.IntN(len(rare))]
		}
	}
	return s
}

// fusedCall is a call of a kernel: how many numbers it reads and writes, and whether it adds to those.
type fusedCall struct {
	name string
	in   []int
	out  []int
	run  func(k *kernels, in, out [][]float32)
}

func fusedCalls() (calls []fusedCall) {
	add := func(name string, in, out []int, run func(k *kernels, in, out [][]float32)) {
		calls = append(calls, fusedCall{name, in, out, run})
	}
	tmp := Make(64 * Lanes)
	for _, k := range []int{4, 20, 68} {
		for rows := 1; rows <= 12; rows++ {
			for _, more := range []bool{false, true} {
				groups := 1 + rows%3
				add(fmt.Sprintf("multiply %d %d %v", rows*groups, k, more), []int{rows * groups * (k + 3), 7 * 16 * k}, []int{rows * groups * 117},
					func(s *kernels, in, out [][]float32) {
						multiply(s, rows*groups, in[0], k+3, in[1], 16*k, out[0], 117, k, 7, more)
					})
			}
		}
	}
	for m := 1; m <= 4; m++ {
		for _, k := range []int{1, 2, 33} {
			add(fmt.Sprintf("outer %d %d", m, k), []int{k * (m + 2), k*70 + 32}, []int{m * 40}, func(s *kernels, in, out [][]float32) {
				s.outer(m, 1, in[0][:(k-1)*(m+2)+m], m+2, in[1], 70, 19, out[0], 40, k, false)
				s.outer(m, 1, in[0][:(k-1)*(m+2)+m], m+2, in[1][16:], 70, 19, out[0], 40, k, true)
			})
		}
	}
	for _, c := range []int{16, 48} {
		row, col := 6*c+7, c+5
		back, ins := 35*(c+4)+c, 5*(row+col)+c
		add(fmt.Sprint("winogradIn ", c), []int{ins}, []int{back}, func(s *kernels, in, out [][]float32) { s.winogradIn(out[0], c+4, in[0], row, col, c, tmp) })
		add(fmt.Sprint("winogradGrad ", c), []int{ins}, []int{back}, func(s *kernels, in, out [][]float32) { s.winogradGrad(out[0], c+4, in[0], row, col, c, tmp) })
		add(fmt.Sprint("winogradOut ", c), []int{back, c}, []int{ins}, func(s *kernels, in, out [][]float32) {
			s.winogradOut(out[0], row, col, in[0], c+4, in[1], c, tmp)
		})
		add(fmt.Sprint("winogradLinear ", c), []int{back, c}, []int{ins}, func(s *kernels, in, out [][]float32) {
			s.winogradLinear(out[0], row, col, in[0], c+4, in[1], c, tmp)
		})
		add(fmt.Sprint("winogradPool ", c), []int{back, c}, []int{ins}, func(s *kernels, in, out [][]float32) {
			s.winogradPool(out[0], row, col, in[0], c+4, in[1], c, tmp)
		})
		for _, n := range []int{1, 7} {
			size := n * c
			add(fmt.Sprint("affine ", n, c), []int{size, c, c}, []int{size}, func(s *kernels, in, out [][]float32) { s.affine(out[0], in[0], in[1], in[2], 0, n, c) })
			add(fmt.Sprint("affine2 ", n, c), []int{size, size, c, c, c}, []int{size}, func(s *kernels, in, out [][]float32) {
				s.affine2(out[0], in[0], in[1], in[2], in[3], in[4], n, c)
			})
			add(fmt.Sprint("moments ", n, c), []int{size, size, c, c}, []int{c, c}, func(s *kernels, in, out [][]float32) {
				s.moments(out[0], out[1], in[0], in[1], in[2], in[3], n, c)
			})
			add(fmt.Sprint("poolGrad ", n, c), []int{2 * size, 2 * size, size}, []int{2 * size, 2 * size}, func(s *kernels, in, out [][]float32) {
				s.poolGrad(out[0], out[1], in[0], in[1], in[2], n, c)
			})
			add(fmt.Sprint("maxPool ", n, c), []int{2 * size, 2 * size}, []int{size}, func(s *kernels, in, out [][]float32) {
				for _, x := range in {
					biasReLUPlain(x, make([]float32, len(x)), true)
				}
				s.maxPool(out[0], in[0], in[1], n, c)
			})
		}
	}
	for _, n := range []int{1, 2, 5, 6, 7, 9, 11, 13, 16, 17, 23} {
		for _, k := range []int{16, 32, 48, 80} {
			add(fmt.Sprint("conv3 ", n, k), []int{3 * (n + 2), 3 * (n + 2), 3 * (n + 2), 27 * k, k}, []int{n * k}, func(s *kernels, in, out [][]float32) {
				s.conv3(out[0], n, k, in[0], in[1], in[2], in[3], in[4])
			})
		}
	}
	add("winogradFilter", []int{9 * 16}, []int{35*20 + 16}, func(s *kernels, in, out [][]float32) { s.winogradFilter(out[0], 20, in[0], tmp) })
	add("winogradFilterGrad", []int{35*20 + 16}, []int{9 * 16}, func(s *kernels, in, out [][]float32) { s.winogradFilterGrad(out[0], in[0], 20, tmp) })
	add("filter7", []int{48*50 + 32}, []int{63*40 + 32}, func(s *kernels, in, out [][]float32) {
		s.filter7(out[0], 40, in[0], 50, 2, transforms7.filter, tmp)
	})
	add("output7", []int{63*40 + 32}, []int{3*50 + 32}, func(s *kernels, in, out [][]float32) {
		s.output7(out[0], 50, in[0], 40, 2, transforms7.out, tmp)
	})
	for _, n := range []int{1, 15, 16, 63, 64, 65, 100, 127, 128, 200, 1000} {
		add(fmt.Sprint("dot ", n), []int{n, n}, []int{1}, func(s *kernels, in, out [][]float32) { out[0][0] = s.dot(in[0], in[1]) })
		add(fmt.Sprint("axpy ", n), []int{n}, []int{n}, func(s *kernels, in, out [][]float32) { s.axpy(-1.7, in[0], out[0]) })
		add(fmt.Sprint("mask ", n), []int{n}, []int{n}, func(s *kernels, in, out [][]float32) { s.mask(out[0], in[0]) })
		add(fmt.Sprint("bias ", n), []int{n}, []int{n}, func(s *kernels, in, out [][]float32) { s.biasReLU(out[0], in[0], false) })
		add(fmt.Sprint("biasReLU ", n), []int{n}, []int{n}, func(s *kernels, in, out [][]float32) { s.biasReLU(out[0], in[0], true) })
	}
	return calls
}

// TestFusedBits: the bits of every assembly kernel are those of fma-1, on every processor and in every shape.
func TestFusedBits(t *testing.T) {
	for _, set := range available()[1:] {
		r := rand.New(rand.NewPCG(31, 1))
		for _, call := range fusedCalls() {
			for round := range 3 {
				draw := values
				if round > 0 {
					draw = odd
				}
				var in, want, got [][]float32
				for _, n := range call.in {
					in = append(in, draw(r, n))
				}
				var checks []func(string)
				for _, n := range call.out {
					w := draw(r, n)
					g, check := guarded(t, n)
					copy(g, w)
					want, got, checks = append(want, w), append(got, g), append(checks, check)
				}
				call.run(&fusedKernels, in, want)
				call.run(set, in, got)
				for i := range want {
					what := set.name + " " + call.name
					checks[i](what)
					sameNumbers(t, what, want[i], got[i])
				}
			}
		}
	}
}

// sameNumbers is sameBits for which all that are not numbers are alike: processors differ in their bits.
func sameNumbers(t *testing.T, what string, want, got []float32) {
	t.Helper()
	for i, w := range want {
		if g := got[i]; math.Float32bits(g) != math.Float32bits(w) && !(g != g && w != w) {
			t.Fatalf("%s: element %d is %g (%08x), expected %g (%08x)", what, i, g, math.Float32bits(g), w, math.Float32bits(w))
		}
	}
}
