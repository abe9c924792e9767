package main

import "fmt"

// conv3 does m neighbouring pixels; the 27 products of a pixel and a channel are summed in the order of rows, columns,
// colours. The numbers of a row of all pixels, 3*(m+2), are in registers.
func conv3(m int) {
	f := begin(fmt.Sprintf("conv3_%d", m), "dst *float32, k int, r0 *float32, r1 *float32, r2 *float32, w *float32, bias *float32", "",
		fmt.Sprintf("is conv3 for %d pixels.", m))
	dst, k := f.param("dst"), f.param("k")
	row := []gp{f.param("r0"), f.param("r1"), f.param("r2")}
	w, bias := f.param("w"), f.param("bias")
	pixel, out := f.times(4, k), f.gp()
	acc, x, y := f.takeVecs(4*m), f.takeVecs((3*m+9)/4), f.takeVecs(2)
	f.label("panels")
	for _, r := range acc {
		f.zero(r)
	}
	for t := range 27 {
		if t%9 == 0 {
			for i, r := range x {
				if left := 3*(m+2) - 4*i; left < 4 {
					f.loadFew(r, left, row[t/9], 16*i)
				} else {
					f.load(r, row[t/9], 16*i)
				}
			}
		}
		for j := 0; j < 4; j += 2 {
			f.loadPair(y[0], y[1], w, 16*j)
			for i := range m {
				at := 3*i + t%9
				f.fmlaLane(acc[4*i+j], y[0], lane{x[at/4], at % 4})
				f.fmlaLane(acc[4*i+j+1], y[1], lane{x[at/4], at % 4})
			}
		}
		f.step(64, w)
	}
	f.copy(dst, out)
	for i := range m {
		for j := 0; j < 4; j += 2 {
			f.loadPair(y[0], y[1], bias, 16*j)
			for p, b := range y {
				f.fadd(acc[4*i+j+p], acc[4*i+j+p], b)
				f.relu(acc[4*i+j+p], x[p])
			}
			f.storePair(acc[4*i+j], acc[4*i+j+1], out, 16*j)
		}
		f.add(pixel, out)
	}
	f.step(64, bias)
	f.step(64, dst)
	f.again(16, k, "panels")
	f.end()
}

func maxPool() {
	f := begin("maxPool", "dst *float32, r0 *float32, r1 *float32, n int, c int", "", "is maxPool for c, a multiple of 16.")
	dst, r0, r1 := f.param("dst"), f.param("r0"), f.param("r1")
	n, cs := f.param("n"), f.stride("c")
	left, next0, next1 := f.gp(), f.gp(), f.gp()
	f.label("pixels")
	f.copy(cs, left)
	f.put("ADD %v, %v, %v", cs, r0, next0)
	f.put("ADD %v, %v, %v", cs, r1, next1)
	f.label("channels")
	m, x := f.takeVecs(4), f.takeVecs(4)
	load := func(to []vec, from gp) {
		f.loadPair(to[0], to[1], from, 0)
		f.loadPair(to[2], to[3], from, 32)
		f.step(64, from)
	}
	load(m, r0)
	for _, from := range []gp{next0, r1, next1} {
		load(x, from)
		for i := range m {
			f.fmax(m[i], m[i], x[i]) // a NaN stays
		}
	}
	f.storePair(m[0], m[1], dst, 0)
	f.storePair(m[2], m[3], dst, 32)
	f.step(64, dst)
	f.again(64, left, "channels")
	f.add(cs, r0)
	f.add(cs, r1)
	f.again(1, n, "pixels")
	f.end()
}

func biasReLU(clip bool) {
	name := "bias"
	if clip {
		name = "biasReLU"
	}
	f := begin(name, "x *float32, bias *float32, n int", "", "adds bias to n values, a multiple of 16, in place.")
	x, bias, n := f.param("x"), f.param("bias"), f.param("n")
	r, b := f.takeVecs(4), f.takeVecs(4)
	f.label("loop")
	for j := 0; j < 4; j += 2 {
		f.loadPair(r[j], r[j+1], x, 16*j)
		f.loadPair(b[j], b[j+1], bias, 16*j)
	}
	for j := range r {
		f.fadd(r[j], r[j], b[j])
		if clip {
			f.relu(r[j], b[j])
		}
	}
	f.storePair(r[0], r[1], x, 0)
	f.storePair(r[2], r[3], x, 32)
	f.step(64, x)
	f.step(64, bias)
	f.again(16, n, "loop")
	f.end()
}

// dot sums in 64 lanes and folds them in the order of all sets.
func dot() {
	f := begin("dot", "x *float32, y *float32, n int", "float32", "is the dot product of n values, a multiple of 64.")
	x, y, n := f.param("x"), f.param("y"), f.param("n")
	acc, a, b := f.takeVecs(16), f.takeVecs(8), f.takeVecs(8)
	for _, r := range acc {
		f.zero(r)
	}
	f.label("loop")
	for i := 0; i < 16; i += 2 {
		j := i % 8
		f.loadPair(a[j], a[j+1], x, 16*i)
		f.loadPair(b[j], b[j+1], y, 16*i)
		f.fmla(acc[i], a[j], b[j])
		f.fmla(acc[i+1], a[j+1], b[j+1])
	}
	f.step(256, x)
	f.step(256, y)
	f.again(64, n, "loop")
	for h := 8; h > 0; h /= 2 { // lane i of the first half with lane i of the second
		for i := range h {
			f.fadd(acc[i], acc[i], acc[h+i])
		}
	}
	s, t := acc[0], a[0]
	f.word(0x6e004000|uint32(s)<<16|uint32(s)<<5|uint32(t), "ext v%d.16b, v%d.16b, v%d.16b, #8", t, s, s)
	f.fadd(s, s, t)
	f.word(0x7e30d800|uint32(s)<<5|uint32(s), "faddp s%d, v%d.2s", s, s)
	f.put("FMOVS F%d, %s", s, f.places["ret"])
	f.end()
}

func axpy() {
	f := begin("axpy", "a float32, x *float32, y *float32, n int", "", "adds a*x to y, n values, a multiple of 64.")
	a := lane{f.vec(), 0}
	f.put("FMOVS %s, F%d", f.places["a"], a.v)
	x, y, n := f.param("x"), f.param("y"), f.param("n")
	r, s := f.takeVecs(8), f.takeVecs(8)
	f.label("loop")
	for i := 0; i < 16; i += 2 {
		j := i % 8
		f.loadPair(s[j], s[j+1], y, 16*i)
		f.loadPair(r[j], r[j+1], x, 16*i)
		f.fmlaLane(s[j], r[j], a)
		f.fmlaLane(s[j+1], r[j+1], a)
		f.storePair(s[j], s[j+1], y, 16*i)
	}
	f.step(256, x)
	f.step(256, y)
	f.again(64, n, "loop")
	f.end()
}

// peakSums are as many as hide the latency of four pipes.
const peakSums = 24

// peak does n rounds of independent multiply-adds between registers: the most that this processor can do.
func peak() {
	f := begin("peak", "n int", "", fmt.Sprintf("does n times %d multiply-adds.", 4*peakSums))
	n := f.param("n")
	acc, x := f.takeVecs(peakSums), f.vec()
	for _, r := range append(acc[:peakSums:peakSums], x) {
		f.zero(r)
	}
	f.label("loop")
	for _, r := range acc {
		f.fmlaLane(r, x, lane{x, 0})
	}
	f.again(1, n, "loop")
	f.end()
}
