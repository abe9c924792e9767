package train

// bias adds b [C] to x [N,C,area] and, where relu says so, cuts off below zero. Where the output is 0 the gradient is 0, as
// in PyTorch. A NaN stays.
type bias[T number] struct {
	n, c, area int
	relu       bool
}

func (v bias[T]) forward(out []T, in [][]T) {
	x, b := in[0], in[1]
	for i := range v.n * v.c {
		add := b[i%v.c]
		row := out[i*v.area : (i+1)*v.area]
		for j, s := range x[i*v.area : (i+1)*v.area] {
			s += add
			if v.relu && s < 0 {
				s = 0
			}
			row[j] = s
		}
	}
}

func (v bias[T]) backward(input int, dx []T, _ [][]T, out, dout []T) {
	if input == 0 {
		for j, d := range dout {
			if v.relu && !(out[j] > 0) {
				d = 0
			}
			dx[j] = d
		}
		return
	}
	for c := range v.c {
		var sum float64
		for i := range v.n {
			at := (i*v.c + c) * v.area
			for j := at; j < at+v.area; j++ {
				if !v.relu || out[j] > 0 {
					sum += float64(dout[j])
				}
			}
		}
		dx[c] = T(sum)
	}
}
