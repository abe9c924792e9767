package f32

import (
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stayOn keeps the calling thread on those processors. Where the kernel refuses, as it does when none of them is
// allowed any longer, the thread stays where it is: it is slower then, and no less right.
func stayOn(cpus []int) {
	set := unix.NewCPUSet(slices.Max(cpus) + 1)
	for _, c := range cpus {
		set.Set(c)
	}
	_ = unix.SchedSetaffinityDynamic(0, set)
}

// untouched is memory for n floats, zeros, in which no page has a place before it is written to, and what gives it
// back.
func untouched(n int) ([]float32, func()) {
	b, err := unix.Mmap(-1, 0, 4*n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return Make(n), func() {}
	}
	s := unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), n)
	hugePages(s)
	return s, func() { _ = unix.Munmap(b) }
}
