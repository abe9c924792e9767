package svm

import (
	"errors"
	"fmt"
	"math"
)

// Problem is K binary problems on the same rows. Train only reads it; nothing of it is kept in the model.
type Problem struct {
	X    []float32 // [N,D], row-major, dense; may be mapped memory
	N, D int
	Rows []int    // the rows of X to train on, each at most once; nil: all N
	Y    [][]int8 // [K][N]: +1, -1, or 0 for a row that is left out for this class; aligned with X, not with Rows
}

// OneVsRest returns labels [classes][len(labels)] for a multi-class problem: +1 where labels[i] is the class, -1 elsewhere.
// A negative label leaves the row out for all classes.
func OneVsRest(labels []int, classes int) [][]int8 {
	y := make([][]int8, classes)
	for k := range y {
		y[k] = make([]int8, len(labels))
		for i, l := range labels {
			switch {
			case l == k:
				y[k][i] = 1
			case l >= 0:
				y[k][i] = -1
			}
		}
	}
	return y
}

// rows returns the rows to train on, after checking shapes and labels.
func (p Problem) rows() ([]int, error) {
	if p.N < 1 || p.D < 1 {
		return nil, fmt.Errorf("svm: a problem of %d rows and %d columns; both must be at least 1", p.N, p.D)
	}
	if len(p.X)/p.D != p.N || len(p.X)%p.D != 0 {
		return nil, fmt.Errorf("svm: X has %d values, expected %d rows x %d columns", len(p.X), p.N, p.D)
	}
	if len(p.Y) == 0 {
		return nil, errors.New("svm: no classes: Y is empty, expected one slice of labels a class")
	}
	for k, y := range p.Y {
		if len(y) != p.N {
			return nil, fmt.Errorf("svm: class %d has %d labels, expected one a row: %d", k, len(y), p.N)
		}
	}
	rows, err := p.checkedRows()
	if err != nil {
		return nil, err
	}
	for k, y := range p.Y {
		for _, r := range rows {
			if y[r] < -1 || y[r] > 1 {
				return nil, fmt.Errorf("svm: label of row %d for class %d is %d, expected +1, -1 or 0", r, k, y[r])
			}
		}
	}
	return rows, nil
}

func (p Problem) checkedRows() ([]int, error) {
	if p.Rows == nil {
		all := make([]int, p.N)
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	if len(p.Rows) == 0 {
		return nil, errors.New("svm: no rows to train on: Rows is empty (nil means all)")
	}
	seen := make([]bool, p.N)
	for _, r := range p.Rows {
		if r < 0 || r >= p.N {
			return nil, fmt.Errorf("svm: row %d is asked for, X has rows 0 to %d", r, p.N-1)
		}
		if seen[r] {
			return nil, fmt.Errorf("svm: row %d is named twice in Rows", r)
		}
		seen[r] = true
	}
	return p.Rows, nil
}

// row returns row r of X; it shares memory with X.
func (p Problem) row(r int) []float32 {
	o := r * p.D
	return p.X[o : o+p.D : o+p.D]
}

// squaredNorms returns ‖x‖² of each of the rows, and refuses NaN and infinity.
func (p Problem) squaredNorms(rows []int) ([]float64, error) {
	norms := make([]float64, len(rows))
	for i, r := range rows {
		x := p.row(r)
		norms[i] = squaredNorm(x)
		if math.IsNaN(norms[i]) || math.IsInf(norms[i], 0) {
			return nil, badValue(r, x)
		}
	}
	return norms, nil
}

func badValue(r int, x []float32) error {
	for j, v := range x {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("svm: X is %v at row %d, column %d; expected a finite number: leave the row out or mend its descriptor", v, r, j)
		}
	}
	return fmt.Errorf("svm: the norm of row %d overflows", r)
}
