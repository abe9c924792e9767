package main

import "fmt"

const (
	rows      = 6 // most of a matrix product: 24 sums, 6 vectors of a, 2 of b
	outerRows = 4 // most of a product with a transposed left side
	ahead     = 1024
)

// gemm is the register kernel of the matrix products: groups of m rows of a and some panels of 16 columns of b, all
// sums of a group in registers. Four numbers of a row come in one load and are multiplied by element, so that nothing
// is broadcast. Few rows take several panels: a sum waits for the one before it, so there must be enough of them.
func gemm(m, panels int) {
	f := begin(fmt.Sprintf("gemm_%dx%d", m, 16*panels),
		"groups int, a *float32, aStride int, b *float32, bStride int, c *float32, cStride int, k int, add bool", "",
		fmt.Sprintf("is gemm for groups times %d rows and %d columns.", m, 16*panels))
	groups, a, aStride := f.param("groups"), f.param("a"), f.stride("aStride")
	c, cStride := f.param("c"), f.stride("cStride")
	b, row := make([]gp, panels), make([]gp, m)
	for i := range b {
		b[i] = f.gp()
	}
	k := f.gp()
	for i := range row {
		row[i] = f.gp()
	}
	var bStride gp
	if panels > 1 {
		bStride = f.stride("bStride")
	}
	wide := 4 * panels
	acc, x := f.takeVecs(m*wide), f.takeVecs(m)
	y := f.takeVecs(min(8, 2*((32-m*(wide+1))/2)))
	f.label("group")
	f.reload("b", b[0])
	for i := 1; i < panels; i++ {
		f.copy(b[i-1], b[i])
		f.add(bStride, b[i])
	}
	f.reload("k", k)
	for _, r := range row {
		f.copy(a, r)
		f.add(aStride, a) // ends at the next group
	}
	for _, r := range acc {
		f.zero(r)
	}
	f.label("loop")
	for i, r := range x {
		f.loadStep(r, row[i])
	}
	read := 0
	for u := range 4 {
		for n, from := range b {
			f.prefetch(from, ahead+64*u)
			for j := 0; j < 4; j += 2 {
				p := y[read%len(y):]
				read += 2
				f.loadPair(p[0], p[1], from, 64*u+16*j)
				for i, r := range x {
					f.fmlaLane(acc[wide*i+4*n+j], p[0], lane{r, u})
					f.fmlaLane(acc[wide*i+4*n+j+1], p[1], lane{r, u})
				}
			}
		}
	}
	for _, from := range b {
		f.step(256, from)
	}
	f.again(4, k, "loop")
	f.putSums(acc, wide, y[:2], c, cStride)
	f.again(1, groups, "group")
	f.end()
}

// putSums writes or adds rows of so many vectors of sums and moves c behind them; t are written over.
func (f *function) putSums(acc []vec, wide int, t []vec, c, cStride gp) {
	add, at := f.gp(), f.gp()
	f.put("MOVBU %s, %v", f.places["add"], add)
	f.put("CBZ %v, store", add)
	f.copy(c, at)
	for i := 0; i < len(acc); i += wide {
		for j := 0; j < wide; j += 2 {
			f.loadPair(t[0], t[1], at, 16*j)
			f.fadd(acc[i+j], acc[i+j], t[0])
			f.fadd(acc[i+j+1], acc[i+j+1], t[1])
		}
		f.add(cStride, at)
	}
	f.label("store")
	for i := 0; i < len(acc); i += wide {
		for j := 0; j < wide; j += 2 {
			f.storePair(acc[i+j], acc[i+j+1], c, 16*j)
		}
		f.add(cStride, c)
	}
}

// outer is the register kernel of the products with a transposed left side: m columns of a times a panel of 16 columns
// of b, summed over their k rows.
func outer(m int) {
	f := begin(fmt.Sprintf("outer_%dx16", m),
		"a *float32, aStride int, b *float32, bStride int, bPanel int, c *float32, cStride int, k int, add bool", "",
		fmt.Sprintf("is outer for %d columns of a and 16 of b.", m))
	a, aStride := f.param("a"), f.stride("aStride")
	b, bStride := f.param("b"), f.stride("bStride")
	c, cStride, k := f.param("c"), f.stride("cStride"), f.param("k")
	acc, y := f.takeVecs(4*m), f.takeVecs(4)
	x := f.takeVecs(2) // the third number gets its own: to put it beside the others would take a place of sums
	for _, r := range acc {
		f.zero(r)
	}
	f.label("loop")
	if m == 4 {
		f.load(x[0], a, 0)
	} else {
		f.loadFew(x[0], min(m, 2), a, 0)
	}
	if m == 3 {
		f.loadFew(x[1], 1, a, 8)
	}
	f.loadFour(y, b)
	for i := range m {
		from := lane{x[0], i}
		if m == 3 && i == 2 {
			from = lane{x[1], 0}
		}
		for j, r := range y {
			f.fmlaLane(acc[4*i+j], r, from)
		}
	}
	f.add(aStride, a)
	f.add(bStride, b)
	f.again(1, k, "loop")
	f.putSums(acc, 4, y[:2], c, cStride)
	f.end()
}
