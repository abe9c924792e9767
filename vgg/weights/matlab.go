package weights

import (
	"fmt"

	"fc7/internal/escape"
	"fc7/internal/matfile"
)

func sniffMatlab5(s *source) bool { return matfile.Version(s.head) == "5" }

func sniffMatlab73(s *source) bool { return matfile.Version(s.head) == "7.3" }

func openMatlab(s *source) (*contents, error) {
	variables, err := matfile.Open(s, s.size, matfile.MaxVariable)
	if err != nil {
		return nil, err
	}
	return openMatConvNet(variables)
}

// matlabTensor makes a tensor of an array. Its shape are MATLAB's sizes, with ones behind them or without the last ones
// to make it of the rank; an array of rank 1 may lie along any side.
func matlabTensor(v matfile.Value, name string, rank int) (*Tensor, error) {
	a, err := v.Array()
	if err != nil {
		return nil, fmt.Errorf("%q: %w", escape.Short(name), err)
	}
	shape := append([]int(nil), v.Dims()...)
	if rank == 1 && wide(shape) < 2 {
		shape = []int{matfile.Len(v)}
	}
	for len(shape) < rank {
		shape = append(shape, 1)
	}
	array := &numpyArray{descr: a.Code, fortran: true, shape: shape, data: a.Data, start: a.Start, n: a.Bytes}
	t, err := array.tensor(name)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", escape.Short(name), err)
	}
	return t, nil
}

// wide counts the sides that are not 1.
func wide(shape []int) int {
	n := 0
	for _, d := range shape {
		if d != 1 {
			n++
		}
	}
	return n
}
