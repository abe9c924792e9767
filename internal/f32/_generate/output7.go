package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// output7 applies A^T, whose 2x8 numbers are in table, to the columns of 8x8 values and then to the rows: four pixels.
func output7(v isa) {
	TEXT("output7"+v.name, NOSPLIT, "func(dst *float32, dstStride int, src *float32, srcStride int, n int, table, tmp *float32)")
	Pragma("noescape")
	Doc("output7" + v.name + " is output7 for n times 16 channels; tmp holds 16 vectors.")
	dst, ds := Load(Param("dst"), GP64()), strideBytes("dstStride")
	src, ss := Load(Param("src"), GP64()), strideBytes("srcStride")
	n, table, tmp := Load(Param("n"), GP64()), Load(Param("table"), GP64()), Load(Param("tmp"), GP64())
	down := GP64() // from row to row of values
	MOVQ(ss, down)
	SHLQ(Imm(3), down)
	SHLQ(Imm(4-v4(v)), n) // vectors
	Label("channels")
	in, column, out := GP64(), GP64(), GP64()
	MOVQ(src, column)
	for x := range 8 {
		MOVQ(column, in)
		sums := v.at7(table, func(r VecVirtual, y int) {
			VMOVUPS(Mem{Base: in}, r)
			if y < 7 {
				ADDQ(down, in)
			}
		})
		for y, r := range sums {
			VMOVUPS(r, Mem{Base: tmp, Disp: (8*y + x) * v.bytes()})
		}
		if x < 7 {
			ADDQ(ss, column)
		}
	}
	MOVQ(dst, out)
	for y := range 2 {
		for _, r := range v.at7(table, func(r VecVirtual, x int) { VMOVUPS(Mem{Base: tmp, Disp: (8*y + x) * v.bytes()}, r) }) {
			VMOVUPS(r, Mem{Base: out})
			ADDQ(ds, out)
		}
	}
	ADDQ(Imm(uint64(v.bytes())), src)
	ADDQ(Imm(uint64(v.bytes())), dst)
	DECQ(n)
	JG(LabelRef("channels"))
	VZEROUPPER()
	RET()
}

// at7 multiplies eight vectors with A^T, one after the other, as a matrix product would.
func (v isa) at7(table Register, load func(r VecVirtual, i int)) []VecVirtual {
	sums := v.vecs(2)
	for _, s := range sums {
		v.zero(s)
	}
	for i := range 8 {
		r := v.vec()
		load(r, i)
		for j, s := range sums {
			k := v.vec()
			VBROADCASTSS(Mem{Base: table, Disp: 4 * (8*j + i)}, k)
			VFMADD231PS(r, k, s)
		}
	}
	return sums
}
