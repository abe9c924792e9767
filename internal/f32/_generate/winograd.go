package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

type btConst struct{ two, four, five VecVirtual }

// bt applies B^T to six vectors and returns the wanted ones of the six results. It destroys its inputs.
func (v isa) bt(d []VecVirtual, k btConst, first, second bool) (o []VecVirtual) {
	o = make([]VecVirtual, 6)
	if first { // rows 0, 1, 2
		o[0], o[1], o[2] = v.vec(), v.vec(), v.vec()
		VMOVAPS(d[4], o[0])
		VFNMADD231PS(k.five, d[2], o[0])
		VFMADD231PS(k.four, d[0], o[0]) // 4 d0 - 5 d2 + d4
		s, t := v.vec(), v.vec()
		VMOVAPS(d[4], s)
		VFNMADD231PS(k.four, d[2], s)
		VMOVAPS(d[3], t)
		VFNMADD231PS(k.four, d[1], t)
		VADDPS(t, s, o[1])
		VSUBPS(t, s, o[2])
	}
	if second { // rows 3, 4, 5
		o[3], o[4], o[5] = v.vec(), v.vec(), v.vec()
		VSUBPS(d[2], d[4], o[3])
		VMOVAPS(o[3], o[4])
		u := v.vec()
		VSUBPS(d[1], d[3], u)
		VFMADD231PS(k.two, u, o[3])
		VFNMADD231PS(k.two, u, o[4])
		VMOVAPS(d[5], o[5])
		VFNMADD231PS(k.five, d[3], o[5])
		VFMADD231PS(k.four, d[1], o[5]) // 4 d1 - 5 d3 + d5
	}
	return o
}

// What the transforms read and write is fetched before: the next tile's pixels, which come from further away than the
// second-level cache, and the lines that results go to, 36 streams, or the next tile's.

// winogradIn has two forms. With 32 registers the tile is read twice, each time half of the intermediate rows stays in
// registers; with 16 they go through tmp.
func winogradIn(v isa) {
	TEXT("winogradIn"+v.name, NOSPLIT, "func(dst *float32, dstStride int, src *float32, rowStride, colStride, c int, tmp *float32)")
	Pragma("noescape")
	Doc("winogradIn" + v.name + " is winogradIn for c, a multiple of " + itoa(v.lanes) + "; tmp holds 36 vectors.")
	dst, ds := Load(Param("dst"), GP64()), strideBytes("dstStride")
	src, rs, cs := Load(Param("src"), GP64()), strideBytes("rowStride"), strideBytes("colStride")
	c := Load(Param("c"), GP64())
	ds3, ds5, rs3 := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: ds, Index: ds, Scale: 2}, ds3)
	LEAQ(Mem{Base: ds, Index: ds, Scale: 4}, ds5)
	LEAQ(Mem{Base: rs, Index: rs, Scale: 2}, rs3)
	k := btConst{v.constant(2), v.constant(4), v.constant(5)}
	Label("channels")
	out := GP64()
	MOVQ(dst, out)
	r0, r3 := GP64(), GP64()
	pixel := func(y int) Mem {
		m := Mem{Base: r0}
		if y >= 3 {
			m.Base = r3
		}
		if y%3 > 0 {
			m.Index, m.Scale = rs, uint8(y%3)
		}
		return m
	}
	column := func() []VecVirtual {
		d := v.vecs(6)
		for y := range d {
			VMOVUPS(pixel(y), d[y])
		}
		ADDQ(cs, r0)
		ADDQ(cs, r3)
		return d
	}
	start := func() {
		MOVQ(src, r0)
		LEAQ(Mem{Base: src, Index: rs3, Scale: 1}, r3)
	}
	// fetchNext fetches the columns that the next tile adds, behind those of this one.
	fetchNext := func() {
		for range 4 {
			for y := range 6 {
				PREFETCHT0(pixel(y))
			}
			ADDQ(cs, r0)
			ADDQ(cs, r3)
		}
	}
	storeRow := func(d []VecVirtual) {
		o := v.bt(d, k, true, true)
		streams := []Mem{
			{Base: out},
			{Base: out, Index: ds, Scale: 1},
			{Base: out, Index: ds, Scale: 2},
			{Base: out, Index: ds3, Scale: 1},
			{Base: out, Index: ds, Scale: 4},
			{Base: out, Index: ds5, Scale: 1},
		}
		for _, m := range streams {
			m.Disp = 128 // two channel groups on
			PREFETCHT0(m)
		}
		for x, m := range streams {
			VMOVUPS(o[x], m)
		}
		LEAQ(Mem{Base: out, Index: ds3, Scale: 2}, out)
	}
	if v.lanes == 16 {
		for _, half := range []bool{true, false} {
			start()
			var t [6][]VecVirtual
			for x := range 6 {
				t[x] = v.bt(column(), k, half, !half)
			}
			if half {
				fetchNext()
			}
			for y := range 3 {
				if !half {
					y += 3
				}
				storeRow([]VecVirtual{t[0][y], t[1][y], t[2][y], t[3][y], t[4][y], t[5][y]})
			}
		}
	} else {
		tmp := Load(Param("tmp"), GP64())
		start()
		for x := range 6 {
			for y, r := range v.bt(column(), k, true, true) {
				VMOVUPS(r, Mem{Base: tmp, Disp: (6*y + x) * v.bytes()})
			}
		}
		fetchNext()
		for y := range 6 {
			d := v.vecs(6)
			for x := range d {
				VMOVUPS(Mem{Base: tmp, Disp: (6*y + x) * v.bytes()}, d[x])
			}
			storeRow(d)
		}
	}
	ADDQ(Imm(uint64(v.bytes())), src)
	ADDQ(Imm(uint64(v.bytes())), dst)
	SUBQ(Imm(uint64(v.lanes)), c)
	JG(LabelRef("channels"))
	VZEROUPPER()
	RET()
}

type atConst struct{ two, four, eight VecVirtual }

// at applies A^T to six vectors; it destroys them and returns four.
func (v isa) at(m []VecVirtual, k atConst) []VecVirtual {
	o := v.vecs(4)
	p, r := v.vec(), v.vec()
	VADDPS(m[2], m[1], p)
	VSUBPS(m[2], m[1], o[1]) // q = m1 - m2
	VADDPS(m[4], m[3], r)
	VSUBPS(m[4], m[3], o[3]) // t = m3 - m4
	VADDPS(p, m[0], o[0])
	VADDPS(r, o[0], o[0])
	VMOVAPS(p, o[2])
	VFMADD231PS(k.four, r, o[2])
	t := v.vec()
	VMOVAPS(o[3], t)
	VMOVAPS(o[1], o[3])
	VFMADD231PS(k.two, t, o[1])
	VFMADD231PS(k.eight, t, o[3])
	VADDPS(m[5], o[3], o[3])
	return o
}

// winogradOut writes A^T m A + bias, with ReLU and pooled where asked for.
func winogradOut(v isa, name string, relu, pool bool) {
	name += v.name
	TEXT(name, NOSPLIT, "func(dst *float32, rowStride, colStride int, src *float32, srcStride int, bias *float32, c int, tmp *float32)")
	Pragma("noescape")
	Doc(name + " is the kernel of that name for c, a multiple of " + itoa(v.lanes) + "; tmp holds 36 vectors.")
	dst, rs, cs := Load(Param("dst"), GP64()), strideBytes("rowStride"), strideBytes("colStride")
	src, ss := Load(Param("src"), GP64()), strideBytes("srcStride")
	bias, c, tmp := Load(Param("bias"), GP64()), Load(Param("c"), GP64()), Load(Param("tmp"), GP64())
	ss6 := GP64()
	LEAQ(Mem{Base: ss, Index: ss, Scale: 2}, ss6)
	SHLQ(Imm(1), ss6)
	k := atConst{v.constant(2), v.constant(4), v.constant(8)}
	Label("channels")
	in := GP64()
	column := GP64()
	MOVQ(src, column)
	for x := range 6 {
		MOVQ(column, in)
		m := v.vecs(6)
		for y := range m {
			VMOVUPS(Mem{Base: in}, m[y])
			if y < 5 {
				ADDQ(ss6, in)
			}
		}
		if x < 5 {
			ADDQ(ss, column)
		}
		for y, r := range v.at(m, k) {
			VMOVUPS(r, Mem{Base: tmp, Disp: (6*y + x) * v.bytes()})
		}
	}
	out := GP64()
	MOVQ(dst, out)
	// Four pixels of row y.
	row := func(y int) []VecVirtual {
		m := v.vecs(6)
		for x := range m {
			VMOVUPS(Mem{Base: tmp, Disp: (6*y + x) * v.bytes()}, m[x])
		}
		o := v.at(m, k)
		zero := v.vec()
		v.zero(zero)
		for _, r := range o {
			VADDPS(Mem{Base: bias}, r, r)
			if relu {
				VMAXPS(r, zero, r) // a NaN stays
			}
		}
		return o
	}
	cs3 := GP64()
	LEAQ(Mem{Base: cs, Index: cs, Scale: 2}, cs3)
	pixels := []Mem{{Base: out}, {Base: out, Index: cs, Scale: 1}, {Base: out, Index: cs, Scale: 2}, {Base: out, Index: cs3, Scale: 1}}
	// fetchNext fetches n pixels behind the n that are written.
	fetchNext := func(n int) {
		next := GP64()
		LEAQ(Mem{Base: out, Index: cs, Scale: uint8(n)}, next)
		for _, m := range pixels[:n] {
			m.Base = next
			PREFETCHT0(m)
		}
	}
	if pool {
		for y := range 2 {
			fetchNext(2)
			a := row(2 * y)
			s0, m0 := v.vec(), v.vec()
			s1, m1 := v.vec(), v.vec()
			VADDPS(a[0], a[1], s0)
			VMAXPS(a[0], a[1], m0)
			VADDPS(a[2], a[3], s1)
			VMAXPS(a[2], a[3], m1)
			VMOVUPS(s0, Mem{Base: tmp, Disp: 24 * v.bytes()})
			VMOVUPS(m0, Mem{Base: tmp, Disp: 25 * v.bytes()})
			VMOVUPS(s1, Mem{Base: tmp, Disp: 26 * v.bytes()})
			VMOVUPS(m1, Mem{Base: tmp, Disp: 27 * v.bytes()})
			b := row(2*y + 1)
			for i := range 2 {
				s, m := v.vec(), v.vec()
				VADDPS(b[2*i], b[2*i+1], s)
				VMAXPS(b[2*i], b[2*i+1], m)
				VADDPS(Mem{Base: tmp, Disp: (24 + 2*i) * v.bytes()}, s, s)
				VMAXPS(Mem{Base: tmp, Disp: (25 + 2*i) * v.bytes()}, m, m)
				// No value is below 0, so the sum is at least the maximum, and NaN if any is.
				VMINPS(s, m, m)
				VMOVUPS(m, pixels[i])
			}
			if y == 0 {
				ADDQ(rs, out)
			}
		}
	} else {
		for y := range 4 {
			fetchNext(4)
			for i, r := range row(y) {
				VMOVUPS(r, pixels[i])
			}
			if y < 3 {
				ADDQ(rs, out)
			}
		}
	}
	ADDQ(Imm(uint64(v.bytes())), src)
	ADDQ(Imm(uint64(v.bytes())), dst)
	ADDQ(Imm(uint64(v.bytes())), bias)
	SUBQ(Imm(uint64(v.lanes)), c)
	JG(LabelRef("channels"))
	VZEROUPPER()
	RET()
}
