package train

import "fc7/internal/f32"

// conv is a convolution with stride 1 and padding (size-1)/2, bias and perhaps ReLU: inputs x [N,H,W,C'], weights
// [K,C,size,size] and bias [K], output [N,H,W,Pad(K)]. Where ReLU cuts off the gradient is 0, as in PyTorch.
type conv struct {
	*shared
	masked
	h, w, in, out int // channels of the maps, padded
	layer         interface {
		Forward(ws *f32.Workspace, w, bias []float32, src, dst f32.Map, relu bool)
		InputGradient(ws *f32.Workspace, w []float32, dout, dx f32.Map)
		WeightGradient(ws *f32.Workspace, src, dout f32.Map, dw []float32, add bool)
	}
}

// newConv chooses the arithmetic: transforms where they save products.
func newConv(s *shared, l layer, h, w, in int) *conv {
	v := &conv{shared: s, h: h, w: w, in: in, out: f32.Pad(l.Out), masked: masked{relu: l.ReLU && !l.BatchNorm}}
	if l.Kernel == 3 && in != l.In || l.Kernel == 3 && in >= f32.Lanes {
		v.layer = f32.Conv{C: l.In, K: l.Out}
	} else {
		v.layer = f32.Direct{C: l.In, K: l.Out, Size: l.Kernel}
	}
	return v
}

func (v *conv) maps(in, out []float32) (src, dst f32.Map) {
	return v.image(in, v.in), v.image(out, v.out)
}

// image is the part of a map that counts.
func (v *conv) image(data []float32, c int) f32.Map {
	return f32.Map{N: v.n, H: v.h, W: v.w, C: c, Data: data[:v.n*v.h*v.w*c]}
}

func (v *conv) forward(out []float32, in [][]float32) {
	src, dst := v.maps(in[0], out)
	v.layer.Forward(v.ws, in[1], in[2], src, dst, v.relu)
}

func (v *conv) backward(i int, dx []float32, in [][]float32, out, dout []float32, add bool) {
	src, d := v.maps(in[0], dout)
	v.mask(v.shared, d.Data, out)
	switch i {
	case 0:
		v.layer.InputGradient(v.ws, in[1], d, v.image(dx, v.in))
	case 1:
		v.layer.WeightGradient(v.ws, src, d, dx, add)
	default:
		f32.BiasGradient(v.ws, d, dx, add)
	}
}
