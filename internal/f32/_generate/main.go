// Command generate writes the assembly kernels of internal/f32: go generate ./internal/f32.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// isa is one instruction set; the kernels are written once for both.
type isa struct {
	name  string
	lanes int // floats in a vector
	rows  int // most rows of a matrix product
	pairs int // most panels of 16 columns of a matrix product
	outer int // most rows of a product with a transposed left side: a divisor of 16
}

var (
	avx2   = isa{"AVX2", 8, 6, 1, 4}
	avx512 = isa{"AVX512", 16, 12, 2, 8}
)

func (v isa) bytes() int { return 4 * v.lanes }

func (v isa) vec() VecVirtual {
	if v.lanes == 16 {
		return ZMM()
	}
	return YMM()
}

func (v isa) vecs(n int) []VecVirtual {
	r := make([]VecVirtual, n)
	for i := range r {
		r[i] = v.vec()
	}
	return r
}

func (v isa) zero(r VecVirtual) {
	if v.lanes == 16 {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
}

// constant fills a vector with one number.
func (v isa) constant(x float32) VecVirtual {
	r := v.vec()
	m, ok := constants[x]
	if !ok {
		m = ConstData(names[x], F32(x))
		constants[x] = m
	}
	VBROADCASTSS(m, r)
	return r
}

var (
	names     = map[float32]string{2: "two", 4: "four", 5: "five", 8: "eight", 0.25: "quarter", 1. / 6: "sixth", 1. / 12: "twelfth", 1. / 24: "twentyFourth"}
	constants = map[float32]Mem{}
)

// strideBytes loads a stride given in floats.
func strideBytes(name string) Register {
	r := Load(Param(name), GP64())
	SHLQ(Imm(2), r)
	return r
}

func main() {
	ConstraintExpr("amd64,!noasm")
	for _, v := range []isa{avx2, avx512} {
		for n := 1; n <= v.pairs; n++ {
			for m := 1; m <= v.rows; m++ {
				gemm(v, m, n)
			}
		}
		winogradIn(v)
		winogradOut(v, "winogradOut", true, false)
		winogradOut(v, "winogradPool", true, true)
		winogradOut(v, "winogradLinear", false, false)
		conv3(v, v.rows)
		conv3(v, 1)
		maxPool(v)
		biasReLU(v, true)
		biasReLU(v, false)
		dot(v)
		axpy(v)
		peak(v)
		filter7(v)
		output7(v)
		for n := 1; n <= v.pairs; n++ {
			for m := 1; m <= v.outer; m++ {
				outer(v, m, n)
			}
		}
		winogradGrad(v)
		winogradFilter(v)
		winogradFilterGrad(v)
	}
	mask()
	poolGrad()
	affine()
	affine2()
	moments()
	squares()
	apart()
	Generate()
}
