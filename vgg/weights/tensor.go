package weights

import (
	"fmt"
	"io"
	"math"
	"sync"

	"fc7/internal/escape"
)

// Tensor is one named array of a File. Its fields are to be read, not written; it is valid until the File is closed.
type Tensor struct {
	Name  string
	Shape []int // row-major, outermost first; empty for a scalar
	Dtype Dtype // as stored

	path    string       // of the file, for messages
	changed func() error // fails when the file changed after it was opened; nil when it cannot
	data    io.ReaderAt  // little-endian elements; fills the buffer or fails
	start   int64        // byte where the first element lies in data
	strides []int        // in elements; nil when the elements lie densely in row-major order
}

// Len returns the number of elements, the product of Shape.
func (t *Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// ReadFloat32 reads the whole tensor in row-major order, converted to float32 (rounded to nearest even where float32 is
// narrower; an int64 beyond 2^24 is rounded too). dst has Len elements and stays the caller's. Beside dst it uses less
// than 1 MiB. It is safe for concurrent use.
func (t *Tensor) ReadFloat32(dst []float32) error {
	if len(dst) != t.Len() {
		return fmt.Errorf("%s: tensor %q: expected room for all %d elements, found %d", t.path, escape.Short(t.Name), t.Len(), len(dst))
	}
	return t.ReadFloat32At(dst, 0)
}

// ReadFloat32At reads the elements [off, off+len(dst)) in row-major order, so that a large tensor can be streamed. It
// is otherwise as ReadFloat32. Pieces of a megabyte and more suit tensors that are stored transposed, which take a read
// of the file for each column.
func (t *Tensor) ReadFloat32At(dst []float32, off int) error {
	if n := t.Len(); off < 0 || off > n || len(dst) > n-off {
		return fmt.Errorf("%s: tensor %q: expected a range within its %d elements, found %d elements from %d on",
			t.path, escape.Short(t.Name), n, len(dst), off)
	}
	if len(dst) == 0 {
		return nil
	}
	var err error
	if t.strides == nil {
		err = t.readDense(dst, int64(off))
	} else {
		err = t.readStrided(dst, off)
	}
	if err == nil && t.changed != nil {
		err = t.changed()
	}
	if err != nil {
		return fmt.Errorf("read tensor %q: %w", escape.Short(t.Name), err)
	}
	return nil
}

// readDense reads consecutive elements of the storage, counted from t.start.
func (t *Tensor) readDense(dst []float32, element int64) error {
	size := int64(t.Dtype.size())
	if t.Dtype == F32 && nativeLittle {
		_, err := t.data.ReadAt(float32Bytes(dst), t.start+size*element)
		return err
	}
	buf := byteBuffers.Get().(*[]byte)
	defer byteBuffers.Put(buf)
	for len(dst) > 0 {
		n := min(len(dst), chunkElements)
		raw := (*buf)[:n*int(size)]
		if _, err := t.data.ReadAt(raw, t.start+size*element); err != nil {
			return err
		}
		decode(dst[:n], raw, t.Dtype)
		dst, element = dst[n:], element+int64(n)
	}
	return nil
}

// byteBuffers and floatBuffers hold one chunk each, of the widest type.
var (
	byteBuffers  = sync.Pool{New: func() any { b := make([]byte, 8*chunkElements); return &b }}
	floatBuffers = sync.Pool{New: func() any { b := make([]float32, chunkElements); return &b }}
)

// maxRank bounds the axes of a tensor; NumPy allows 64.
const maxRank = 64

// elements multiplies a shape with checks: every size at least 0, the product times size below 2^63 and within an int.
func elements(shape []int, size int) (int, error) {
	if len(shape) > maxRank {
		return 0, fmt.Errorf("expected at most %d axes, found %d", maxRank, len(shape))
	}
	n := 1
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("expected sizes of at least 0, found shape %v", shape)
		}
		if d > 0 && n > math.MaxInt/d {
			return 0, fmt.Errorf("shape %v has more elements than this machine can count", shape)
		}
		n *= d
	}
	if size > 0 && n > math.MaxInt/size {
		return 0, fmt.Errorf("shape %v has more bytes than this machine can count", shape)
	}
	return n, nil
}

// InFile tells where in a file the elements lie one behind the other in row-major order, as Dtype says; not ok: they do
// not, or not in a file.
func (t *Tensor) InFile() (path string, at int64, ok bool) {
	s, is := t.data.(*source)
	if !is || s.file == nil || t.strides != nil {
		return "", 0, false
	}
	return s.path, t.start, true
}
