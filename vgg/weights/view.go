package weights

import (
	"fmt"
	"slices"

	"fc7/internal/escape"
)

// Arranged returns the same elements with other axes: each axis i of t is split into the extents split[i] (their
// product is t.Shape[i]), and the axes so had are put into the order given: axis k of the result is axis order[k] of
// the split ones. Nothing is read or copied; the view shares t's file and name.
func (t *Tensor) Arranged(split [][]int, order []int) (*Tensor, error) {
	wrong := func() (*Tensor, error) {
		return nil, fmt.Errorf("%s: tensor %q of shape %v cannot be arranged as %v in order %v", t.path, escape.Short(t.Name), t.Shape, split, order)
	}
	if len(split) != len(t.Shape) {
		return wrong()
	}
	strides := t.strides
	if strides == nil {
		strides = denseStrides(t.Shape)
	}
	var shape, steps []int
	for i, parts := range split {
		if n, err := elements(parts, 0); err != nil || n != t.Shape[i] {
			return wrong()
		}
		for k, step := range denseStrides(parts) {
			shape, steps = append(shape, parts[k]), append(steps, step*strides[i])
		}
	}
	view := *t
	view.Shape, view.strides = make([]int, len(order)), make([]int, len(order))
	used := make([]bool, len(shape))
	for k, from := range order {
		if from < 0 || from >= len(shape) || used[from] {
			return wrong()
		}
		used[from] = true
		view.Shape[k], view.strides[k] = shape[from], steps[from]
	}
	if slices.Contains(used, false) {
		return wrong()
	}
	if isDense(view.Shape, view.strides) {
		view.strides = nil
	}
	return &view, nil
}

// denseStrides returns the steps of row-major order.
func denseStrides(shape []int) []int {
	strides, step := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= shape[i]
	}
	return strides
}

// isDense tells whether the steps are those of row-major order; an axis of one element may have any.
func isDense(shape, strides []int) bool {
	for i, step := range denseStrides(shape) {
		if shape[i] > 1 && strides[i] != step {
			return false
		}
	}
	return true
}

// Innermost returns the axis whose neighbours lie closest in the file: reads that run along it are fast. It is the last
// one of more than one element where the tensor is dense.
func (t *Tensor) Innermost() int {
	strides := t.strides
	if strides == nil {
		strides = denseStrides(t.Shape)
	}
	best := len(t.Shape) - 1
	for i := len(t.Shape) - 1; i >= 0; i-- {
		if t.Shape[i] > 1 && (t.Shape[best] < 2 || strides[i] < strides[best]) {
			best = i
		}
	}
	return best
}

// Streamed tells whether the elements are best read in rising order by one reader at a time: those of a compressed
// file, where going back begins anew.
func (t *Tensor) Streamed() bool {
	data := t.data
	if s, ok := data.(*swapped); ok {
		data = s.r
	}
	s, ok := data.(streamed)
	return ok && s.Streamed()
}

// streamed is what reads a compressed stream by position.
type streamed interface{ Streamed() bool }
