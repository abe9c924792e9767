package main

// filter7 transforms 7x7 filters by G g G^T, four at a time; all that is needed of the 8x8 numbers of G is in
// registers. Points come in pairs a and -a, whose rows of G differ in the signs of the odd places alone. Taps are read
// once for each pair of rows of results, so that what is between the two steps stays in registers: a store takes a
// place of sums, a load does not.
func filter7() {
	f := begin("filter7", "dst *float32, dstStride int, src *float32, tapStride int, n int, table *float32, tmp *float32", "",
		"is filter7 for n times 16 filters; tmp is not touched.")
	k := kernel7{function: f, dst: f.param("dst"), ds: f.stride("dstStride"), src: f.param("src"), ts: f.stride("tapStride")}
	n, table := f.param("n"), f.param("table")
	k.down = []gp{0, f.times(7, k.ts)}
	for i := 2; i < 7; i++ {
		k.down = append(k.down, f.times(i, k.down[1]))
	}
	f.put("LSL $2, %v", n) // vectors
	k.loadNumbers(table)
	k.column, k.out = f.gp(), f.gp()
	f.label("filters")
	f.copy(k.dst, k.out)
	k.rows([]int{0}, func(d []vec) []vec { return []vec{k.sum(d, 0, 0)} })
	for i := 1; i < 7; i += 2 {
		k.rows([]int{0, 1, 2, 3, 4, 5, 6}, func(d []vec) []vec { return k.pair(d, i) })
	}
	k.rows([]int{6}, func(d []vec) []vec { return []vec{k.sum(d, 7, 6)} })
	f.step(16, k.src)
	f.step(16, k.dst)
	f.again(1, n, "filters")
	f.end()
}

// kernel7 is filter7 as it is written.
type kernel7 struct {
	*function
	g           map[[2]int]lane // what is needed of G
	src, ts     gp
	dst, ds     gp
	column, out gp   // where taps are read, and results stored
	down        []gp // to the taps of the rows below
}

func (k *kernel7) loadNumbers(table gp) {
	k.g = map[[2]int]lane{}
	for _, i := range []int{0, 1, 3, 5, 7} {
		for j := 0; j < 8; j += 4 {
			if i == 0 && j > 0 || i == 7 && j == 0 {
				continue
			}
			v := k.vec()
			k.load(v, table, 4*(8*i+j))
			for x := range 4 {
				k.g[[2]int{i, j + x}] = lane{v, x}
			}
		}
	}
}

// rows reads some taps of each column, and stores the rows of results that the transform of a column gives.
func (k *kernel7) rows(taps []int, transform func(d []vec) []vec) {
	k.copy(k.src, k.column)
	var t [2][7]vec
	n := 0
	for x := range 7 {
		var d [7]vec
		for _, y := range taps {
			d[y] = k.vec()
			if y == 0 {
				k.load(d[y], k.column, 0)
			} else {
				k.loadAt(d[y], k.column, k.down[y])
			}
		}
		if x < 6 {
			k.add(k.ts, k.column)
		}
		o := transform(d[:])
		n = len(o)
		for i, r := range o {
			t[i][x] = r
		}
		for _, y := range taps {
			k.free(d[y])
		}
	}
	for _, d := range t[:n] {
		k.putRow(d[:])
	}
}

// sum is a sum over places of seven vectors, by the numbers of row i of G.
func (k *kernel7) sum(d []vec, i int, places ...int) vec {
	s := k.vec()
	k.fmulLane(s, d[places[0]], k.g[[2]int{i, places[0]}])
	for _, j := range places[1:] {
		k.fmlaLane(s, d[j], k.g[[2]int{i, j}])
	}
	return s
}

// pair is what rows i and i+1 of G make of seven vectors.
func (k *kernel7) pair(d []vec, i int) []vec {
	even, odd, minus := k.sum(d, i, 0, 2, 4, 6), k.sum(d, i, 1, 3, 5), k.vec()
	k.fsub(minus, even, odd)
	k.fadd(even, even, odd)
	k.free(odd)
	return []vec{even, minus}
}

// putRow multiplies seven vectors with G and stores the eight results; the seven are free then.
func (k *kernel7) putRow(d []vec) {
	put := func(o ...vec) {
		k.storeDown(o, k.out, k.ds)
		k.free(o...)
	}
	put(k.sum(d, 0, 0))
	for i := 1; i < 7; i += 2 {
		put(k.pair(d, i)...)
	}
	put(k.sum(d, 7, 6))
	k.free(d...)
}
