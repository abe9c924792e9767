package weights

import (
	"fmt"
	"io"

	"fc7/internal/escape"
	"fc7/internal/hdf5"
)

// HDF5 files are Keras's, or anybody's: what lists its layers as Keras does is read as such (keras.go), of others every
// array of numbers is a tensor named by its path.

// maxDatasets bounds the tensors of a file; a VGG-19 has 38.
const maxDatasets = 1 << 16

func sniffHDF5(s *source) bool {
	_, ok := hdf5.Find(s, s.size)
	return ok
}

func openHDF5(s *source) (*contents, error) { return openHDF5At(s, s.size) }

// openHDF5At reads a file that may lie within another.
func openHDF5At(r io.ReaderAt, size int64) (*contents, error) {
	f, err := hdf5.Open(r, size)
	if err != nil {
		return nil, err
	}
	root, err := f.Root()
	if err != nil {
		return nil, err
	}
	if c, err := openKeras(f, root); c != nil || err != nil {
		return c, err
	}
	w := &hdf5Walk{file: f, seen: map[uint64]bool{}}
	if err := w.group(root, "", 0); err != nil {
		return nil, err
	}
	return &contents{tensors: w.tensors}, nil
}

// hdf5Tensor makes a tensor of a dataset; nil when it has no numbers but what is found then.
func hdf5Tensor(o *hdf5.Object, name string) (t *Tensor, found string, err error) {
	d, err := o.Dataset()
	if err != nil {
		return nil, "", err
	}
	if d.Type.Class != hdf5.Number {
		return nil, d.Type.Name, nil
	}
	a := &numpyArray{descr: d.Type.Code, shape: d.Shape, data: d, n: d.Bytes}
	t, err = a.tensor(name)
	return t, d.Type.Name, err
}

// hdf5Walk lists all arrays of numbers.
type hdf5Walk struct {
	file    *hdf5.File
	seen    map[uint64]bool // groups: several links may lead to one, and links may go in circles
	tensors []*Tensor
}

func (w *hdf5Walk) group(o *hdf5.Object, path string, depth int) error {
	const deepest = 64
	if w.seen[o.Address()] {
		return nil
	}
	w.seen[o.Address()] = true
	if depth > deepest || len(w.seen) > maxDatasets {
		return fmt.Errorf("expected at most %d groups, %d deep, found more", maxDatasets, deepest)
	}
	links, err := o.Links()
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.Soft != "" {
			continue
		}
		child, err := w.file.Object(l.Address)
		if err != nil {
			return fmt.Errorf("%q: %w", escape.Short(path+l.Name), err)
		}
		if err := w.member(child, path+l.Name, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *hdf5Walk) member(o *hdf5.Object, path string, depth int) error {
	if !o.IsDataset() {
		return w.group(o, path+"/", depth+1)
	}
	t, _, err := hdf5Tensor(o, path)
	if err != nil {
		return fmt.Errorf("%q: %w", escape.Short(path), err)
	}
	if t != nil {
		w.tensors = append(w.tensors, t)
	}
	if len(w.tensors) > maxDatasets {
		return fmt.Errorf("expected at most %d arrays, found more", maxDatasets)
	}
	return nil
}
