package train

import "testing"

func TestPool(t *testing.T) {
	for _, s := range [][3]int{{1, 2, 2}, {2, 5, 4}, {1, 3, 7}} {
		const c = 16
		n, h, w := s[0], s[1], s[2]
		sh := newShared(t, n)
		x := numbered(n*h*w*c, 1)
		for i := range x {
			x[i] = max(0, x[i]) // it comes after ReLU
		}
		checkKernel(t, sh, &pool{sh, h, w, c}, [][]float32{x}, 1, func(in [][]float64) []float64 {
			out := make([]float64, n*(h/2)*(w/2)*c)
			for i := range out {
				ch, px, y, img := i%c, i/c%(w/2), i/c/(w/2)%(h/2), i/c/(w/2)/(h/2)
				at := func(dy, dx int) float64 { return in[0][((img*h+2*y+dy)*w+2*px+dx)*c+ch] }
				out[i] = max(at(0, 0), at(0, 1), at(1, 0), at(1, 1))
			}
			return out
		})
	}
}
