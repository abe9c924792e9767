package main

// winogradGrad is the adjoint of the output transform: A y A^T.
func winogradGrad() {
	f := begin("winogradGrad", "dst *float32, dstStride int, src *float32, rowStride int, colStride int, c int, tmp *float32", "",
		"is winogradGrad for c, a multiple of 4; tmp is not touched.")
	dst, ds := f.param("dst"), f.stride("dstStride")
	src, rs, cs := f.param("src"), f.stride("rowStride"), f.stride("colStride")
	c := f.param("c")
	down := []gp{0, rs, f.times(2, rs), f.times(3, rs)}
	column, out := f.gp(), f.gp()
	k := f.constants(tileNumbers)
	f.label("channels")
	f.copy(src, column)
	var t [4][6]vec
	for x := range 4 {
		d, again := f.loadColumn(column, down), f.vec()
		f.load(again, column, 0) // a copy would take a place of sums
		if x < 3 {
			f.add(cs, column)
		}
		t[x] = f.expand(d, again, k)
		f.free(again)
	}
	f.copy(dst, out)
	for y := range 6 {
		first := t[0][y]
		f.storeDown([]vec{first}, out, ds)
		o := f.expand([]vec{first, t[1][y], t[2][y], t[3][y]}, first, k)
		f.storeDown(o[1:], out, ds)
		f.free(o[:]...)
	}
	f.step(16, src)
	f.step(16, dst)
	f.again(4, c, "channels")
	f.end()
}

// expand applies A to four vectors, which it destroys: six results. The first is d[0] as it was, but where again, which
// holds d[0] too and is written over, is that register.
func (f *function) expand(d []vec, again vec, k func(float32) lane) (o [6]vec) {
	a, b := f.vec(), f.vec()
	o = [6]vec{d[0], a, b, d[1], d[2], d[3]}
	even, odd := f.vec(), f.vec()
	f.fadd(even, d[0], d[2])
	f.fadd(odd, d[1], d[3])
	f.fadd(a, even, odd)
	f.fsub(b, even, odd)
	f.fmlaLane(again, d[2], k(4)) // d0 + 4 d2
	f.fmulLane(odd, d[1], k(2))
	f.fmlaLane(odd, d[3], k(8)) // 2 d1 + 8 d3
	f.fadd(o[3], again, odd)
	f.fsub(o[4], again, odd)
	f.free(even, odd)
	return o
}

// winogradFilter transforms 16 filters of 3x3: G g G^T.
func winogradFilter() {
	f := begin("winogradFilter", "dst *float32, dstStride int, src *float32, tmp *float32", "",
		"is winogradFilter; tmp is not touched.")
	dst, ds, src := f.param("dst"), f.stride("dstStride"), f.param("src")
	out, n := f.gp(), f.gp()
	k, zero := f.constants(filterNumbers), f.vec()
	f.zero(zero)
	f.put("MOVD $4, %v", n)
	f.label("lanes")
	var t [3][6]vec
	for x := range 3 {
		d := f.takeVecs(3)
		for y := range d {
			f.load(d[y], src, 64*(3*y+x))
		}
		t[x] = f.g(d, zero, k)
	}
	f.copy(dst, out)
	for y := range 6 {
		o := f.g([]vec{t[0][y], t[1][y], t[2][y]}, zero, k)
		f.storeDown(o[:], out, ds)
		f.free(o[:]...)
	}
	f.step(16, src)
	f.step(16, dst)
	f.again(1, n, "lanes")
	f.end()
}

// g applies G to three vectors, which it destroys: six results.
func (f *function) g(d []vec, zero vec, k func(float32) lane) (o [6]vec) {
	s, t, u, w := f.vec(), f.vec(), f.vec(), d[1]
	o = [6]vec{d[0], f.vec(), t, u, w, d[2]}
	f.fadd(s, d[0], d[2])
	f.fmulLane(s, s, k(1./6))
	f.fmulLane(t, d[1], k(1./6))
	f.fadd(o[1], s, t)
	f.fsub(t, t, s)          // g1/6 - s
	f.fsub(o[1], zero, o[1]) // -(g1/6 + s)
	f.fmulLane(u, d[0], k(1./24))
	f.fmlaLane(u, d[2], k(1./6))
	f.fmulLane(w, d[1], k(1./12))
	f.fmulLane(o[0], d[0], k(1./4))
	f.fsub(s, u, w)
	f.fadd(u, u, w)
	o[4] = s
	f.free(w)
	return o
}

// winogradFilterGrad is the adjoint of winogradFilter: G^T u G.
func winogradFilterGrad() {
	f := begin("winogradFilterGrad", "dst *float32, src *float32, srcStride int, tmp *float32", "",
		"is winogradFilterGrad; tmp is not touched.")
	dst, src, ss := f.param("dst"), f.param("src"), f.stride("srcStride")
	down := f.rowsOfSix(ss)
	column, n := f.gp(), f.gp()
	k := f.constants(filterNumbers)
	f.put("MOVD $4, %v", n)
	f.label("lanes")
	f.copy(src, column)
	var t [6][3]vec
	for x := range 6 {
		d := f.loadColumn(column, down)
		if x < 5 {
			f.add(ss, column)
		}
		t[x] = f.gt(d, k)
	}
	for y := range 3 {
		o := f.gt([]vec{t[0][y], t[1][y], t[2][y], t[3][y], t[4][y], t[5][y]}, k)
		for x, r := range o {
			f.store(r, dst, 64*(3*y+x))
		}
		f.free(o[:]...)
	}
	f.step(16, src)
	f.step(16, dst)
	f.again(1, n, "lanes")
	f.end()
}

// gt applies G^T to six vectors, which it destroys: three results.
func (f *function) gt(u []vec, k func(float32) lane) (o [3]vec) {
	s, t := f.vec(), f.vec()
	f.fadd(s, u[1], u[2])
	f.fmulLane(s, s, k(1./6)) // (u1 + u2)/6
	f.fadd(t, u[3], u[4])
	o = [3]vec{u[0], u[1], u[5]}
	f.fmulLane(o[0], u[0], k(1./4))
	f.fsub(o[0], o[0], s)
	f.fmlaLane(o[0], t, k(1./24))
	f.fsub(o[2], u[5], s)
	f.fmlaLane(o[2], t, k(1./6))
	f.fsub(o[1], u[2], u[1])
	f.fsub(u[3], u[3], u[4])
	f.fmulLane(o[1], o[1], k(1./6))
	f.fmlaLane(o[1], u[3], k(1./12))
	f.free(s, t, u[2], u[3], u[4])
	return o
}

// mask clears d where y is not above 0.
func mask() {
	f := begin("mask", "d *float32, y *float32, n int", "", "is mask for n, a multiple of 16.")
	d, y, n := f.param("d"), f.param("y"), f.param("n")
	r, m := f.takeVecs(4), f.takeVecs(4)
	f.label("loop")
	for j := 0; j < 4; j += 2 {
		f.loadPair(r[j], r[j+1], d, 16*j)
		f.loadPair(m[j], m[j+1], y, 16*j)
	}
	for j := range r {
		f.aboveZero(m[j], m[j])
		f.and(r[j], r[j], m[j])
	}
	f.storeFour(r, d)
	f.step(64, d)
	f.step(64, y)
	f.again(16, n, "loop")
	f.end()
}

// poolGrad gives each of n windows' gradient to the first of its largest values.
func poolGrad() {
	f := begin("poolGrad", "d0 *float32, d1 *float32, x0 *float32, x1 *float32, dout *float32, n int, c int", "",
		"is poolGrad for c, a multiple of 16.")
	d := []gp{f.param("d0"), f.param("d1")}
	x := []gp{f.param("x0"), f.param("x1")}
	dout, n, c, pixel, left := f.param("dout"), f.param("n"), f.param("c"), f.gp(), f.gp()
	f.put("LSL $2, %v, %v", c, pixel)
	f.label("window")
	f.copy(c, left)
	f.label("channels")
	v, top, g, m := f.takeVecs(4), f.vec(), f.vec(), f.vec()
	for i := range v {
		if i%2 == 0 {
			f.load(v[i], x[i/2], 0)
		} else {
			f.loadAt(v[i], x[i/2], pixel)
		}
	}
	f.fmax(top, v[0], v[1])
	f.fmax(top, top, v[2])
	f.fmax(top, top, v[3])
	f.load(g, dout, 0)
	for i, r := range v {
		f.equal(m, r, top)
		f.and(r, g, m)
		if i%2 == 0 {
			f.store(r, d[i/2], 0)
		} else {
			f.storeAt(r, d[i/2], pixel)
		}
		if i < 3 {
			f.bic(g, g, m) // who is given the gradient leaves none
		}
	}
	for _, p := range append(append([]gp{dout}, d...), x...) {
		f.step(16, p)
	}
	f.again(4, left, "channels")
	for _, p := range append(d[:2:2], x...) {
		f.add(pixel, p)
	}
	f.again(1, n, "window")
	f.end()
}
