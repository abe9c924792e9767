package train

import "fc7/internal/f32"

// linear is a fully connected layer with bias and perhaps ReLU: inputs x [N,D], weights [O,D] and bias [O], output
// [N,O].
type linear struct {
	*shared
	masked
	f32.Dense
}

func (v *linear) forward(out []float32, in [][]float32) {
	v.Forward(v.ws, in[1], in[2], in[0][:v.n*v.D], out[:v.n*v.O], v.relu)
}

func (v *linear) backward(i int, dx []float32, in [][]float32, out, dout []float32, add bool) {
	dout = dout[:v.n*v.O]
	v.mask(v.shared, dout, out)
	switch i {
	case 0:
		v.InputGradient(v.ws, in[1], dout, dx[:v.n*v.D])
	case 1:
		v.WeightGradient(v.ws, in[0][:v.n*v.D], dout, dx, add)
	default:
		f32.BiasGradient(v.ws, f32.Map{N: v.n, H: 1, W: 1, C: v.O, Data: dout}, dx, add)
	}
}

// flatten is the change of order before fc6: maps [N,H,W,Pad(C)] to rows [N,C·H·W], channels first, as the weights of
// torchvision and Caffe want them.
type flatten struct {
	*shared
	area, c, width int
}

func (v *flatten) forward(out []float32, in [][]float32) {
	v.places(func(row, at int) { out[row] = in[0][at] })
}

func (v *flatten) backward(_ int, dx []float32, _ [][]float32, _, dout []float32, _ bool) {
	clear(dx)
	v.places(func(row, at int) { dx[at] = dout[row] })
}

// places calls f with the place of each value in the rows and in the map.
func (v *flatten) places(f func(row, at int)) {
	for n := range v.n {
		for c := range v.c {
			for p := range v.area {
				f((n*v.c+c)*v.area+p, (n*v.area+p)*v.width+c)
			}
		}
	}
}
