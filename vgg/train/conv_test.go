package train

import (
	"fmt"
	"testing"

	"fc7/internal/f32"
	"fc7/vgg"
)

// convolution is the definition: x [N,H,W,width], w [K,C,size,size], output [N,H,W,Pad(K)].
func convolution(n, h, w, width, c, k, size int, relu bool) func(in [][]float64) []float64 {
	return func(in [][]float64) []float64 {
		wide := f32.Pad(k)
		out := make([]float64, n*h*w*wide)
		pad := size / 2
		for i := range out {
			o, px, y, img := i%wide, i/wide%w, i/wide/w%h, i/wide/w/h
			if o >= k {
				continue
			}
			sum := in[2][o]
			for t := range size * size {
				sy, sx := y+t/size-pad, px+t%size-pad
				if sy < 0 || sy >= h || sx < 0 || sx >= w {
					continue
				}
				for ch := range c {
					sum += in[0][((img*h+sy)*w+sx)*width+ch] * in[1][(o*c+ch)*size*size+t]
				}
			}
			if relu {
				sum = max(0, sum)
			}
			out[i] = sum
		}
		return out
	}
}

func TestConv(t *testing.T) {
	for _, s := range [][6]int{{1, 5, 1, 4, 6, 3}, {2, 2, 3, 3, 2, 1}, {2, 20, 2, 2, 3, 3}, {1, 3, 2, 3, 4, 3}} {
		for _, relu := range []bool{false, true} {
			t.Run(fmt.Sprint(s, relu), func(t *testing.T) {
				n, c, k, h, w, size := s[0], s[1], s[2], s[3], s[4], s[5]
				width, inputs, first := f32.Pad(c), 3, 0
				if c == 3 && size == 3 { // the image, which needs no gradient
					width, first = c, 1
				}
				sh := newShared(t, n)
				pad := size / 2
				l := layer{Layer: vgg.Layer{Kernel: size, Step: 1, Pad: [4]int{pad, pad, pad, pad}, Groups: 1, In: c, Out: k, ReLU: relu}}
				x := numbered(n*h*w*width, 1)
				for i := range x {
					if i%width >= c {
						x[i] = 0
					}
				}
				in := [][]float32{x, numbered(k*c*size*size, 2), numbered(k, 3)}
				definition := convolution(n, h, w, width, c, k, size, relu)
				if first == 0 {
					checkKernel(t, sh, newConv(sh, l, h, w, width), in, inputs, definition)
					return
				}
				// the gradients of weights and bias alone: put the image last
				v := newConv(sh, l, h, w, width)
				checkKernel(t, sh, imageLast{v}, [][]float32{in[1], in[2], in[0]}, 2, func(in [][]float64) []float64 {
					return definition([][]float64{in[2], in[0], in[1]})
				})
			})
		}
	}
}

// imageLast is a conv whose inputs are weights, bias, image.
type imageLast struct{ *conv }

func (v imageLast) forward(out []float32, in [][]float32) {
	v.conv.forward(out, [][]float32{in[2], in[0], in[1]})
}

func (v imageLast) backward(i int, dx []float32, in [][]float32, out, dout []float32, add bool) {
	v.conv.backward(i+1, dx, [][]float32{in[2], in[0], in[1]}, out, dout, add)
}
