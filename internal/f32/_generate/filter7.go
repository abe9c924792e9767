package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// filter7 transforms 7x7 filters by G g G^T; g holds the 8x8 numbers of G, read as they are needed. Points come in
// pairs a and -a, whose rows of G differ in the signs of the odd places alone.
func filter7(v isa) {
	TEXT("filter7"+v.name, NOSPLIT, "func(dst *float32, dstStride int, src *float32, tapStride int, n int, table, tmp *float32)")
	Pragma("noescape")
	Doc("filter7" + v.name + " is filter7 for n times 16 filters; tmp holds 56 vectors.")
	dst, ds := Load(Param("dst"), GP64()), strideBytes("dstStride")
	src, ts := Load(Param("src"), GP64()), strideBytes("tapStride")
	n, g, tmp := Load(Param("n"), GP64()), Load(Param("table"), GP64()), Load(Param("tmp"), GP64())
	row := GP64() // seven taps
	LEAQ(Mem{Base: ts, Index: ts, Scale: 2}, row)
	LEAQ(Mem{Base: row, Index: ts, Scale: 4}, row)
	SHLQ(Imm(4-v4(v)), n) // vectors
	Label("filters")
	in, column := GP64(), GP64()
	MOVQ(src, column)
	for x := range 7 {
		MOVQ(column, in)
		d := v.vecs(7)
		for y := range d {
			VMOVUPS(Mem{Base: in}, d[y])
			// 49 streams are more than the processor prefetches by itself, and than wait for the first-level cache.
			PREFETCHT1(Mem{Base: in, Disp: 20 * 64})
			if y < 6 {
				ADDQ(row, in)
			}
		}
		if x < 6 {
			ADDQ(ts, column)
		}
		v.g7(d, g, func(y int, r VecVirtual) { VMOVUPS(r, Mem{Base: tmp, Disp: (7*y + x) * v.bytes()}) })
	}
	out := GP64()
	MOVQ(dst, out)
	for y := range 8 {
		d := v.vecs(7)
		for x := range d {
			VMOVUPS(Mem{Base: tmp, Disp: (7*y + x) * v.bytes()}, d[x])
		}
		v.g7(d, g, func(_ int, r VecVirtual) {
			VMOVUPS(r, Mem{Base: out})
			PREFETCHT0(Mem{Base: out, Disp: 128}) // of the filter after the next
			ADDQ(ds, out)
		})
	}
	ADDQ(Imm(uint64(v.bytes())), src)
	ADDQ(Imm(uint64(v.bytes())), dst)
	DECQ(n)
	JG(LabelRef("filters"))
	VZEROUPPER()
	RET()
}

// v4 is the binary logarithm of the lanes.
func v4(v isa) uint64 {
	if v.lanes == 16 {
		return 4
	}
	return 3
}

// g7 multiplies seven vectors with G and hands out the eight results in order.
func (v isa) g7(d []VecVirtual, g Register, put func(i int, r VecVirtual)) {
	at := func(i, j int) Mem { return Mem{Base: g, Disp: 4 * (8*i + j)} }
	sum := func(i int, places ...int) VecVirtual {
		s, k := v.vec(), v.vec()
		VBROADCASTSS(at(i, places[0]), k)
		VMULPS(k, d[places[0]], s)
		for _, j := range places[1:] {
			VBROADCASTSS(at(i, j), k)
			VFMADD231PS(k, d[j], s)
		}
		return s
	}
	put(0, sum(0, 0))
	for i := 1; i < 7; i += 2 {
		even, odd, minus := sum(i, 0, 2, 4, 6), sum(i, 1, 3, 5), v.vec()
		VSUBPS(odd, even, minus)
		VADDPS(odd, even, even)
		put(i, even)
		put(i+1, minus)
	}
	put(7, sum(7, 6))
}
