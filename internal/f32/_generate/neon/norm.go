package main

// The loops of batch normalisation go over n pixels of c channels, a multiple of 16, with numbers of each channel.
// Memory bounds them.

// perChannel writes the loops: body does 16 channels of a pixel. After each pixel the pointers to numbers of the
// channels go back.
func (f *function) perChannel(c, n gp, pixels, channels []gp, body func()) {
	left, back := f.gp(), f.times(4, c)
	f.label("pixel")
	f.copy(c, left)
	f.label("channels")
	body()
	for _, p := range append(pixels, channels...) {
		f.step(64, p)
	}
	f.again(16, left, "channels")
	for _, p := range channels {
		f.put("SUB %v, %v", back, p)
	}
	f.again(1, n, "pixel")
	f.end()
}

func affine() {
	f := begin("affine", "dst *float32, x *float32, a *float32, b *float32, low *float32, n int, c int", "",
		"is affine for c, a multiple of 16; low is what results are raised to.")
	dst, x, a, b, low := f.param("dst"), f.param("x"), f.param("a"), f.param("b"), f.param("low")
	n, c := f.param("n"), f.param("c")
	floor, r, s, k := f.vec(), f.takeVecs(4), f.takeVecs(4), f.takeVecs(4)
	f.loadFew(floor, 1, low, 0)
	f.spread(floor, lane{floor, 0})
	f.perChannel(c, n, []gp{dst, x}, []gp{a, b}, func() {
		f.loadFour(r, x)
		f.loadFour(s, b)
		f.loadFour(k, a)
		for i := range s {
			f.fmla(s[i], k[i], r[i])
			f.greater(k[i], floor, s[i]) // a NaN stays
			f.insert(s[i], floor, k[i])
		}
		f.storeFour(s, dst)
	})
}

func affine2() {
	f := begin("affine2", "dst *float32, d *float32, x *float32, a *float32, b *float32, k *float32, n int, c int", "",
		"is affine2 for c, a multiple of 16.")
	dst, d, x := f.param("dst"), f.param("d"), f.param("x")
	a, b, k := f.param("a"), f.param("b"), f.param("k")
	n, c := f.param("n"), f.param("c")
	r, s, t := f.takeVecs(4), f.takeVecs(4), f.takeVecs(4)
	f.perChannel(c, n, []gp{dst, d, x}, []gp{a, b, k}, func() {
		f.loadFour(s, k)
		for _, p := range [][2]gp{{x, b}, {d, a}} {
			f.loadFour(r, p[0])
			f.loadFour(t, p[1])
			for i := range s {
				f.fmla(s[i], t[i], r[i])
			}
		}
		f.storeFour(s, dst)
	})
}

// moments keeps the sums of 8 channels in registers over all pixels.
func moments() {
	f := begin("moments", "sum *float32, product *float32, d *float32, x *float32, md *float32, mx *float32, n int, c int", "",
		"is moments for c, a multiple of 16.")
	sum, product := f.param("sum"), f.param("product")
	d, x, md, mx := f.param("d"), f.param("x"), f.param("md"), f.param("mx")
	n, c := f.param("n"), f.param("c")
	pixel := f.times(4, c)
	atD, atX, left := f.gp(), f.gp(), f.gp()
	s, p, meanD, meanX, a, b := f.takeVecs(2), f.takeVecs(2), f.takeVecs(2), f.takeVecs(2), f.takeVecs(2), f.takeVecs(2)
	f.label("channels")
	for i := range 2 {
		f.zero(s[i])
		f.zero(p[i])
	}
	f.loadPair(meanD[0], meanD[1], md, 0)
	f.loadPair(meanX[0], meanX[1], mx, 0)
	f.copy(d, atD)
	f.copy(x, atX)
	f.copy(n, left)
	f.label("pixels")
	f.loadPair(a[0], a[1], atD, 0)
	f.loadPair(b[0], b[1], atX, 0)
	for i := range 2 {
		f.fsub(a[i], a[i], meanD[i])
		f.fsub(b[i], b[i], meanX[i])
		f.fadd(s[i], s[i], a[i])
		f.fmla(p[i], a[i], b[i])
	}
	f.add(pixel, atD)
	f.add(pixel, atX)
	f.again(1, left, "pixels")
	f.storePair(s[0], s[1], sum, 0)
	f.storePair(p[0], p[1], product, 0)
	for _, r := range []gp{sum, product, d, x, md, mx} {
		f.step(32, r)
	}
	f.again(8, c, "channels")
	f.end()
}
