// Command neon writes the assembly kernels of internal/f32 for arm64: go generate ./internal/f32.
//
// Go's assembler knows few of the vector instructions, so most are words that this program encodes; beside each stands
// what it is, and .ci/mca holds both against LLVM's assembler. The operations and their order are those of the kernels
// for AVX2 in the folder above, so that the bits are theirs.
package main

import (
	"flag"
	"log"
)

func main() {
	code := flag.String("out", "", "the assembly `file`")
	stubs := flag.String("stubs", "", "the `file` of its declarations")
	flag.Parse()
	for m := 1; m <= rows; m++ {
		gemm(m, 1)
	}
	for m := 1; m <= 3; m++ {
		gemm(m, 2)
	}
	gemm(1, 4)
	winogradIn()
	winogradOut("winogradOut", true, false)
	winogradOut("winogradPool", true, true)
	winogradOut("winogradLinear", false, false)
	conv3(rows)
	conv3One()
	maxPool()
	biasReLU(true)
	biasReLU(false)
	dot()
	axpy()
	peak()
	filter7()
	output7()
	for m := 1; m <= outerRows; m++ {
		outer(m)
	}
	winogradGrad()
	winogradFilter()
	winogradFilterGrad()
	mask()
	poolGrad()
	affine()
	affine2()
	moments()
	squares()
	apart()
	if err := write(*code, *stubs); err != nil {
		log.Fatal(err)
	}
}
