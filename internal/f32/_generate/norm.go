package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The loops of batch normalisation go over n pixels of c channels, a multiple of 16, with numbers of each channel.
// Memory bounds them, so both sets share them.

// perChannel writes the loops: body is given the places of 8 channels of a pixel.
func perChannel(c, n Register, pixels []Register, body func(at func(Register) Mem)) {
	left, offset := GP64(), GP64()
	Label("pixel")
	MOVQ(c, left)
	XORQ(offset, offset)
	Label("channels")
	body(func(base Register) Mem { return Mem{Base: base, Index: offset, Scale: 1} })
	ADDQ(Imm(32), offset)
	SUBQ(Imm(8), left)
	JG(LabelRef("channels"))
	for _, p := range pixels {
		ADDQ(offset, p)
	}
	DECQ(n)
	JG(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}

func affine() {
	TEXT("affineAVX2", NOSPLIT, "func(dst, x, a, b, low *float32, n, c int)")
	Pragma("noescape")
	Doc("affineAVX2 is affine for c, a multiple of 16; low is what results are raised to.")
	dst, x := Load(Param("dst"), GP64()), Load(Param("x"), GP64())
	a, b, low := Load(Param("a"), GP64()), Load(Param("b"), GP64()), Load(Param("low"), GP64())
	n, c := Load(Param("n"), GP64()), Load(Param("c"), GP64())
	floor := YMM()
	VBROADCASTSS(Mem{Base: low}, floor)
	perChannel(c, n, []Register{dst, x}, func(at func(Register) Mem) {
		r, s := YMM(), YMM()
		VMOVUPS(at(x), r)
		VMOVUPS(at(b), s)
		VFMADD231PS(at(a), r, s)
		VMAXPS(s, floor, s) // a NaN stays
		VMOVUPS(s, at(dst))
	})
}

func affine2() {
	TEXT("affine2AVX2", NOSPLIT, "func(dst, d, x, a, b, k *float32, n, c int)")
	Pragma("noescape")
	Doc("affine2AVX2 is affine2 for c, a multiple of 16.")
	dst, d, x := Load(Param("dst"), GP64()), Load(Param("d"), GP64()), Load(Param("x"), GP64())
	a, b, k := Load(Param("a"), GP64()), Load(Param("b"), GP64()), Load(Param("k"), GP64())
	n, c := Load(Param("n"), GP64()), Load(Param("c"), GP64())
	perChannel(c, n, []Register{dst, d, x}, func(at func(Register) Mem) {
		r, s := YMM(), YMM()
		VMOVUPS(at(k), s)
		VMOVUPS(at(x), r)
		VFMADD231PS(at(b), r, s)
		VMOVUPS(at(d), r)
		VFMADD231PS(at(a), r, s)
		VMOVUPS(s, at(dst))
	})
}

// moments keeps the sums of 8 channels in registers over all pixels.
func moments() {
	TEXT("momentsAVX2", NOSPLIT, "func(sum, product, d, x, md, mx *float32, n, c int)")
	Pragma("noescape")
	Doc("momentsAVX2 is moments for c, a multiple of 16.")
	sum, product := Load(Param("sum"), GP64()), Load(Param("product"), GP64())
	d, x := Load(Param("d"), GP64()), Load(Param("x"), GP64())
	md, mx := Load(Param("md"), GP64()), Load(Param("mx"), GP64())
	n, c := Load(Param("n"), GP64()), Load(Param("c"), GP64())
	pixel := GP64()
	MOVQ(c, pixel)
	SHLQ(Imm(2), pixel)
	Label("channels")
	s, p, meanD, meanX := YMM(), YMM(), YMM(), YMM()
	VXORPS(s, s, s)
	VXORPS(p, p, p)
	VMOVUPS(Mem{Base: md}, meanD)
	VMOVUPS(Mem{Base: mx}, meanX)
	atD, atX, left := GP64(), GP64(), GP64()
	MOVQ(d, atD)
	MOVQ(x, atX)
	MOVQ(n, left)
	Label("pixels")
	a, b := YMM(), YMM()
	VMOVUPS(Mem{Base: atD}, a)
	VSUBPS(meanD, a, a)
	VMOVUPS(Mem{Base: atX}, b)
	VSUBPS(meanX, b, b)
	VADDPS(a, s, s)
	VFMADD231PS(a, b, p)
	ADDQ(pixel, atD)
	ADDQ(pixel, atX)
	DECQ(left)
	JG(LabelRef("pixels"))
	VMOVUPS(s, Mem{Base: sum})
	VMOVUPS(p, Mem{Base: product})
	for _, r := range []Register{sum, product, d, x, md, mx} {
		ADDQ(Imm(32), r)
	}
	SUBQ(Imm(8), c)
	JG(LabelRef("channels"))
	VZEROUPPER()
	RET()
}
