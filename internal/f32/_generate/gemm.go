package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// rowAddresses gives the memory operand of each of m rows from one base register for every three rows, so that few
// registers are taken.
func rowAddresses(m int, a, stride Register) (bases []Register, at func(row, disp int) Mem) {
	bases = []Register{a}
	if m > 3 {
		three := GP64()
		LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)
		for i := 3; i < m; i += 3 {
			b := GP64()
			MOVQ(bases[len(bases)-1], b)
			ADDQ(three, b)
			bases = append(bases, b)
		}
	}
	return bases, func(row, disp int) Mem {
		base := bases[row/3]
		if row%3 == 0 {
			return Mem{Base: base, Disp: disp}
		}
		return Mem{Base: base, Index: stride, Scale: uint8(row % 3), Disp: disp}
	}
}

// prefetch is how far ahead of the products the panels are fetched, in bytes, and pace how many bytes of the panels
// after them in a round of the inner loop: a quarter of them in a group, as the groups after the first read none from
// further away. README.md has what was tried.
const (
	prefetch = 3072
	pace     = 128
)

// gemm is the register kernel of the matrix products: groups of m rows of a, n panels of 16 columns of b, all sums of a
// group in registers, k in steps of 4.
func gemm(v isa, m, n int) {
	TEXT(fmt.Sprintf("gemm%s_%dx%d", v.name, m, 16*n), NOSPLIT,
		"func(groups int, a *float32, aStride int, b *float32, bStride int, c *float32, cStride int, k int, add bool)")
	Pragma("noescape")
	Doc(fmt.Sprintf("gemm%s_%dx%d is gemm for groups times %d rows and %d columns.", v.name, m, 16*n, m, 16*n))
	per := 16 * n / v.lanes // vectors in a row
	groups, a, c := Load(Param("groups"), GP64()), Load(Param("a"), GP64()), Load(Param("c"), GP64())
	aStride := strideBytes("aStride")
	next, behind := GP64(), GP64() // the panels that come next, and their end
	if n == 2 {
		bStride := strideBytes("bStride")
		LEAQ(Mem{Base: Load(Param("b"), GP64()), Index: bStride, Scale: 2}, next)
		LEAQ(Mem{Base: next, Index: bStride, Scale: 2}, behind)
	}
	Label("group")
	touch(m, n, c)
	step := GP64()
	if n == 2 {
		XORQ(step, step)
		CMPQ(next, behind)
		JGE(LabelRef("fetched"))
		ADDQ(I32(pace), step)
		Label("fetched")
	}
	b, b2 := Load(Param("b"), GP64()), GP64()
	if n == 2 {
		bStride := strideBytes("bStride")
		MOVQ(b, b2)
		ADDQ(bStride, b2)
	}
	acc := v.vecs(m * per)
	for _, r := range acc {
		v.zero(r)
	}
	row := GP64()
	MOVQ(a, row)
	bases, at := rowAddresses(m, row, aStride)
	k := Load(Param("k"), GP64())
	Label("loop")
	for u := range 4 {
		gemmStep(v, m, per, u, prefetch, acc, at, func(j int) Mem {
			byte0 := j * v.bytes()
			if byte0 >= 64 {
				return Mem{Base: b2, Disp: 64*u + byte0 - 64}
			}
			return Mem{Base: b, Disp: 64*u + byte0}
		})
	}
	for _, base := range bases {
		ADDQ(Imm(16), base)
	}
	if n == 2 {
		for line := 0; line < pace; line += 64 {
			PREFETCHT1(Mem{Base: next, Disp: line})
		}
		ADDQ(step, next)
	}
	ADDQ(I32(256), b)
	if n == 2 {
		ADDQ(I32(256), b2)
	}
	SUBQ(Imm(4), k)
	JG(LabelRef("loop"))
	gemmStore(v, m, per, acc, c)
	down := GP64()
	IMUL3Q(U8(m), aStride, down)
	ADDQ(down, a)
	DECQ(groups)
	JG(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// touch fetches what a group will write or add to.
func touch(m, n int, c Register) {
	_, at := rowAddresses(m, c, strideBytes("cStride"))
	for i := range m {
		for j := range n {
			PREFETCHT0(at(i, 64*j))
		}
	}
}

func gemmStep(v isa, m, per, u, ahead int, acc []VecVirtual, at func(row, disp int) Mem, panel func(j int) Mem) {
	bv := v.vecs(per)
	for j, r := range bv {
		m := panel(j)
		VMOVUPS(m, r)
		if ahead > 0 && m.Disp%64 == 0 {
			m.Disp += ahead
			PREFETCHT0(m)
		}
	}
	for i := range m {
		x := v.vec()
		VBROADCASTSS(at(i, 4*u), x)
		for j := range per {
			VFMADD231PS(bv[j], x, acc[i*per+j])
		}
	}
}

// gemmStore writes or adds a group and moves c behind it.
func gemmStore(v isa, m, per int, acc []VecVirtual, c Register) {
	cStride := strideBytes("cStride")
	add := Load(Param("add"), GP8())
	_, at := rowAddresses(m, c, cStride)
	TESTB(add, add)
	JZ(LabelRef("store"))
	for i := range m {
		for j := range per {
			VADDPS(at(i, j*v.bytes()), acc[i*per+j], acc[i*per+j])
		}
	}
	Label("store")
	for i := range m {
		for j := range per {
			VMOVUPS(acc[i*per+j], at(i, j*v.bytes()))
		}
	}
	IMUL3Q(U8(m), cStride, cStride)
	ADDQ(cStride, c)
}
