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
	numbers := f.takeVecs(4)
	for i, r := range numbers {
		f.load(r, table, 16*i)
	}
	down := []gp{0, f.times(8, ss)} // to the values of the rows below
	for i := 2; i < 8; i++ {
		down = append(down, f.times(i, down[1]))
	}
	var column [4]gp
	for i := range column {
		column[i] = f.gp()
	}
	r, out := f.takeVecs(len(column)), f.gp()
	f.label("channels")
	f.copy(src, column[0])
	var half [][2]vec
	for x := 0; x < 8; x += len(column) {
		for i := 1; i < len(column); i++ {
			f.put("ADD %v, %v, %v", ss, column[i-1], column[i])
		}
		half = append(half, f.at7(numbers, len(column), func(n, y int) vec {
			if y == 0 {
				f.load(r[n], column[n], 0)
			} else {
				f.loadAt(r[n], column[n], down[y])
			}
			return r[n]
		})...)
		if x == 0 {
			f.put("ADD %v, %v, %v", ss, column[len(column)-1], column[0])
		}
	}
	f.copy(dst, out)
	for _, s := range f.at7(numbers, 2, func(y, x int) vec { return half[x][y] }) {
		f.storeDown(s[:], out, ds)
		f.free(s[:]...)
	}
	for _, h := range half {
		f.free(h[:]...)
	}
	f.step(16, src)
	f.step(16, dst)
	f.again(1, n, "channels")
	f.end()
}

// at7 multiplies some times eight vectors with A^T, one of the eight after the other, as a matrix product would. A sum
// waits for the one before it, so there must be several.
func (f *function) at7(numbers []vec, several int, load func(n, i int) vec) (sums [][2]vec) {
	for range several {
		s := [2]vec{f.vec(), f.vec()}
		f.zero(s[0])
		f.zero(s[1])
		sums = append(sums, s)
	}
	for i := range 8 {
		for n, s := range sums {
			d := load(n, i)
			f.fmlaLane(s[0], d, lane{numbers[i/4], i % 4})
			f.fmlaLane(s[1], d, lane{numbers[2+i/4], i % 4})
		}
	}
	return sums
}
