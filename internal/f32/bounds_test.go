package f32

import (
	"fmt"
	"slices"
	"testing"
)

// kernelCall is a call of a kernel with slices that are as long as its shapes say. A slice that gives the kernel its
// length stands first, and is not cut.
type kernelCall struct {
	name    string
	lengths []int
	first   int // of the slices that are cut
	run     func(k *kernels, s [][]float32)
}

func kernelCalls() []kernelCall {
	const c, n, stride, row, col, tmp = 2 * Lanes, 3, 3 * Lanes, 300, 2 * Lanes, 36 * Lanes
	ins, outs, pooled := 5*(row+col)+c, 3*(row+col)+c, row+col+c
	back := 35*stride + c
	return []kernelCall{
		{"gemm", []int{5*20 + 8, 8 * 16, 5*40 + 16}, 0, func(k *kernels, s [][]float32) { k.gemm(2, 3, 1, s[0], 20, s[1], 128, s[2], 40, 8, false) }},
		{"winogradIn", []int{back, ins, tmp}, 0, func(k *kernels, s [][]float32) { k.winogradIn(s[0], stride, s[1], row, col, c, s[2]) }},
		{"winogradOut", []int{outs, back, c, tmp}, 0, func(k *kernels, s [][]float32) { k.winogradOut(s[0], row, col, s[1], stride, s[2], c, s[3]) }},
		{"winogradLinear", []int{outs, back, c, tmp}, 0, func(k *kernels, s [][]float32) { k.winogradLinear(s[0], row, col, s[1], stride, s[2], c, s[3]) }},
		{"winogradPool", []int{pooled, back, c, tmp}, 0, func(k *kernels, s [][]float32) { k.winogradPool(s[0], row, col, s[1], stride, s[2], c, s[3]) }},
		{"winogradGrad", []int{back, outs, tmp}, 0, func(k *kernels, s [][]float32) { k.winogradGrad(s[0], stride, s[1], row, col, c, s[2]) }},
		{"winogradFilter", []int{35*stride + 16, 9 * 16, tmp}, 0, func(k *kernels, s [][]float32) { k.winogradFilter(s[0], stride, s[1], s[2]) }},
		{"winogradFilterGrad", []int{9 * 16, 35*stride + 16, tmp}, 0, func(k *kernels, s [][]float32) { k.winogradFilterGrad(s[0], s[1], stride, s[2]) }},
		{"filter7", []int{63*stride + 16*2, 48*stride + 16*2, 64, 56 * Lanes}, 0, func(k *kernels, s [][]float32) { k.filter7(s[0], stride, s[1], stride, 2, s[2], s[3]) }},
		{"output7", []int{3*stride + 16*2, 63*stride + 16*2, 16, 16 * Lanes}, 0, func(k *kernels, s [][]float32) { k.output7(s[0], stride, s[1], stride, 2, s[2], s[3]) }},
		{"maxPool", []int{n * c, 2 * n * c, 2 * n * c}, 0, func(k *kernels, s [][]float32) { k.maxPool(s[0], s[1], s[2], n, c) }},
		{"biasReLU", []int{c, c}, 1, func(k *kernels, s [][]float32) { k.biasReLU(s[0], s[1], true) }},
		{"biasReLU without ReLU", []int{c, c}, 1, func(k *kernels, s [][]float32) { k.biasReLU(s[0], s[1], false) }},
		{"conv3", []int{n * c, 3 * (n + 2), 3 * (n + 2), 3 * (n + 2), 27 * c, c}, 0, func(k *kernels, s [][]float32) { k.conv3(s[0], n, c, s[1], s[2], s[3], s[4], s[5]) }},
		{"outer", []int{4*20 + 4, 4*60 + 16, 3*stride + 16}, 0, func(k *kernels, s [][]float32) { k.outer(4, 1, s[0], 20, s[1], 60, 16, s[2], stride, 5, false) }},
		{"mask", []int{c, c}, 1, func(k *kernels, s [][]float32) { k.mask(s[0], s[1]) }},
		{"poolGrad", []int{2 * n * c, 2 * n * c, 2 * n * c, 2 * n * c, n * c}, 0, func(k *kernels, s [][]float32) { k.poolGrad(s[0], s[1], s[2], s[3], s[4], n, c) }},
		{"affine", []int{n * c, n * c, c, c}, 0, func(k *kernels, s [][]float32) { k.affine(s[0], s[1], s[2], s[3], 0, n, c) }},
		{"affine2", []int{n * c, n * c, n * c, c, c, c}, 0, func(k *kernels, s [][]float32) { k.affine2(s[0], s[1], s[2], s[3], s[4], s[5], n, c) }},
		{"moments", []int{c, c, n * c, n * c, c, c}, 0, func(k *kernels, s [][]float32) { k.moments(s[0], s[1], s[2], s[3], s[4], s[5], n, c) }},
		{"dot", []int{64, 64}, 1, func(k *kernels, s [][]float32) { k.dot(s[0], s[1]) }},
		{"axpy", []int{64, 64}, 1, func(k *kernels, s [][]float32) { k.axpy(2, s[0], s[1]) }},
	}
}

// TestShortSlicesPanic: a slice that is one number shorter than the shapes say is a panic before the assembly runs,
// never a read or a write of what lies behind it.
func TestShortSlicesPanic(t *testing.T) {
	for _, set := range available() {
		for _, call := range kernelCalls() {
			slicesOf := func() (s [][]float32) {
				for _, n := range call.lengths {
					s = append(s, Make(n + 64)[:n:n]) // what a kernel touches behind the end is there
				}
				return s
			}
			if what := panicOf(func() { call.run(set, slicesOf()) }); what != "" {
				t.Errorf("%s %s: panics with slices of the right lengths: %s", set.name, call.name, what)
			}
			if set == &plainKernels {
				continue // Go checks what it touches itself
			}
			for i := call.first; i < len(call.lengths); i++ {
				s := slicesOf()
				s[i] = slices.Clip(s[i][:len(s[i])-1])
				if panicOf(func() { call.run(set, s) }) == "" {
					t.Errorf("%s %s: slice %d of %d numbers has one less, and no panic", set.name, call.name, i, call.lengths[i])
				}
			}
		}
	}
}

// panicOf says what f panics with; "" if it does not.
func panicOf(f func()) (what string) {
	defer func() {
		if r := recover(); r != nil {
			what = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}
