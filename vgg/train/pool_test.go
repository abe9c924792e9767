package train

import (
	"testing"

	"fc7/internal/f32"
)

func TestPool(t *testing.T) {
	for _, s := range [][3]int{{1, 2, 2}, {2, 5, 4}, {1, 3, 7}} {
		const c = 16
		n, h, w := s[0], s[1], s[2]
		sh := newShared(t, n)
		x := numbered(n*h*w*c, 1)
		for i := range x {
			x[i] = max(0, x[i]) // it comes after ReLU
		}
		checkKernel(t, sh, newPool(sh, f32.Window{Size: 2, Step: 2}, h, w, c), [][]float32{x}, 1, func(in [][]float64) []float64 {
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

// TestPoolOverlapping: windows that share values, reach over the end, or leave some out.
func TestPoolOverlapping(t *testing.T) {
	for _, v := range []f32.Window{{Size: 3, Step: 2, Ceil: true}, {Size: 3, Step: 2}, {Size: 3, Step: 3, Ceil: true}, {Size: 2, Step: 2, Ceil: true}} {
		const n, h, w, c = 2, 7, 8, 16
		sh := newShared(t, n)
		x := numbered(n*h*w*c, 1)
		for i := range x {
			x[i] = max(0, x[i])
		}
		p := newPool(sh, v, h, w, c)
		checkKernel(t, sh, p, [][]float32{x}, 1, func(in [][]float64) []float64 {
			var out []float64
			for i := range n * p.outH * p.outW * c {
				ch, px, y, img := i%c, i/c%p.outW, i/c/p.outW%p.outH, i/c/p.outW/p.outH
				most := 0.0
				for k := range v.Size * v.Size {
					if dy, dx := y*v.Step+k/v.Size, px*v.Step+k%v.Size; dy < h && dx < w {
						most = max(most, in[0][((img*h+dy)*w+dx)*c+ch])
					}
				}
				out = append(out, most)
			}
			return out
		})
	}
}
