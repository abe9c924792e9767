package weights

import (
	"bytes"
	"errors"
	"fmt"

	"fc7/internal/pickle"
)

// numpyName is the name of the tensor of a plain .npy file, whose format has none.
const numpyName = "array"

func sniffNumpy(s *source) bool { return bytes.HasPrefix(s.head, []byte(numpySignature)) }

func openNumpy(s *source) (*contents, error) {
	tensors, err := readNumpy(s, 0, s.size, numpyName, "")
	if err != nil {
		return nil, err
	}
	return &contents{tensors: tensors}, nil
}

// readNumpy reads the array at [off, end) of s. An array of numbers gets the name; the names of arrays in pickled
// dictionaries get the prefix.
func readNumpy(s *source, off, end int64, name, prefix string) ([]*Tensor, error) {
	h, err := readNumpyHeader(s, off, end)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	start := off + h.bytes
	if h.descr == "|O" || h.descr == "O" {
		return readNumpyPickle(s, start, end-start, prefix)
	}
	a := &numpyArray{descr: h.descr, fortran: h.fortran, shape: h.shape, data: s, start: start, n: end - start}
	t, err := a.tensor(name)
	if err != nil {
		return nil, err
	}
	return []*Tensor{t}, nil
}

// readNumpyPickle reads the arrays in the pickle at [off, off+n).
func readNumpyPickle(s *source, off, n int64, prefix string) ([]*Tensor, error) {
	root, _, err := pickle.NewReader(s, off, n).Read()
	if err != nil {
		return nil, err
	}
	w := &numpyWalk{src: s}
	if err := w.visit(prefix, root, 0); err != nil {
		return nil, err
	}
	if len(w.tensors) == 0 {
		return nil, errors.New("expected a dictionary of layers and their arrays, found no array of numbers in the pickle")
	}
	return w.tensors, nil
}
