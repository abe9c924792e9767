package main

// bt applies B^T to six vectors and returns the wanted ones of the six results, in registers of their own or in those
// of its inputs, which it destroys. A seventh vector, d[4] once more, spares a copy.
func (f *function) bt(d []vec, k func(float32) lane, first, second bool) (o [6]vec) {
	if second { // rows 3, 4, 5
		u := f.vec()
		o[3], o[4] = f.vec(), f.vec()
		f.fsub(o[3], d[4], d[2])
		f.fsub(o[4], d[4], d[2])
		f.fsub(u, d[3], d[1])
		f.fmlaLane(o[3], u, k(2))
		f.fmlsLane(o[4], u, k(2))
		f.free(u)
	}
	if first {
		if len(d) == 7 {
			o[0] = d[6]
		} else {
			o[0] = f.vec()
			f.mov(o[0], d[4])
		}
		f.fmlsLane(o[0], d[2], k(5))
		f.fmlaLane(o[0], d[0], k(4)) // 4 d0 - 5 d2 + d4
		f.free(d[0])
	}
	if second {
		o[5] = d[5]
		f.fmlsLane(o[5], d[3], k(5))
		f.fmlaLane(o[5], d[1], k(4)) // 4 d1 - 5 d3 + d5
	}
	if first { // s = d4 - 4 d2, t = d3 - 4 d1
		f.fmlsLane(d[4], d[2], k(4))
		f.fmlsLane(d[3], d[1], k(4))
		o[1], o[2] = d[1], d[2]
		f.fadd(o[1], d[4], d[3])
		f.fsub(o[2], d[4], d[3])
	} else {
		f.free(d[1], d[2])
	}
	f.free(d[3], d[4])
	return o
}

// winogradIn reads the tile twice; each time half of the rows between the steps stays in registers.
func winogradIn() {
	f := begin("winogradIn", "dst *float32, dstStride int, src *float32, rowStride int, colStride int, c int, tmp *float32", "",
		"is winogradIn for c, a multiple of 4; tmp is not touched.")
	dst, ds := f.param("dst"), f.stride("dstStride")
	row, rs, cs := []gp{f.param("src")}, f.stride("rowStride"), f.stride("colStride")
	c, channel, at := f.param("c"), f.gp(), f.gp()
	for y := 1; y < 6; y++ {
		r := f.gp()
		f.put("ADD %v, %v, %v", rs, row[y-1], r)
		row = append(row, r)
	}
	places := []gp{0, ds}
	for i := 2; i < 7; i++ {
		places = append(places, f.times(i, ds))
	}
	out := f.gp()
	k := f.constants(tileNumbers)
	f.put("MOVD $0, %v", channel)
	f.label("channels")
	f.put("ADD %v, %v, %v", dst, channel, out)
	for _, half := range []bool{true, false} {
		f.copy(channel, at)
		var t [6][6]vec
		for x := range 6 {
			d := make([]vec, 6)
			for y := range d {
				if half && y == 5 || !half && y == 0 {
					continue
				}
				d[y] = f.vec()
				f.loadAt(d[y], row[y], at)
			}
			if half {
				d = append(d, f.vec())
				f.loadAt(d[6], row[4], at)
			}
			if x < 5 {
				f.add(cs, at)
			}
			t[x] = f.bt(d, k, half, !half)
		}
		for y := range 3 {
			if !half {
				y += 3
			}
			o := f.bt([]vec{t[0][y], t[1][y], t[2][y], t[3][y], t[4][y], t[5][y]}, k, true, true)
			for i, r := range o {
				if i == 0 {
					f.store(r, out, 0)
				} else {
					f.storeAt(r, out, places[i])
				}
			}
			f.free(o[:]...)
			f.add(places[6], out)
		}
	}
	f.step(16, channel)
	f.again(4, c, "channels")
	f.end()
}

// rowsOfSix are the offsets of the first values of six rows of six, which lie stride apart.
func (f *function) rowsOfSix(stride gp) []gp {
	down := []gp{0, f.times(6, stride)}
	for i := 2; i < 6; i++ {
		down = append(down, f.times(i, down[1]))
	}
	return down
}

// loadColumn loads the values at a column that lie as far below it as down says.
func (f *function) loadColumn(column gp, down []gp) []vec {
	d := f.takeVecs(len(down))
	f.load(d[0], column, 0)
	for y := 1; y < len(d); y++ {
		f.loadAt(d[y], column, down[y])
	}
	return d
}

// storeDown stores vectors from out on, which lie stride apart, and moves it behind them.
func (f *function) storeDown(o []vec, out, stride gp) {
	for _, r := range o {
		f.store(r, out, 0)
		f.add(stride, out)
	}
}

// at applies A^T to six vectors, which it destroys: four results.
func (f *function) at(m []vec, k func(float32) lane) (o [4]vec) {
	p, r := f.vec(), f.vec()
	o = [4]vec{m[0], m[1], p, m[2]}
	f.fadd(p, m[1], m[2])
	f.fsub(m[1], m[1], m[2]) // q
	f.fadd(r, m[3], m[4])
	f.fsub(m[3], m[3], m[4]) // t
	f.mov(o[3], m[1])
	f.fadd(o[0], m[0], p)
	f.fadd(o[0], o[0], r)
	f.fmlaLane(o[2], r, k(4))
	f.fmlaLane(o[1], m[3], k(2))
	f.fmlaLane(o[3], m[3], k(8))
	f.fadd(o[3], o[3], m[5])
	f.free(r, m[3], m[4], m[5])
	return o
}

// winogradOut writes A^T m A + bias, with ReLU and pooled where asked for; nothing between the steps leaves the
// registers.
func winogradOut(name string, relu, pool bool) {
	f := begin(name, "dst *float32, rowStride int, colStride int, src *float32, srcStride int, bias *float32, c int, tmp *float32", "",
		"is the kernel of that name for c, a multiple of 4; tmp is not touched.")
	dst, rs, cs := f.param("dst"), f.stride("rowStride"), f.stride("colStride")
	src, ss := f.param("src"), f.stride("srcStride")
	bias, c := f.param("bias"), f.param("c")
	down := f.rowsOfSix(ss)
	places := []gp{0, cs, f.times(2, cs), f.times(3, cs)}
	column, out := f.gp(), f.gp()
	k := f.constants(tileNumbers)
	f.label("channels")
	f.copy(src, column)
	var t [6][4]vec
	for x := range 6 {
		m := f.loadColumn(column, down)
		if x < 5 {
			f.add(ss, column)
		}
		t[x] = f.at(m, k)
	}
	f.copy(dst, out)
	b := f.vec()
	f.load(b, bias, 0)
	put := func(i int, r vec) {
		if i == 0 {
			f.store(r, out, 0)
		} else {
			f.storeAt(r, out, places[i])
		}
	}
	row := func(y int) [4]vec {
		o := f.at([]vec{t[0][y], t[1][y], t[2][y], t[3][y], t[4][y], t[5][y]}, k)
		below := f.vec()
		for _, r := range o {
			f.fadd(r, r, b)
			if relu {
				f.relu(r, below)
			}
		}
		f.free(below)
		return o
	}
	for y := 0; y < 4; y++ {
		o := row(y)
		if pool {
			y++
			p := row(y)
			for i := range 2 {
				f.fmax(o[2*i], o[2*i], o[2*i+1])
				f.fmax(p[2*i], p[2*i], p[2*i+1])
				f.fmax(o[2*i], o[2*i], p[2*i])
				put(i, o[2*i])
			}
			f.free(p[:]...)
		} else {
			for i, r := range o {
				put(i, r)
			}
		}
		f.free(o[:]...)
		if y < 3 {
			f.add(rs, out)
		}
	}
	f.free(b)
	for _, r := range []gp{src, dst, bias} {
		f.step(16, r)
	}
	f.again(4, c, "channels")
	f.end()
}
