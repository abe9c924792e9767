package main

import "fmt"

// conv3 does m neighbouring pixels; the 27 products of a pixel and a channel are summed in the order of rows, columns,
// colours. The numbers of a row of all pixels, 3*(m+2), are in registers.
func conv3(m int) {
	f := begin(fmt.Sprintf("conv3_%d", m), conv3Params, "", fmt.Sprintf("is conv3 for %d pixels.", m))
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
			f.loadRow(x, 3*(m+2), row[t/9])
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
		f.finish(acc[4*i:4*i+4], bias, out, append(y, x...))
		f.add(pixel, out)
	}
	f.step(64, bias)
	f.step(64, dst)
	f.again(16, k, "panels")
	f.end()
}

const conv3Params = "dst *float32, k int, r0 *float32, r1 *float32, r2 *float32, w *float32, bias *float32"

// loadRow loads n floats; of the last vector one or two, or all.
func (f *function) loadRow(x []vec, n int, from gp) {
	for i, r := range x {
		if left := n - 4*i; left < 4 {
			f.loadFew(r, left, from, 16*i)
		} else {
			f.load(r, from, 16*i)
		}
	}
}

// finish adds the bias of 16 channels, clears what is below 0 and stores; t are written over.
func (f *function) finish(acc []vec, bias, out gp, t []vec) {
	for j := 0; j < 4; j += 2 {
		f.loadPair(t[0], t[1], bias, 16*j)
		for i, r := range acc[j : j+2] {
			f.fadd(r, r, t[i])
			f.relu(r, t[2+i])
		}
		f.storePair(acc[j], acc[j+1], out, 16*j)
	}
}

// conv3One is conv3 for one pixel. It does four panels of 16 channels at a time: the products of one wait for each
// other and leave most of the processor idle. Where fewer are left, the last of them stands for those that are missing
// too.
func conv3One() {
	f := begin("conv3_1", conv3Params, "", "is conv3 for a pixel.")
	dst, k := f.param("dst"), f.param("k")
	row := []gp{f.param("r0"), f.param("r1"), f.param("r2")}
	w, bias := f.param("w"), f.param("bias")
	size, last, t := f.gp(), f.gp(), f.gp()
	var panel, place [4]gp // of filters, and how many bytes the panel's channels lie behind those of the first
	for p := range panel {
		panel[p], place[p] = f.gp(), f.gp()
	}
	acc, x, y := f.takeVecs(16), f.takeVecs(3), f.takeVecs(4)
	f.put("MOVD $27, %v", size) // in such places
	f.label("panels")
	f.put("LSL $2, %v, %v", k, last)
	f.put("SUB $64, %v", last)
	for p := range panel {
		f.put("MOVD $%d, %v", 64*p, place[p])
		f.put("CMP %v, %v", last, place[p])
		f.put("CSEL LT, %v, %v, %v", place[p], last, place[p])
		f.put("MUL %v, %v, %v", size, place[p], panel[p])
		f.add(w, panel[p])
	}
	for _, r := range acc {
		f.zero(r)
	}
	for i, from := range row {
		f.loadRow(x, 9, from)
		for at := range 9 {
			for p := range panel {
				for j := 0; j < 4; j += 2 {
					f.loadPair(y[j], y[j+1], panel[p], 64*at+16*j)
					f.fmlaLane(acc[4*p+j], y[j], lane{x[at/4], at % 4})
					f.fmlaLane(acc[4*p+j+1], y[j+1], lane{x[at/4], at % 4})
				}
			}
		}
		if i < 2 {
			for _, p := range panel {
				f.step(9*64, p)
			}
		}
	}
	for p, at := range place {
		f.put("ADD %v, %v, %v", bias, at, t)
		f.add(dst, at)
		f.finish(acc[4*p:4*p+4], t, at, y)
	}
	f.step(4*64, bias)
	f.step(4*64, dst)
	f.step(4*27*64, w)
	f.again(64, k, "panels")
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
		f.loadFour(to, from)
		f.step(64, from)
	}
	load(m, r0)
	for _, from := range []gp{next0, r1, next1} {
		load(x, from)
		for i := range m {
			f.fmax(m[i], m[i], x[i]) // a NaN stays
		}
	}
	f.storeFour(m, dst)
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
	f.storeFour(r, x)
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
