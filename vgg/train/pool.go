package train

// pool is max-pooling of 2x2 windows with stride 2: x [planes,H,W] to [planes,H/2,W/2], an odd last row or column left out.
// The gradient goes to the first of the largest values of a window; a NaN counts as largest. As in PyTorch.
type pool[T number] struct{ planes, h, w int }

func (v pool[T]) forward(out []T, in [][]T) {
	v.windows(in[0], func(o, at int) { out[o] = in[0][at] })
}

func (v pool[T]) backward(_ int, dx []T, in [][]T, _, dout []T) {
	clear(dx)
	v.windows(in[0], func(o, at int) { dx[at] = dout[o] })
}

// windows calls f with the place of each output value and the place in x of the largest value of its window.
func (v pool[T]) windows(x []T, f func(o, at int)) {
	oh, ow := v.h/2, v.w/2
	o := 0
	for p := range v.planes {
		for y := range oh {
			at := (p*v.h + 2*y) * v.w
			for range ow {
				best := at
				for _, j := range [3]int{at + 1, at + v.w, at + v.w + 1} {
					if x[best] == x[best] && !(x[j] <= x[best]) {
						best = j
					}
				}
				f(o, best)
				o++
				at += 2
			}
		}
	}
}
