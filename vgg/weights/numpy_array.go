package weights

import (
	"fmt"
	"io"
	"slices"

	"fc7/internal/escape"
)

// numpyDtypes are NumPy's codes of the element types without the mark of their byte order.
var numpyDtypes = map[string]Dtype{
	"f2": F16, "f4": F32, "f8": F64, "i1": I8, "i2": I16, "i4": I32, "i8": I64, "u1": U8, "u2": U16, "u4": U32, "u8": U64, "b1": Bool,
}

// parseNumpyDtype reads a code such as <f4, >f8 or |u1. Without a mark, or with =, the order is the writer's, which the
// file does not tell: only single bytes are taken then.
func parseNumpyDtype(descr string) (d Dtype, big bool, err error) {
	mark, code := byte('='), descr
	if len(descr) > 2 {
		mark, code = descr[0], descr[1:]
	}
	d, known := numpyDtypes[code]
	ordered := mark == '<' || mark == '>' || d.size() == 1 && (mark == '|' || mark == '=')
	if !known || !ordered {
		return 0, false, fmt.Errorf("expected numbers (f2, f4, f8, ints or bool, with < or >), found element type %q", escape.Short(descr))
	}
	return d, mark == '>' && d.size() > 1, nil
}

// numpyArray describes an array whose elements fill [start, start+n) of data.
type numpyArray struct {
	descr   string
	fortran bool
	shape   []int
	data    io.ReaderAt
	start   int64
	n       int64
}

func (a *numpyArray) tensor(name string) (*Tensor, error) {
	d, big, err := parseNumpyDtype(a.descr)
	if err != nil {
		return nil, err
	}
	count, err := elements(a.shape, d.size())
	if err != nil {
		return nil, err
	}
	if want := int64(count) * int64(d.size()); want != a.n {
		return nil, fmt.Errorf("expected %d bytes for shape %v of %s, found %d", want, a.shape, d, a.n)
	}
	t := &Tensor{Name: name, Shape: a.shape, Dtype: d, data: a.data, start: a.start}
	if big {
		t.data = &swapped{r: a.data, size: d.size()}
	}
	if a.fortran {
		t.strides = fortranStrides(a.shape)
	}
	return t, nil
}

// fortranStrides returns the steps of column-major order; nil where that is row-major order too.
func fortranStrides(shape []int) []int {
	wide := 0
	strides, step := make([]int, len(shape)), 1
	for i, d := range shape {
		strides[i] = step
		step *= d
		if d > 1 {
			wide++
		}
	}
	if wide < 2 || step == 0 {
		return nil
	}
	return strides
}

// swapped turns big-endian elements into little-endian ones. Reads begin and end between elements.
type swapped struct {
	r    io.ReaderAt
	size int
}

func (s *swapped) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.r.ReadAt(p, off)
	for i := 0; i+s.size <= n; i += s.size {
		slices.Reverse(p[i : i+s.size])
	}
	return n, err
}
