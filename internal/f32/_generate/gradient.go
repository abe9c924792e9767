package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// outer is the register kernel of the products with a transposed left side: m columns of a times n panels of 16 columns
// of b, summed over their k rows.
func outer(v isa, m, n int) {
	name := fmt.Sprintf("outer%s_%dx%d", v.name, m, 16*n)
	TEXT(name, NOSPLIT,
		"func(a *float32, aStride int, b *float32, bStride int, bPanel int, c *float32, cStride int, k int, add bool)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is outer for %d columns of a and %d of b.", name, m, 16*n))
	per := 16 * n / v.lanes
	a, b, c := Load(Param("a"), GP64()), Load(Param("b"), GP64()), Load(Param("c"), GP64())
	aStride, bStride := strideBytes("aStride"), strideBytes("bStride")
	b2 := GP64()
	if n == 2 {
		bPanel := strideBytes("bPanel")
		MOVQ(b, b2)
		ADDQ(bPanel, b2)
	}
	acc := v.vecs(m * per)
	for _, r := range acc {
		v.zero(r)
	}
	k := Load(Param("k"), GP64())
	Label("loop")
	gemmStep(v, m, per, 0, 0, acc, func(i, _ int) Mem {
		return Mem{Base: a, Disp: 4 * i}
	}, func(j int) Mem {
		if d := j * v.bytes(); d >= 64 {
			return Mem{Base: b2, Disp: d - 64}
		}
		return Mem{Base: b, Disp: j * v.bytes()}
	})
	ADDQ(aStride, a)
	ADDQ(bStride, b)
	if n == 2 {
		ADDQ(bStride, b2)
	}
	DECQ(k)
	JG(LabelRef("loop"))
	gemmStore(v, m, per, acc, c)
	VZEROUPPER()
	RET()
}

// winogradGrad is the adjoint of the output transform: A y A^T.
func winogradGrad(v isa) {
	TEXT("winogradGrad"+v.name, NOSPLIT, "func(dst *float32, dstStride int, src *float32, rowStride, colStride, c int, tmp *float32)")
	Pragma("noescape")
	Doc("winogradGrad" + v.name + " is winogradGrad for c, a multiple of " + itoa(v.lanes) + "; tmp holds 36 vectors.")
	dst, ds := Load(Param("dst"), GP64()), strideBytes("dstStride")
	src, rs, cs := Load(Param("src"), GP64()), strideBytes("rowStride"), strideBytes("colStride")
	c, tmp := Load(Param("c"), GP64()), Load(Param("tmp"), GP64())
	rs3 := GP64()
	LEAQ(Mem{Base: rs, Index: rs, Scale: 2}, rs3)
	k := atConst{v.constant(2), v.constant(4), v.constant(8)}
	Label("channels")
	out, in := GP64(), GP64()
	MOVQ(src, in)
	for x := range 4 {
		d := v.vecs(4)
		VMOVUPS(Mem{Base: in}, d[0])
		VMOVUPS(Mem{Base: in, Index: rs, Scale: 1}, d[1])
		VMOVUPS(Mem{Base: in, Index: rs, Scale: 2}, d[2])
		VMOVUPS(Mem{Base: in, Index: rs3, Scale: 1}, d[3])
		if x < 3 {
			ADDQ(cs, in)
		}
		for y, r := range v.expand(d, k) {
			VMOVUPS(r, Mem{Base: tmp, Disp: (4*y + x) * v.bytes()})
		}
	}
	MOVQ(dst, out)
	for y := range 6 {
		d := v.vecs(4)
		for x := range d {
			VMOVUPS(Mem{Base: tmp, Disp: (4*y + x) * v.bytes()}, d[x])
		}
		for _, r := range v.expand(d, k) {
			VMOVUPS(r, Mem{Base: out})
			ADDQ(ds, out)
		}
	}
	ADDQ(Imm(uint64(v.bytes())), src)
	ADDQ(Imm(uint64(v.bytes())), dst)
	SUBQ(Imm(uint64(v.lanes)), c)
	JG(LabelRef("channels"))
	VZEROUPPER()
	RET()
}

// expand applies A to four vectors: six results.
func (v isa) expand(d []VecVirtual, k atConst) []VecVirtual {
	o := v.vecs(6)
	VMOVAPS(d[0], o[0])
	VMOVAPS(d[3], o[5])
	even, odd := v.vec(), v.vec()
	VADDPS(d[2], d[0], even)
	VADDPS(d[3], d[1], odd)
	VADDPS(odd, even, o[1])
	VSUBPS(odd, even, o[2])
	VMOVAPS(d[0], even)
	VFMADD231PS(k.four, d[2], even) // d0 + 4 d2
	VMULPS(k.two, d[1], odd)
	VFMADD231PS(k.eight, d[3], odd) // 2 d1 + 8 d3
	VADDPS(odd, even, o[3])
	VSUBPS(odd, even, o[4])
	return o
}

type gConst struct{ quarter, sixth, twelfth, twentyFourth VecVirtual }

func (v isa) gConsts() gConst {
	return gConst{v.constant(0.25), v.constant(1. / 6), v.constant(1. / 12), v.constant(1. / 24)}
}

// winogradFilter transforms 16 filters of 3x3: G g G^T.
func winogradFilter(v isa) {
	TEXT("winogradFilter"+v.name, NOSPLIT, "func(dst *float32, dstStride int, src *float32, tmp *float32)")
	Pragma("noescape")
	Doc("winogradFilter" + v.name + " is winogradFilter; tmp holds 36 vectors.")
	dst, ds := Load(Param("dst"), GP64()), strideBytes("dstStride")
	src, tmp := Load(Param("src"), GP64()), Load(Param("tmp"), GP64())
	k := v.gConsts()
	n := GP64()
	MOVQ(U32(16/v.lanes), n)
	Label("lanes")
	for x := range 3 {
		d := v.vecs(3)
		for y := range d {
			VMOVUPS(Mem{Base: src, Disp: 64 * (3*y + x)}, d[y])
		}
		for y, r := range v.g(d, k) {
			VMOVUPS(r, Mem{Base: tmp, Disp: (3*y + x) * v.bytes()})
		}
	}
	out := GP64()
	MOVQ(dst, out)
	for y := range 6 {
		d := v.vecs(3)
		for x := range d {
			VMOVUPS(Mem{Base: tmp, Disp: (3*y + x) * v.bytes()}, d[x])
		}
		for _, r := range v.g(d, k) {
			VMOVUPS(r, Mem{Base: out})
			ADDQ(ds, out)
		}
	}
	ADDQ(Imm(uint64(v.bytes())), src)
	ADDQ(Imm(uint64(v.bytes())), dst)
	DECQ(n)
	JG(LabelRef("lanes"))
	VZEROUPPER()
	RET()
}

// g applies G to three vectors: six results.
func (v isa) g(d []VecVirtual, k gConst) []VecVirtual {
	o := v.vecs(6)
	VMULPS(k.quarter, d[0], o[0])
	VMOVAPS(d[2], o[5])
	s, t := v.vec(), v.vec()
	VADDPS(d[2], d[0], s)
	VMULPS(k.sixth, s, s)
	VMULPS(k.sixth, d[1], t)
	VSUBPS(s, t, o[2]) // g1/6 - s
	VADDPS(s, t, t)
	v.zero(o[1])
	VSUBPS(t, o[1], o[1]) // -(g1/6 + s)
	u, w := v.vec(), v.vec()
	VMULPS(k.twentyFourth, d[0], u)
	VFMADD231PS(k.sixth, d[2], u)
	VMULPS(k.twelfth, d[1], w)
	VADDPS(w, u, o[3])
	VSUBPS(w, u, o[4])
	return o
}

// winogradFilterGrad is the adjoint of winogradFilter: G^T u G.
func winogradFilterGrad(v isa) {
	TEXT("winogradFilterGrad"+v.name, NOSPLIT, "func(dst *float32, src *float32, srcStride int, tmp *float32)")
	Pragma("noescape")
	Doc("winogradFilterGrad" + v.name + " is winogradFilterGrad; tmp holds 36 vectors.")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	ss, tmp := strideBytes("srcStride"), Load(Param("tmp"), GP64())
	ss6 := GP64()
	LEAQ(Mem{Base: ss, Index: ss, Scale: 2}, ss6)
	SHLQ(Imm(1), ss6)
	k := v.gConsts()
	n := GP64()
	MOVQ(U32(16/v.lanes), n)
	Label("lanes")
	in, column := GP64(), GP64()
	MOVQ(src, column)
	for x := range 6 {
		MOVQ(column, in)
		d := v.vecs(6)
		for y := range d {
			VMOVUPS(Mem{Base: in}, d[y])
			if y < 5 {
				ADDQ(ss6, in)
			}
		}
		if x < 5 {
			ADDQ(ss, column)
		}
		for y, r := range v.gt(d, k) {
			VMOVUPS(r, Mem{Base: tmp, Disp: (6*y + x) * v.bytes()})
		}
	}
	for y := range 3 {
		d := v.vecs(6)
		for x := range d {
			VMOVUPS(Mem{Base: tmp, Disp: (6*y + x) * v.bytes()}, d[x])
		}
		for x, r := range v.gt(d, k) {
			VMOVUPS(r, Mem{Base: dst, Disp: 64 * (3*y + x)})
		}
	}
	ADDQ(Imm(uint64(v.bytes())), src)
	ADDQ(Imm(uint64(v.bytes())), dst)
	DECQ(n)
	JG(LabelRef("lanes"))
	VZEROUPPER()
	RET()
}

// gt applies G^T to six vectors: three results.
func (v isa) gt(u []VecVirtual, k gConst) []VecVirtual {
	o := v.vecs(3)
	s, t := v.vec(), v.vec()
	VADDPS(u[2], u[1], s)
	VMULPS(k.sixth, s, s) // (u1 + u2)/6
	VADDPS(u[4], u[3], t)
	VMULPS(k.quarter, u[0], o[0])
	VSUBPS(s, o[0], o[0])
	VFMADD231PS(k.twentyFourth, t, o[0])
	VSUBPS(s, u[5], o[2])
	VFMADD231PS(k.sixth, t, o[2])
	a, b := v.vec(), v.vec()
	VSUBPS(u[1], u[2], a)
	VSUBPS(u[4], u[3], b)
	VMULPS(k.sixth, a, o[1])
	VFMADD231PS(k.twelfth, b, o[1])
	return o
}

// mask clears d where y is not above 0. Memory bounds it and poolGrad, so both sets share them.
func mask() {
	TEXT("maskAVX2", NOSPLIT, "func(d, y *float32, n int)")
	Pragma("noescape")
	Doc("maskAVX2 is mask for n, a multiple of 16.")
	d, y, n := Load(Param("d"), GP64()), Load(Param("y"), GP64()), Load(Param("n"), GP64())
	zero := YMM()
	VXORPS(zero, zero, zero)
	Label("loop")
	for i := range 2 {
		r := YMM()
		VCMPPS(Imm(17), Mem{Base: y, Disp: 32 * i}, zero, r) // 0 < y, false for NaN
		VANDPS(Mem{Base: d, Disp: 32 * i}, r, r)
		VMOVUPS(r, Mem{Base: d, Disp: 32 * i})
	}
	ADDQ(Imm(64), d)
	ADDQ(Imm(64), y)
	SUBQ(Imm(16), n)
	JG(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// poolGrad gives each of n windows' gradient to the first of its largest values.
func poolGrad() {
	TEXT("poolGradAVX2", NOSPLIT, "func(d0, d1, x0, x1, dout *float32, n, c int)")
	Pragma("noescape")
	Doc("poolGradAVX2 is poolGrad for c, a multiple of 16.")
	d0, d1 := Load(Param("d0"), GP64()), Load(Param("d1"), GP64())
	x0, x1 := Load(Param("x0"), GP64()), Load(Param("x1"), GP64())
	dout, n, c := Load(Param("dout"), GP64()), Load(Param("n"), GP64()), Load(Param("c"), GP64())
	pixel := GP64()
	MOVQ(c, pixel)
	SHLQ(Imm(2), pixel)
	Label("window")
	left := GP64()
	MOVQ(c, left)
	Label("channels")
	x := []VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VMOVUPS(Mem{Base: x0}, x[0])
	VMOVUPS(Mem{Base: x0, Index: pixel, Scale: 1}, x[1])
	VMOVUPS(Mem{Base: x1}, x[2])
	VMOVUPS(Mem{Base: x1, Index: pixel, Scale: 1}, x[3])
	top, g := YMM(), YMM()
	VMAXPS(x[1], x[0], top)
	VMAXPS(x[2], top, top)
	VMAXPS(x[3], top, top)
	VMOVUPS(Mem{Base: dout}, g)
	at := []Mem{{Base: d0}, {Base: d0, Index: pixel, Scale: 1}, {Base: d1}, {Base: d1, Index: pixel, Scale: 1}}
	for i := range x {
		equal, share := YMM(), YMM()
		VCMPPS(Imm(0), top, x[i], equal)
		VANDPS(g, equal, share)
		VMOVUPS(share, at[i])
		VANDNPS(g, equal, g) // who is given the gradient leaves none
	}
	for _, p := range []Register{d0, d1, x0, x1, dout} {
		ADDQ(Imm(32), p)
	}
	SUBQ(Imm(8), left)
	JG(LabelRef("channels"))
	for _, p := range []Register{d0, d1, x0, x1} {
		ADDQ(pixel, p)
	}
	DECQ(n)
	JG(LabelRef("window"))
	VZEROUPPER()
	RET()
}
