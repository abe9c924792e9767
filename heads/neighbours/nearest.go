package neighbours

import (
	"cmp"
	"math"
	"slices"
)

// near is a row and how near it is: a larger value is nearer.
type near[T float32 | float64] struct {
	value T
	row   int32
}

// before tells whether a comes before b: it is nearer, or as near and the earlier row.
func (a near[T]) before(b near[T]) bool {
	return a.value > b.value || a.value == b.value && a.row < b.row
}

// inOrder compares for sorting, the nearest first.
func inOrder[T float32 | float64](a, b near[T]) int {
	if c := cmp.Compare(b.value, a.value); c != 0 {
		return c
	}
	return cmp.Compare(a.row, b.row)
}

// nearest is a heap of the best so many rows, with the worst of them first. Which they are does not depend on the order
// in which they were offered.
type nearest[T float32 | float64] []near[T]

// offer takes a row into a heap that has room, or in the place of the worst, if it comes before that.
func (h *nearest[T]) offer(n near[T], room int) {
	if len(*h) < room {
		*h = append(*h, n)
		h.up(n)
		return
	}
	if n.before((*h)[0]) {
		h.down(n)
	}
}

// up puts the last row, n, in its place.
func (h *nearest[T]) up(n near[T]) {
	a := *h
	i := len(a) - 1
	for i > 0 && a[(i-1)/2].before(n) {
		a[i] = a[(i-1)/2]
		i = (i - 1) / 2
	}
	a[i] = n
}

// down puts n in its place, from that of the worst, which goes.
func (h *nearest[T]) down(n near[T]) {
	a, i := *h, 0
	for {
		next := 2*i + 1
		if next+1 < len(a) && a[next].before(a[next+1]) {
			next++
		}
		if next >= len(a) || !n.before(a[next]) {
			break
		}
		a[i] = a[next]
		i = next
	}
	a[i] = n
}

// least is the value below which nothing is taken.
func (h nearest[T]) least(room int) T {
	if len(h) < room {
		return T(math.Inf(-1))
	}
	return h[0].value
}

// sorted puts the rows in order, the nearest first: it is a heap no longer.
func (h nearest[T]) sorted() nearest[T] {
	slices.SortFunc(h, inOrder)
	return h
}
