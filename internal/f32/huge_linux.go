package f32

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePages asks the kernel to back a large slice by 2 MB pages: the weights are read from end to end for each image,
// and with 4 KB pages a third of the bandwidth goes into finding them. It is a hint; where it is not heard, nothing is
// lost.
func hugePages(s []float32) {
	const large = 4 << 20
	if 4*len(s) < large {
		return
	}
	skip := toLargePage(s)
	adviseHuge(s[skip : skip+(len(s)-skip)*4/largePage*(largePage/4)])
}

// toLargePage is the first place in s where a large page begins.
func toLargePage(s []float32) int {
	return int((largePage - uintptr(unsafe.Pointer(&s[0]))%largePage) % largePage / 4)
}

// adviseHuge asks for large pages; s begins and ends with one. Memory that the program used before may have small ones
// already, which are put together at once: the kernel's own search comes to them after many seconds.
func adviseHuge(s []float32) {
	if len(s) > 0 {
		b := unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), 4*len(s))
		_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
		_ = unix.Madvise(b, unix.MADV_COLLAPSE)
	}
}

// room is Make for what the kernels write and read in many places at once, 36 in a convolution: as many small pages are
// more than the processor has at hand. What is not small begins and ends with a large page, for which up to two are
// lost of the address space and up to one of memory.
func room(n int) []float32 {
	if 4*n < smallRoom {
		return Make(n)
	}
	whole := (4*n + largePage - 1) / largePage * (largePage / 4)
	s := make([]float32, whole+largePage/4)
	skip := toLargePage(s)
	adviseHuge(s[skip : skip+whole])
	return s[skip : skip+n : skip+n]
}
