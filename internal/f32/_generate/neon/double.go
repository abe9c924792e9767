package main

// double makes two doubles of the first two floats of n, or of the last two.
func (f *function) double(d, n vec) {
	f.word(0x0e617800|uint32(n)<<5|uint32(d), "fcvtl v%d.2d, v%d.2s", d, n)
}

func (f *function) doubleLast(d, n vec) {
	f.word(0x4e617800|uint32(n)<<5|uint32(d), "fcvtl2 v%d.2d, v%d.4s", d, n)
}

// two puts an instruction of two sources and a destination, all of two doubles.
func (f *function) two(code uint32, name string, d, n, m vec) {
	f.word(code|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.2d, v%d.2d, v%d.2d", name, d, n, m)
}

func (f *function) dadd(d, n, m vec) { f.two(0x4e60d400, "fadd", d, n, m) }
func (f *function) dsub(d, n, m vec) { f.two(0x4ee0d400, "fsub", d, n, m) } // n - m
func (f *function) dmul(d, n, m vec) { f.two(0x6e60dc00, "fmul", d, n, m) }

// doubleLoop adds the squares of what value makes of n values of x, 16 in a round, to the four lanes of sum; value does
// the doubles of each four, of which the last two are in the second register.
func (f *function) doubleLoop(value func(d []vec, i int), step func()) {
	sum, x, n := f.param("sum"), f.param("x"), f.param("n")
	s, r, d := f.takeVecs(2), f.takeVecs(4), f.takeVecs(8)
	f.loadPair(s[0], s[1], sum, 0)
	f.label("loop")
	f.loadFour(r, x)
	for i := range r {
		of := d[2*i : 2*i+2]
		f.double(of[0], r[i])
		f.doubleLast(of[1], r[i])
		value(of, i)
		for k, v := range of {
			f.dmul(v, v, v)
			f.dadd(s[k], s[k], v)
		}
	}
	f.step(64, x)
	step()
	f.again(16, n, "loop")
	f.storePair(s[0], s[1], sum, 0)
	f.end()
}

func squares() {
	f := begin("squares", "sum *float64, x *float32, n int", "", "is squares for n values, a multiple of 16.")
	f.doubleLoop(func([]vec, int) {}, func() {})
}

func apart() {
	f := begin("apart", "sum *float64, a *float64, f float64, x *float32, n int", "", "is apart for n values, a multiple of 16.")
	a, b, t := f.param("a"), f.vec(), f.takeVecs(2)
	at := f.param("f")
	f.put("VDUP %v, V%d.D2", at, b)
	f.doubleLoop(func(d []vec, i int) {
		f.loadPair(t[0], t[1], a, 32*i)
		for k, v := range d {
			f.dmul(v, v, b) // and a subtraction: rounded twice, as in Go
			f.dsub(v, t[k], v)
		}
	}, func() { f.step(128, a) })
}
