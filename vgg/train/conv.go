package train

import "fc7/internal/f32"

// conv is a convolution with bias and perhaps ReLU: inputs x [N,H,W,C'], weights [K,C/groups,size,size] and bias [K],
// output [N,H',W',Pad(K)]. Where ReLU cuts off the gradient is 0, as in PyTorch.
type conv struct {
	*shared
	masked
	h, w, in    int // of the maps that come in, channels padded
	oh, ow, out int // of those that go out
	layer       interface {
		Forward(ws *f32.Workspace, w, bias []float32, src, dst f32.Map, relu bool)
		InputGradient(ws *f32.Workspace, w []float32, dout, dx f32.Map)
		WeightGradient(ws *f32.Workspace, src, dout f32.Map, dw []float32, add bool)
	}
}

// newConv chooses the arithmetic: transforms where they save products.
func newConv(s *shared, l layer, h, w, in int) *conv {
	v := &conv{shared: s, h: h, w: w, in: in, out: f32.Pad(l.Out), masked: masked{relu: l.ReLU && !l.BatchNorm}}
	v.oh, v.ow = l.Window().Out(h, w)
	pad := l.Kernel / 2
	switch {
	case l.Step > 1 || l.Groups > 1 || l.Kernel > 3 || l.Pad != [4]int{pad, pad, pad, pad}:
		v.layer = f32.Strided{C: l.In, In: in, K: l.Out, Groups: l.Groups, Window: l.Window()}
	case l.Kernel == 3 && in != l.In || l.Kernel == 3 && in >= f32.Lanes:
		v.layer = f32.Conv{C: l.In, K: l.Out}
	default:
		v.layer = f32.Direct{C: l.In, K: l.Out, Size: l.Kernel}
	}
	return v
}

// source and result are the parts of the maps that count.
func (v *conv) source(data []float32) f32.Map {
	return f32.Map{N: v.n, H: v.h, W: v.w, C: v.in, Data: data[:v.n*v.h*v.w*v.in]}
}

func (v *conv) result(data []float32) f32.Map {
	return f32.Map{N: v.n, H: v.oh, W: v.ow, C: v.out, Data: data[:v.n*v.oh*v.ow*v.out]}
}

func (v *conv) forward(out []float32, in [][]float32) {
	v.layer.Forward(v.ws, in[1], in[2], v.source(in[0]), v.result(out), v.relu)
}

func (v *conv) backward(i int, dx []float32, in [][]float32, out, dout []float32, add bool) {
	src, d := v.source(in[0]), v.result(dout)
	v.mask(v.shared, d.Data, out)
	switch i {
	case 0:
		v.layer.InputGradient(v.ws, in[1], d, v.source(dx))
	case 1:
		v.layer.WeightGradient(v.ws, src, d, dx, add)
	default:
		f32.BiasGradient(v.ws, d, dx, add)
	}
}
