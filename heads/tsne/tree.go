package tsne

import (
	"math"
)

// point is a place of the map, or a difference of two.
type point struct{ x, y float64 }

// tree is a quadtree of points. Its nodes stand in preorder, each followed by what is below it, and its points lie in
// the order of the Morton curve, so that a node is a run of both.
type tree struct {
	nodes  []node
	points []point // in the tree's order
	order  []int32 // of which point that is
	leaves []int32 // nodes without any below

	keys, spare []key // of points, for sorting
}

// node is a square of the map with points in it.
type node struct {
	x, y   float64 // centre of mass
	mass   float64 // points
	side2  float64 // square of the longer side of the box around them
	lo, hi point   // the box
	first  int32   // of its points
	last   int32
	next   int32 // the node after all below it
}

type key struct {
	code uint64
	row  int32
}

const (
	leafPoints = 16 // at most, where they do not coincide
	keyBits    = 24 // of each coordinate
)

// build makes the tree of y; it keeps no part of it. What it holds is a function of y alone.
func (t *tree) build(y []point) {
	t.sort(y)
	t.nodes, t.leaves = t.nodes[:0], t.leaves[:0]
	t.points, t.order = grow(t.points, len(y)), grow(t.order, len(y))
	for i, k := range t.keys {
		t.points[i], t.order[i] = y[k.row], k.row
	}
	t.add(0, int32(len(y)), 2*keyBits)
}

// grow gives room for n, whatever is in it.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// sort puts keys into the order of the Morton curve, equal ones by row.
func (t *tree) sort(y []point) {
	lo, hi := box(y)
	side := max(hi.x-lo.x, hi.y-lo.y)
	scale := 0.0
	if side > 0 {
		scale = (1<<keyBits - 1) / side
	}
	t.keys, t.spare = grow(t.keys, len(y)), grow(t.spare, len(y))
	for i, p := range y {
		t.keys[i] = key{spread(uint64(float64((p.x-lo.x)*scale))) | spread(uint64(float64((p.y-lo.y)*scale)))<<1, int32(i)}
	}
	const digit = 12
	var count [1 << digit]int
	for shift := 0; shift < 2*keyBits; shift += digit {
		clear(count[:])
		for _, k := range t.keys {
			count[k.code>>shift&(1<<digit-1)]++
		}
		at := 0
		for d, n := range count {
			count[d], at = at, at+n
		}
		for _, k := range t.keys {
			d := k.code >> shift & (1<<digit - 1)
			t.spare[count[d]] = k
			count[d]++
		}
		t.keys, t.spare = t.spare, t.keys
	}
}

// box is the smallest around points.
func box(y []point) (lo, hi point) {
	lo, hi = y[0], y[0]
	for _, p := range y[1:] {
		lo.x, lo.y = min(lo.x, p.x), min(lo.y, p.y)
		hi.x, hi.y = max(hi.x, p.x), max(hi.y, p.y)
	}
	return lo, hi
}

// spread puts a zero before each bit.
func spread(v uint64) uint64 {
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v | v<<4) & 0x0f0f0f0f0f0f0f0f
	v = (v | v<<2) & 0x3333333333333333
	return (v | v<<1) & 0x5555555555555555
}

// add appends the node of points first to last, whose keys agree above the lowest bits, and those below it.
func (t *tree) add(first, last int32, bits int) {
	if last-first <= leafPoints || bits == 0 {
		t.leaf(first, last)
		return
	}
	bits -= 2
	ends := t.quarters(first, last, bits)
	for _, e := range ends { // all in one quarter: a node of its own tells nothing more
		if e[0] == first && e[1] == last {
			t.add(first, last, bits)
			return
		}
	}
	at := len(t.nodes)
	t.nodes = append(t.nodes, node{})
	n := node{first: first, last: last, lo: point{math.Inf(1), math.Inf(1)}, hi: point{math.Inf(-1), math.Inf(-1)}}
	for _, e := range ends {
		if e[0] == e[1] {
			continue
		}
		below := len(t.nodes)
		t.add(e[0], e[1], bits)
		b := &t.nodes[below]
		n.x += float64(b.x * b.mass)
		n.y += float64(b.y * b.mass)
		n.mass += b.mass
		n.lo.x, n.lo.y = min(n.lo.x, b.lo.x), min(n.lo.y, b.lo.y)
		n.hi.x, n.hi.y = max(n.hi.x, b.hi.x), max(n.hi.y, b.hi.y)
	}
	n.x, n.y = n.x/n.mass, n.y/n.mass
	n.next = int32(len(t.nodes))
	t.nodes[at] = n.sized()
}

func (n node) sized() node {
	side := max(n.hi.x-n.lo.x, n.hi.y-n.lo.y)
	n.side2 = side * side
	return n
}

// quarters are the runs of the four values of two bits.
func (t *tree) quarters(first, last int32, bits int) (ends [4][2]int32) {
	at := first
	for q := range ends {
		lo, hi := at, last
		for lo < hi {
			if mid := (lo + hi) / 2; t.keys[mid].code>>bits&3 > uint64(q) {
				hi = mid
			} else {
				lo = mid + 1
			}
		}
		ends[q] = [2]int32{at, lo}
		at = lo
	}
	return ends
}

func (t *tree) leaf(first, last int32) {
	of := t.points[first:last]
	n := node{first: first, last: last, mass: float64(len(of)), next: int32(len(t.nodes)) + 1}
	for _, p := range of {
		n.x += p.x
		n.y += p.y
	}
	n.x, n.y = n.x/n.mass, n.y/n.mass
	n.lo, n.hi = box(of)
	if n.lo == n.hi {
		n.x, n.y = n.lo.x, n.lo.y
	}
	t.leaves = append(t.leaves, int32(len(t.nodes)))
	t.nodes = append(t.nodes, n.sized())
}
