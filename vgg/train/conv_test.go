package train

import (
	"fmt"
	"math"
	"testing"
)

// direct is the definition of the convolution.
func direct(v *conv[float64], x, w []float64) []float64 {
	out := make([]float64, v.n*v.o*v.h*v.w)
	pad := v.k / 2
	for i := range out {
		n, o, y, c := i/(v.o*v.h*v.w), i/(v.h*v.w)%v.o, i/v.w%v.h, i%v.w
		for ch := range v.c {
			for ky := range v.k {
				for kx := range v.k {
					sy, sx := y+ky-pad, c+kx-pad
					if sy >= 0 && sy < v.h && sx >= 0 && sx < v.w {
						out[i] += x[((n*v.c+ch)*v.h+sy)*v.w+sx] * w[((o*v.c+ch)*v.k+ky)*v.k+kx]
					}
				}
			}
		}
	}
	return out
}

func TestConv(t *testing.T) {
	for _, s := range [][6]int{{1, 1, 1, 1, 1, 3}, {2, 3, 2, 4, 5, 3}, {1, 2, 3, 1, 6, 3}, {2, 2, 3, 3, 2, 1}, {1, 2, 1, 2, 2, 5}, {1, 1, 1, 3, 1, 7}} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			v := &conv[float64]{n: s[0], c: s[1], o: s[2], h: s[3], w: s[4], k: s[5], columns: &workspace[float64]{}}
			for i := range v.columns.get(1000) {
				v.columns.data[i] = math.NaN() // what a larger layer left behind
			}
			x, w := numbered[float64](v.n*v.c*v.h*v.w, 1), numbered[float64](v.o*v.c*v.k*v.k, 2)
			out, want := make([]float64, v.n*v.o*v.h*v.w), direct(v, x, w)
			v.forward(out, [][]float64{x, w})
			for i := range out {
				if math.Abs(out[i]-want[i]) > 1e-12 {
					t.Fatalf("value %d is %v, expected %v", i, out[i], want[i])
				}
			}
			checkKernel(t, v, len(out), [][]float64{x, w}, 2)
		})
	}
}
