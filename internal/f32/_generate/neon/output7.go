package main

// output7 applies A^T, whose 2x8 numbers are in table, to the columns of 8x8 values and then to the rows: four pixels.
// All is in registers.
func output7() {
	f := begin("output7", "dst *float32, dstStride int, src *float32, srcStride int, n int, table *float32, tmp *float32", "",
		"is output7 for n times 16 channels; tmp is not touched.")
	dst, ds := f.param("dst"), f.stride("dstStride")
	src, ss := f.param("src"), f.stride("srcStride")
	n, table := f.param("n"), f.param("table")
	f.put("LSL $2, %v", n) // vectors
	down := f.times(8, ss) // from row to row of values
	numbers := f.takeVecs(4)
	for i, r := range numbers {
		f.load(r, table, 16*i)
	}
	r := f.takeVecs(2)
	// at multiplies eight vectors with A^T, one after the other, as a matrix product would.
	at := func(load func(r vec, i int) vec) (sums [2]vec) {
		sums = [2]vec{f.vec(), f.vec()}
		f.zero(sums[0])
		f.zero(sums[1])
		for i := range 8 {
			d := load(r[i%2], i)
			for j, s := range sums {
				f.fmlaLane(s, d, lane{numbers[2*j+i/4], i % 4})
			}
		}
		return sums
	}
	in, column, out := f.gp(), f.gp(), f.gp()
	f.label("channels")
	f.copy(src, column)
	var half [8][2]vec
	for x := range half {
		f.copy(column, in)
		half[x] = at(func(r vec, y int) vec {
			f.load(r, in, 0)
			if y < 7 {
				f.add(down, in)
			}
			return r
		})
		if x < 7 {
			f.add(ss, column)
		}
	}
	f.copy(dst, out)
	for y := range 2 {
		sums := at(func(_ vec, x int) vec { return half[x][y] })
		for _, s := range sums {
			f.store(s, out, 0)
			f.add(ds, out)
		}
		f.free(sums[:]...)
	}
	for _, h := range half {
		f.free(h[:]...)
	}
	f.step(16, src)
	f.step(16, dst)
	f.again(1, n, "channels")
	f.end()
}
