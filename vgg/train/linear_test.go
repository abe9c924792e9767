package train

import (
	"fmt"
	"testing"

	"fc7/internal/f32"
)

func TestLinear(t *testing.T) {
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 2}, {2, 37, 19}} {
		for _, relu := range []bool{false, true} {
			t.Run(fmt.Sprint(s, relu), func(t *testing.T) {
				n, d, o := s[0], s[1], s[2]
				sh := newShared(t, n)
				v := &linear{sh, masked{relu: relu}, f32.Dense{D: d, O: o}}
				in := [][]float32{numbered(n*d, 1), numbered(o*d, 2), numbered(o, 3)}
				checkKernel(t, sh, v, in, 3, func(in [][]float64) []float64 {
					out := make([]float64, n*o)
					for i := range out {
						out[i] = in[2][i%o]
						for j := range d {
							out[i] += in[0][i/o*d+j] * in[1][i%o*d+j]
						}
						if relu {
							out[i] = max(0, out[i])
						}
					}
					return out
				})
			})
		}
	}
}

func TestFlatten(t *testing.T) {
	const n, area, c, width = 2, 6, 5, 16
	sh := newShared(t, n)
	x := numbered(n*area*width, 1)
	for i := range x {
		if i%width >= c {
			x[i] = 0
		}
	}
	checkKernel(t, sh, &flatten{sh, area, c, width}, [][]float32{x}, 1, func(in [][]float64) []float64 {
		out := make([]float64, n*c*area)
		for i := range out {
			out[i] = in[0][(i/(c*area)*area+i%area)*width+i/area%c]
		}
		return out
	})
}

// Gradients of parameters are added where a batch comes in parts, and ReLU's mask is applied once a run.
func TestGradientsAdd(t *testing.T) {
	sh := newShared(t, 2)
	v := &linear{sh, masked{relu: true}, f32.Dense{D: 3, O: 4}}
	in := [][]float32{numbered(6, 1), numbered(12, 2), numbered(4, 3)}
	out := make([]float32, 8)
	v.forward(out, in)
	once, twice := make([]float32, 12), make([]float32, 12)
	v.backward(1, once, in, out, numbered(8, 4), false)
	for _, add := range []bool{false, true} {
		sh.pass++
		v.backward(1, twice, in, out, numbered(8, 4), add)
	}
	for i, x := range once {
		if twice[i] != 2*x {
			t.Fatalf("value %d is %v after two parts of %v", i, twice[i], x)
		}
	}
}
