package finetune

import (
	"errors"
	"fmt"
	"math"

	"fc7/vgg/train"
)

// Problem is descriptors with labels, as svm.Problem is; svm.OneVsRest makes Y from classes. Train only reads it and keeps
// nothing of it.
type Problem struct {
	X    []float32 // [N,D], row-major, dense; may be mapped memory
	N, D int
	Rows []int // the rows of X to train on, each at most once; nil: all N

	// Y is [K][N]: +1, -1, or 0 for a cell that does not count; aligned with X, not with Rows. A row of zeros is left out.
	// Softmax takes exactly one +1 and no 0 in any other row.
	Y [][]int8
}

// rows returns the rows that have labels, after checking shapes and labels.
func (p Problem) rows(loss train.Loss) ([]int, error) {
	if err := p.shapes(); err != nil {
		return nil, err
	}
	asked := p.Rows
	if asked == nil {
		asked = make([]int, p.N)
		for i := range asked {
			asked[i] = i
		}
	}
	rows, seen := make([]int, 0, len(asked)), make([]bool, p.N)
	for _, r := range asked {
		if r < 0 || r >= p.N {
			return nil, fmt.Errorf("finetune: row %d is asked for, X has rows 0 to %d", r, p.N-1)
		}
		if seen[r] {
			return nil, fmt.Errorf("finetune: row %d is named twice in Rows", r)
		}
		seen[r] = true
		labelled, err := p.labelled(r, loss)
		if err != nil {
			return nil, err
		}
		if labelled {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("finetune: none of %d rows has a label", len(asked))
	}
	return rows, nil
}

func (p Problem) shapes() error {
	if p.N < 1 || p.D < 1 {
		return fmt.Errorf("finetune: a problem of %d rows and %d columns; both must be at least 1", p.N, p.D)
	}
	if len(p.X)/p.D != p.N || len(p.X)%p.D != 0 {
		return fmt.Errorf("finetune: X has %d values, expected %d rows x %d columns", len(p.X), p.N, p.D)
	}
	if len(p.Y) == 0 {
		return errors.New("finetune: no classes: Y is empty, expected one slice of labels a class")
	}
	for k, y := range p.Y {
		if len(y) != p.N {
			return fmt.Errorf("finetune: class %d has %d labels, expected one a row: %d", k, len(y), p.N)
		}
	}
	return nil
}

// labelled tells whether a row has labels, and refuses those that the loss cannot take.
func (p Problem) labelled(r int, loss train.Loss) (bool, error) {
	positive, negative := 0, 0
	for k, y := range p.Y {
		switch y[r] {
		case 1:
			positive++
		case -1:
			negative++
		case 0:
		default:
			return false, fmt.Errorf("finetune: label of row %d for class %d is %d, expected +1, -1 or 0", r, k, y[r])
		}
	}
	if positive+negative == 0 {
		return false, nil
	}
	if loss == train.Softmax && (positive != 1 || negative != len(p.Y)-1) {
		return false, fmt.Errorf("finetune: row %d has %d positive and %d negative labels for %d classes; softmax takes one positive and the others negative: take the sigmoid loss for images of several classes",
			r, positive, negative, len(p.Y))
	}
	return true, nil
}

// class is the positive class of a row.
func (p Problem) class(r int) int {
	for k, y := range p.Y {
		if y[r] > 0 {
			return k
		}
	}
	return -1
}

func (p Problem) row(r int) []float32 { return p.X[r*p.D : (r+1)*p.D] }

// scale is one over the root mean square norm of the rows. NaN and infinity are refused.
func (p Problem) scale(rows []int) (float32, error) {
	var sum float64
	for _, r := range rows {
		for j, v := range p.row(r) {
			f := float64(v)
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return 0, fmt.Errorf("finetune: X is %v at row %d, column %d; expected a finite number: leave the row out or mend its descriptor", v, r, j)
			}
			sum += f * f
		}
	}
	s := float32(math.Sqrt(float64(len(rows)) / sum))
	if sum == 0 || s == 0 || math.IsInf(float64(s), 0) {
		return 1, nil
	}
	return s, nil
}
