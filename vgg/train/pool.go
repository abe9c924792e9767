package train

import "fc7/internal/f32"

// pool is max-pooling of 2x2 windows with stride 2: maps [N,H,W,C] to [N,H/2,W/2,C], an odd last row or column left
// out. The gradient goes to the first of the largest values of a window, as in PyTorch.
type pool struct {
	*shared
	h, w, c int
}

func (v *pool) maps(in, out []float32) (src, dst f32.Map) {
	return f32.Map{N: v.n, H: v.h, W: v.w, C: v.c, Data: in[:v.n*v.h*v.w*v.c]},
		f32.Map{N: v.n, H: v.h / 2, W: v.w / 2, C: v.c, Data: out[:v.n*(v.h/2)*(v.w/2)*v.c]}
}

func (v *pool) forward(out []float32, in [][]float32) {
	src, dst := v.maps(in[0], out)
	f32.MaxPool(v.ws, src, dst)
}

func (v *pool) backward(_ int, dx []float32, in [][]float32, _, dout []float32, _ bool) {
	src, d := v.maps(in[0], dout)
	g, _ := v.maps(dx, dout)
	f32.MaxPoolGradient(v.ws, src, d, g)
}
