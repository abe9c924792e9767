package bench

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"fc7/heads/svm"
	"fc7/internal/escape"
	"fc7/internal/machine"
	"fc7/vgg/weights"
)

// rowsOfFile are the rows of a .npy file of two dimensions.
type rowsOfFile struct {
	x      svm.Matrix
	file   []byte // mapped; nil: the rows were read
	memory int64  // that training may use
}

func (r *rowsOfFile) close() error {
	if r.file == nil {
		return nil
	}
	return machine.UnmapFile(r.file)
}

// openRows reads rows, or maps those that memory has no room for, of single and of half precision.
func openRows(path string) (*rowsOfFile, error) {
	r := &rowsOfFile{memory: machine.Available()}
	if err := isNumPy(path); err != nil {
		return nil, err
	}
	f, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := f.Tensors[0]
	if len(f.Tensors) != 1 || len(t.Shape) != 2 || r.memory == 0 || 4*int64(t.Len()) <= r.memory/4*3 {
		return r, r.read(path)
	}
	size := map[weights.Dtype]int{weights.F32: 4, weights.F16: 2}[t.Dtype]
	name, at, ok := t.InFile()
	if !ok || size == 0 {
		return r, r.read(path)
	}
	return r, r.mapped(name, at, size, t.Shape)
}

func (r *rowsOfFile) read(path string) error {
	values, _, d, err := readMatrix(path)
	r.x = svm.Dense(values, d)
	return err
}

// mapped finds values of size bytes, which lie from at on.
func (r *rowsOfFile) mapped(path string, at int64, size int, shape []int) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	n, d := shape[0], shape[1]
	end := at + int64(n)*int64(d)*int64(size)
	info, err := f.Stat()
	if err == nil && info.Size() < end {
		err = errors.New("it became shorter while it was opened")
	}
	if err == nil {
		r.file, err = machine.MapFile(f, end)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", escape.Name(path), err)
	}
	b := svm.Block{Width: d}
	for i := range n {
		row := unsafe.Pointer(unsafe.SliceData(r.file[at+int64(i)*int64(d)*int64(size):]))
		if size == 2 {
			b.Half = append(b.Half, unsafe.Slice((*uint16)(row), d))
		} else {
			b.Rows = append(b.Rows, unsafe.Slice((*float32)(row), d))
		}
	}
	r.x = svm.Matrix{N: n, D: d, Mapped: true, Blocks: []svm.Block{b}}
	return nil
}
