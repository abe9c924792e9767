package weights

import (
	"cmp"
	"slices"
)

// A view may store its elements in any order: element (i0, i1, ...) lies at start + i0*strides[0] + i1*strides[1] + ...
// PyTorch writes such views for channels-last and transposed weights. A range of the row-major order is cut into boxes,
// and a box is read in spans of the storage of at most one chunk, so nothing of the view's size is ever held.

// maxGap is how many unwanted elements are read rather than passed over with another read: one costs about as much time
// as copying that many.
const maxGap = 2048

// axis is one side of a box: its extent, and the steps it makes in storage and in the destination, in elements.
type axis struct{ extent, stored, out int }

// stridedReader gathers one range of a view.
type stridedReader struct {
	t   *Tensor
	dst []float32
	buf []float32 // one chunk
}

func (t *Tensor) readStrided(dst []float32, off int) error {
	buf := floatBuffers.Get().(*[]float32)
	defer floatBuffers.Put(buf)
	r := &stridedReader{t: t, dst: dst, buf: *buf}
	return r.readRange(0, off, len(dst), 0, 0)
}

// InStorageOrder returns a view of the same elements in the order they are stored in, as far as axes can be swapped.
func (t *Tensor) InStorageOrder() *Tensor {
	if t.strides == nil {
		return t
	}
	order := make([]int, len(t.Shape))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.strides[b], t.strides[a]) })
	view := *t
	view.Shape, view.strides = make([]int, len(order)), make([]int, len(order))
	for i, axis := range order {
		view.Shape[i], view.strides[i] = t.Shape[axis], t.strides[axis]
	}
	return &view
}

// readRange reads n elements from off on of the sub-array of axes [dim, rank) that begins at the stored element base,
// and puts them at dst[out:].
func (r *stridedReader) readRange(dim, off, n, base, out int) error {
	inner := 1
	for _, d := range r.t.Shape[dim+1:] {
		inner *= d
	}
	stride := r.t.strides[dim]
	for n > 0 {
		row, within := off/inner, off%inner
		at := base + row*stride
		var took int
		var err error
		if within == 0 && n >= inner {
			took = n / inner * inner
			err = r.readBox(dim, took/inner, at, out)
		} else {
			took = min(n, inner-within)
			err = r.readRange(dim+1, within, took, at, out)
		}
		if err != nil {
			return err
		}
		off, n, out = off+took, n-took, out+took
	}
	return nil
}

// readBox reads `rows` whole steps of axis dim.
func (r *stridedReader) readBox(dim, rows, base, out int) error {
	axes := make([]axis, 0, len(r.t.Shape))
	step := 1
	for i := len(r.t.Shape) - 1; i >= dim; i-- {
		extent := r.t.Shape[i]
		if i == dim {
			extent = rows
		}
		if extent > 1 {
			axes = append(axes, axis{extent, r.t.strides[i], step})
		}
		step *= extent
	}
	slices.SortStableFunc(axes, func(a, b axis) int { return cmp.Compare(b.stored, a.stored) })
	return r.gather(axes, base, out)
}

// gather reads a box whose axes are sorted by stored step, widest first.
func (r *stridedReader) gather(axes []axis, base, out int) error {
	span, whole := spanOf(axes)
	if whole && span <= len(r.buf) {
		chunk := r.buf[:span]
		if err := r.t.readDense(chunk, int64(base)); err != nil {
			return err
		}
		scatter(r.dst, chunk, axes, 0, out)
		return nil
	}
	outer, rest := axes[0], axes[1:]
	steps := 1
	if inner, _ := spanOf(rest); whole && inner <= len(r.buf) {
		steps = (len(r.buf)-inner)/outer.stored + 1
	}
	for i := 0; i < outer.extent; i += steps {
		part := rest
		if k := min(steps, outer.extent-i); k > 1 {
			part = append([]axis{{k, outer.stored, outer.out}}, rest...)
		}
		if err := r.gather(part, base+i*outer.stored, out+i*outer.out); err != nil {
			return err
		}
	}
	return nil
}

// spanOf returns the stored elements from a box's first to its last, and whether all of them are best read at once, for
// no gap between the wanted ones is wide.
func spanOf(axes []axis) (span int, whole bool) {
	span, whole = 1, true
	for i := len(axes) - 1; i >= 0; i-- {
		whole = whole && axes[i].stored-span <= maxGap
		span += (axes[i].extent - 1) * axes[i].stored
	}
	return span, whole
}

// scatter copies a box out of the span that holds it.
func scatter(dst, span []float32, axes []axis, from, to int) {
	switch len(axes) {
	case 0:
		dst[to] = span[from]
	case 1:
		a := axes[0]
		for range a.extent {
			dst[to] = span[from]
			from, to = from+a.stored, to+a.out
		}
	default:
		a := axes[0]
		for i := range a.extent {
			scatter(dst, span, axes[1:], from+i*a.stored, to+i*a.out)
		}
	}
}
