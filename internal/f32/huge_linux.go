package f32

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePages asks the kernel to back a large slice by 2 MB pages: the weights are read from end to end for each image,
// and with 4 KB pages a third of the bandwidth goes into finding them. It is a hint; where it is not heard, nothing is
// lost.
func hugePages(s []float32) {
	const page, large = 2 << 20, 4 << 20
	if 4*len(s) < large {
		return
	}
	start := uintptr(unsafe.Pointer(&s[0]))
	skip := int((page - start%page) % page)
	n := (4*len(s) - skip) / page * page
	if n <= 0 {
		return
	}
	b := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(&s[0]), skip)), n)
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
}
