package main

// filter7 transforms 7x7 filters by G g G^T, four at a time; all that is needed of the 8x8 numbers of G is in
// registers. Points come in pairs a and -a, whose rows of G differ in the signs of the odd places alone.
func filter7() {
	f := begin("filter7", "dst *float32, dstStride int, src *float32, tapStride int, n int, table *float32, tmp *float32", "",
		"is filter7 for n times 16 filters; tmp holds 56 vectors.")
	dst, ds := f.param("dst"), f.stride("dstStride")
	src, ts := f.param("src"), f.stride("tapStride")
	n, table, tmp := f.param("n"), f.param("table"), f.param("tmp")
	down := []gp{0, f.times(7, ts)} // to the taps of the rows below
	for i := 2; i < 7; i++ {
		down = append(down, f.times(i, down[1]))
	}
	f.put("LSL $2, %v", n) // vectors
	g := map[[2]int]lane{}
	for _, i := range []int{0, 1, 3, 5, 7} {
		for j := 0; j < 8; j += 4 {
			if i == 0 && j > 0 || i == 7 && j == 0 {
				continue
			}
			v := f.vec()
			f.load(v, table, 4*(8*i+j))
			for x := range 4 {
				g[[2]int{i, j + x}] = lane{v, x}
			}
		}
	}
	column, out := f.gp(), f.gp()
	f.label("filters")
	f.copy(src, column)
	for x := range 7 {
		d := f.takeVecs(7)
		f.load(d[0], column, 0)
		for y := 1; y < 7; y++ {
			f.loadAt(d[y], column, down[y])
		}
		if x < 6 {
			f.add(ts, column)
		}
		f.g7(d, g, func(y int, r vec) { f.store(r, tmp, 16*(7*y+x)) })
	}
	f.copy(dst, out)
	for y := range 8 {
		d := f.takeVecs(7)
		for x := range d {
			f.load(d[x], tmp, 16*(7*y+x))
		}
		f.g7(d, g, func(_ int, r vec) {
			f.store(r, out, 0)
			f.add(ds, out)
		})
	}
	f.step(16, src)
	f.step(16, dst)
	f.again(1, n, "filters")
	f.end()
}

// g7 multiplies seven vectors with G and hands out the eight results in order; the seven are free then.
func (f *function) g7(d []vec, g map[[2]int]lane, put func(i int, r vec)) {
	sum := func(i int, places ...int) vec {
		s := f.vec()
		f.fmulLane(s, d[places[0]], g[[2]int{i, places[0]}])
		for _, j := range places[1:] {
			f.fmlaLane(s, d[j], g[[2]int{i, j}])
		}
		return s
	}
	one := func(i, place int) {
		s := sum(i, place)
		put(i, s)
		f.free(s)
	}
	one(0, 0)
	for i := 1; i < 7; i += 2 {
		even, odd, minus := sum(i, 0, 2, 4, 6), sum(i, 1, 3, 5), f.vec()
		f.fsub(minus, even, odd)
		f.fadd(even, even, odd)
		put(i, even)
		put(i+1, minus)
		f.free(even, odd, minus)
	}
	one(7, 6)
	f.free(d...)
}
