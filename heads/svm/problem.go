package svm

import (
	"errors"
	"fmt"
)

// Problem is K binary problems on the same rows. Train only reads it; nothing of it is kept in the model. Rows may be
// mapped memory: where it cannot be read any more, training ends with a fault.Error.
type Problem struct {
	X    Matrix
	Rows []int    // the rows of X to train on, each at most once; nil: all
	Y    [][]int8 // [K][X.N]: +1, -1, or 0 for a row that is left out for this class; aligned with X, not with Rows

	// Tell is called with a line about how the work is done and how long it may take, where rows pass by. nil: nothing
	// is told.
	Tell func(line string)
}

// OneVsRest returns labels [classes][len(labels)] for a multi-class problem: +1 where labels[i] is the class, -1
// elsewhere. A negative label leaves the row out for all classes.
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
	if err := p.X.check(); err != nil {
		return nil, err
	}
	rows, err := p.checkedRows()
	if err != nil {
		return nil, err
	}
	if err := p.X.checkRows(rows); err != nil {
		return nil, err
	}
	if len(p.Y) == 0 {
		return nil, errors.New("svm: no classes: Y is empty, expected one slice of labels a class")
	}
	for k, y := range p.Y {
		if len(y) != p.X.N {
			return nil, fmt.Errorf("svm: class %d has %d labels, expected one a row: %d", k, len(y), p.X.N)
		}
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
		return p.all(), nil
	}
	if len(p.Rows) == 0 {
		return nil, errors.New("svm: no rows to train on: Rows is empty (nil means all)")
	}
	seen := make([]bool, p.X.N)
	for _, r := range p.Rows {
		if r < 0 || r >= p.X.N {
			return nil, fmt.Errorf("svm: row %d is asked for, X has rows 0 to %d", r, p.X.N-1)
		}
		if seen[r] {
			return nil, fmt.Errorf("svm: row %d is named twice in Rows", r)
		}
		seen[r] = true
	}
	return p.Rows, nil
}

// all returns the numbers of all rows.
func (p Problem) all() []int {
	all := make([]int, p.X.N)
	for i := range all {
		all[i] = i
	}
	return all
}
