package train

import "gonum.org/v1/gonum/blas"

// conv is a convolution with stride 1 and padding (k-1)/2, without bias: inputs x [N,C,H,W] and weights [O,C,k,k], output
// [N,O,H,W]. Image by image, x becomes a matrix of columns [C·k·k, H·W] (the window of each position), and
//
//	out = W col,   dW += dout colᵀ,   dcol = Wᵀ dout
type conv[T number] struct {
	n, c, o, h, w, k int
	columns          *workspace[T]
}

// workspace is memory that the ops of one graph share, one after the other.
type workspace[T number] struct{ data []T }

func (s *workspace[T]) get(n int) []T {
	if len(s.data) < n {
		s.data = make([]T, n)
	}
	return s.data[:n]
}

func (v *conv[T]) forward(out []T, in [][]T) {
	x, w := in[0], in[1]
	depth, area := v.c*v.k*v.k, v.h*v.w
	for i := range v.n {
		gemm(blas.NoTrans, blas.NoTrans, v.o, area, depth, w, v.spread(x, i), 0, out[i*v.o*area:(i+1)*v.o*area])
	}
}

func (v *conv[T]) backward(input int, dx []T, in [][]T, _, dout []T) {
	x, w := in[0], in[1]
	depth, area := v.c*v.k*v.k, v.h*v.w
	clear(dx)
	for i := range v.n {
		d := dout[i*v.o*area : (i+1)*v.o*area]
		if input == 1 {
			gemm(blas.NoTrans, blas.Trans, v.o, depth, area, d, v.spread(x, i), 1, dx)
			continue
		}
		image := dx[i*v.c*area : (i+1)*v.c*area]
		if v.k == 1 {
			gemm(blas.Trans, blas.NoTrans, depth, area, v.o, w, d, 0, image)
			continue
		}
		columns := v.columns.get(depth * area)
		gemm(blas.Trans, blas.NoTrans, depth, area, v.o, w, d, 0, columns)
		v.gather(image, columns)
	}
}

// spread returns the columns of image i.
func (v *conv[T]) spread(x []T, i int) []T {
	area := v.h * v.w
	image := x[i*v.c*area : (i+1)*v.c*area]
	if v.k == 1 {
		return image
	}
	columns := v.columns.get(v.c * v.k * v.k * area)
	clear(columns)
	v.rows(func(column, at, n int) { copy(columns[column:column+n], image[at:at+n]) })
	return columns
}

// gather is the transpose of spread: it adds every column value to the pixel it came from.
func (v *conv[T]) gather(image, columns []T) {
	v.rows(func(column, at, n int) {
		for j, d := range columns[column : column+n] {
			image[at+j] += d
		}
	})
}

// rows calls f for each run of neighbouring values that lie in both: n values from column in the matrix are those from at in
// the image. What no run covers is padding.
func (v *conv[T]) rows(f func(column, at, n int)) {
	pad := (v.k - 1) / 2
	row := 0
	for c := range v.c {
		for ky := range v.k {
			for kx := range v.k {
				left, right := max(0, pad-kx), min(v.w, v.w+pad-kx)
				for y := max(0, pad-ky); y < min(v.h, v.h+pad-ky); y++ {
					if left < right {
						f((row*v.h+y)*v.w+left, (c*v.h+y+ky-pad)*v.w+left+kx-pad, right-left)
					}
				}
				row++
			}
		}
	}
}
