package main

import (
	"strconv"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func itoa(n int) string { return strconv.Itoa(n) }

// conv3 does m neighbouring pixels; the 27 products of a pixel and a channel are summed in the order of rows, columns,
// colours.
func conv3(v isa, m int) {
	name := "conv3" + v.name + "_" + itoa(m)
	TEXT(name, NOSPLIT, "func(dst *float32, k int, r0, r1, r2, w, bias *float32)")
	Pragma("noescape")
	Doc(name + " is conv3 for " + itoa(m) + " pixels.")
	dst, k := Load(Param("dst"), GP64()), Load(Param("k"), GP64())
	rows := []Register{Load(Param("r0"), GP64()), Load(Param("r1"), GP64()), Load(Param("r2"), GP64())}
	w, bias := Load(Param("w"), GP64()), Load(Param("bias"), GP64())
	pixel := GP64()
	MOVQ(k, pixel)
	SHLQ(Imm(2), pixel)
	per := 16 / v.lanes
	Label("panels")
	acc := v.vecs(m * per)
	for _, r := range acc {
		v.zero(r)
	}
	for t := range 27 {
		gemmStep(v, m, per, 0, 0, acc, func(px, _ int) Mem {
			return Mem{Base: rows[t/9], Disp: 4 * (3*px + t%9)}
		}, func(j int) Mem { return Mem{Base: w, Disp: 64*t + j*v.bytes()} })
	}
	zero := v.vec()
	v.zero(zero)
	out := GP64()
	MOVQ(dst, out)
	for i := range m {
		for j := range per {
			r := acc[i*per+j]
			VADDPS(Mem{Base: bias, Disp: j * v.bytes()}, r, r)
			VMAXPS(r, zero, r) // a NaN stays
			VMOVUPS(r, Mem{Base: out, Disp: j * v.bytes()})
		}
		ADDQ(pixel, out)
	}
	ADDQ(I32(27*64), w)
	ADDQ(Imm(64), bias)
	ADDQ(Imm(64), dst)
	SUBQ(Imm(16), k)
	JG(LabelRef("panels"))
	VZEROUPPER()
	RET()
}

func maxPool(v isa) {
	TEXT("maxPool"+v.name, NOSPLIT, "func(dst, r0, r1 *float32, n, c int)")
	Pragma("noescape")
	Doc("maxPool" + v.name + " is maxPool for c, a multiple of " + itoa(v.lanes) + ", and values not below 0.")
	dst, r0, r1 := Load(Param("dst"), GP64()), Load(Param("r0"), GP64()), Load(Param("r1"), GP64())
	n, c, cs := Load(Param("n"), GP64()), GP64(), strideBytes("c")
	Label("pixels")
	MOVQ(cs, c)
	Label("channels")
	a, b := v.vec(), v.vec()
	s, m := v.vec(), v.vec()
	VMOVUPS(Mem{Base: r0}, a)
	VMOVUPS(Mem{Base: r0, Index: cs, Scale: 1}, b)
	VADDPS(a, b, s)
	VMAXPS(a, b, m)
	for _, at := range []Mem{{Base: r1}, {Base: r1, Index: cs, Scale: 1}} {
		x := v.vec()
		VMOVUPS(at, x)
		VADDPS(x, s, s)
		VMAXPS(x, m, m)
	}
	VMINPS(s, m, m) // the sum is at least the maximum, and NaN if any value is
	VMOVUPS(m, Mem{Base: dst})
	step := Imm(uint64(v.bytes()))
	ADDQ(step, r0)
	ADDQ(step, r1)
	ADDQ(step, dst)
	SUBQ(step, c)
	JG(LabelRef("channels"))
	ADDQ(cs, r0)
	ADDQ(cs, r1)
	DECQ(n)
	JG(LabelRef("pixels"))
	VZEROUPPER()
	RET()
}

func biasReLU(v isa, clip bool) {
	name := "bias" + v.name
	if clip {
		name = "biasReLU" + v.name
	}
	TEXT(name, NOSPLIT, "func(x, bias *float32, n int)")
	Pragma("noescape")
	Doc(name + " adds bias to n values, a multiple of " + itoa(v.lanes) + ", in place.")
	x, bias, n := Load(Param("x"), GP64()), Load(Param("bias"), GP64()), Load(Param("n"), GP64())
	zero := v.vec()
	v.zero(zero)
	Label("loop")
	r := v.vec()
	VMOVUPS(Mem{Base: x}, r)
	VADDPS(Mem{Base: bias}, r, r)
	if clip {
		VMAXPS(r, zero, r) // a NaN stays
	}
	VMOVUPS(r, Mem{Base: x})
	ADDQ(Imm(uint64(v.bytes())), x)
	ADDQ(Imm(uint64(v.bytes())), bias)
	SUBQ(Imm(uint64(v.lanes)), n)
	JG(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// dot sums in 64 lanes; both instruction sets fold them in one order.
func dot(v isa) {
	TEXT("dot"+v.name, NOSPLIT, "func(x, y *float32, n int) float32")
	Pragma("noescape")
	Doc("dot" + v.name + " is the dot product of n values, a multiple of 64.")
	x, y, n := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("n"), GP64())
	acc := v.vecs(64 / v.lanes)
	for _, r := range acc {
		v.zero(r)
	}
	Label("loop")
	for i, r := range acc {
		t := v.vec()
		VMOVUPS(Mem{Base: x, Disp: i * v.bytes()}, t)
		VFMADD231PS(Mem{Base: y, Disp: i * v.bytes()}, t, r)
	}
	ADDQ(I32(256), x)
	ADDQ(I32(256), y)
	SUBQ(Imm(64), n)
	JG(LabelRef("loop"))
	for len(acc) > 1 { // lane i of the first half with lane i of the second
		h := len(acc) / 2
		for i := range h {
			VADDPS(acc[h+i], acc[i], acc[i])
		}
		acc = acc[:h]
	}
	sum := acc[0]
	if v.lanes == 16 {
		hi := YMM()
		VEXTRACTF32X8(Imm(1), sum.AsZ(), hi)
		VADDPS(hi, sum.AsY(), sum.AsY())
	}
	hi := XMM()
	VEXTRACTF128(Imm(1), sum.AsY(), hi)
	r := sum.AsX()
	VADDPS(hi, r, r)
	VMOVHLPS(r, r, hi)
	VADDPS(hi, r, r)
	VMOVSHDUP(r, hi)
	VADDSS(hi, r, r)
	Store(r, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

func axpy(v isa) {
	TEXT("axpy"+v.name, NOSPLIT, "func(a float32, x, y *float32, n int)")
	Pragma("noescape")
	Doc("axpy" + v.name + " adds a*x to y, n values, a multiple of 64.")
	a := v.vec()
	VBROADCASTSS(NewParamAddr("a", 0), a)
	x, y, n := Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("n"), GP64())
	Label("loop")
	for i := range 64 / v.lanes {
		t := v.vec()
		VMOVUPS(Mem{Base: y, Disp: i * v.bytes()}, t)
		VFMADD231PS(Mem{Base: x, Disp: i * v.bytes()}, a, t)
		VMOVUPS(t, Mem{Base: y, Disp: i * v.bytes()})
	}
	ADDQ(I32(256), x)
	ADDQ(I32(256), y)
	SUBQ(Imm(64), n)
	JG(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// peak does n rounds of independent multiply-adds between registers, as many as hide their latency: the most that this
// processor can do.
func peak(v isa) {
	TEXT("peak"+v.name, NOSPLIT, "func(n int)")
	Doc("peak" + v.name + " does n times " + itoa(peakSums*v.lanes) + " multiply-adds.")
	n := Load(Param("n"), GP64())
	acc := v.vecs(peakSums)
	for _, r := range acc {
		v.zero(r)
	}
	x := v.vec()
	v.zero(x)
	Label("loop")
	for _, r := range acc {
		VFMADD231PS(x, x, r)
	}
	DECQ(n)
	JG(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

const peakSums = 12
