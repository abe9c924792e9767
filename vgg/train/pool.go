package train

import "fc7/internal/f32"

// pool is max-pooling of windows, which may overlap: maps [N,H,W,C] to [N,H',W',C]. The gradient goes to the first of
// the largest values of a window, as in PyTorch, where those of several windows add up.
type pool struct {
	*shared
	window     f32.Window
	h, w, c    int
	outH, outW int
}

func newPool(s *shared, window f32.Window, h, w, c int) *pool {
	v := &pool{shared: s, window: window, h: h, w: w, c: c}
	v.outH, v.outW = window.Out(h, w)
	return v
}

func (v *pool) maps(in, out []float32) (src, dst f32.Map) {
	return f32.Map{N: v.n, H: v.h, W: v.w, C: v.c, Data: in[:v.n*v.h*v.w*v.c]},
		f32.Map{N: v.n, H: v.outH, W: v.outW, C: v.c, Data: out[:v.n*v.outH*v.outW*v.c]}
}

func (v *pool) forward(out []float32, in [][]float32) {
	src, dst := v.maps(in[0], out)
	f32.MaxPool(v.ws, src, dst, v.window)
}

func (v *pool) backward(_ int, dx []float32, in [][]float32, _, dout []float32, _ bool) {
	src, d := v.maps(in[0], dout)
	g, _ := v.maps(dx, dout)
	f32.MaxPoolGradient(v.ws, src, d, g, v.window)
}
