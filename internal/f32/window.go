package f32

// Window is how a convolution or a pooling goes over a map: squares of Size, one every Step rows and columns, over the
// map with so many rows and columns of padding around it.
type Window struct {
	Size, Step               int
	Top, Left, Bottom, Right int  // padding
	Ceil                     bool // a last window that reaches over the end counts (Caffe's pooling)
}

// Out is the size of what comes of a map of h x w; 0 where no window fits.
func (v Window) Out(h, w int) (int, int) {
	return v.out(h + v.Top + v.Bottom), v.out(w + v.Left + v.Right)
}

func (v Window) out(n int) int {
	if v.Ceil {
		return max(0, (n-v.Size+2*v.Step-1)/v.Step)
	}
	return max(0, (n-v.Size+v.Step)/v.Step)
}

// Least is the smallest side of a map of which at least n rows and columns come.
func (v Window) Least(n int) int {
	side := (n-1)*v.Step + v.Size
	if v.Ceil {
		side -= v.Step - 1
	}
	return max(1, side-v.Top-v.Bottom, side-v.Left-v.Right)
}

// Halves tells whether it is the pooling of 2x2 with step 2, which halve and the convolutions of 3x3 do.
func (v Window) Halves() bool {
	return v.Size == 2 && v.Step == 2 && v.Top == 0 && v.Left == 0 && v.Bottom == 0 && v.Right == 0
}

// span is what of window i lies in the n rows or columns of a map behind so many of padding: window rows from to to-1,
// the first of which is row at of the map.
func (v Window) span(i, pad, n int) (from, to, at int) {
	first := i*v.Step - pad
	from, to = max(0, -first), min(v.Size, n-first)
	return from, to, first + from
}
