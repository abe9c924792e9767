package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The sums in double precision have four lanes, in which the additions wait for each other, and rows come from memory:
// both sets share them. What lies ahead is asked for, since the processor's own prefetching ends with each page.
const ahead = 1024

// doubleLoop adds the squares of what value makes of n values of x, 16 in a round, to the four lanes of sum.
func doubleLoop(value func(four VecVirtual, i int), step func()) {
	sum, x, n := Load(Param("sum"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64())
	s := YMM()
	VMOVUPD(Mem{Base: sum}, s)
	Label("loop")
	PREFETCHT0(Mem{Base: x, Disp: ahead})
	for i := range 4 {
		d := YMM()
		VCVTPS2PD(Mem{Base: x, Disp: 16 * i}, d)
		value(d, i)
		VMULPD(d, d, d)
		VADDPD(d, s, s)
	}
	ADDQ(Imm(64), x)
	step()
	SUBQ(Imm(16), n)
	JG(LabelRef("loop"))
	VMOVUPD(s, Mem{Base: sum})
	VZEROUPPER()
	RET()
}

func squares() {
	TEXT("squaresAVX2", NOSPLIT, "func(sum *float64, x *float32, n int)")
	Pragma("noescape")
	Doc("squaresAVX2 is squares for n values, a multiple of 16.")
	doubleLoop(func(VecVirtual, int) {}, func() {})
}

func apart() {
	TEXT("apartAVX2", NOSPLIT, "func(sum, a *float64, f float64, x *float32, n int)")
	Pragma("noescape")
	Doc("apartAVX2 is apart for n values, a multiple of 16.")
	a, f := Load(Param("a"), GP64()), YMM()
	VBROADCASTSD(NewParamAddr("f", 16), f)
	doubleLoop(func(d VecVirtual, i int) {
		VMULPD(f, d, d) // and a subtraction: rounded twice, as in Go
		VSUBPD(d, fourOf(a, i), d)
	}, func() { ADDQ(I32(128), a) })
}

// fourOf loads four values of a.
func fourOf(a Register, i int) VecVirtual {
	r := YMM()
	VMOVUPD(Mem{Base: a, Disp: 32 * i}, r)
	return r
}
