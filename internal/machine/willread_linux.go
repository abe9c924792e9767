package machine

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// WillRead tells the system that a part of a mapped file will be read soon. Of other memory it changes nothing.
func WillRead[T any](part []T) {
	if len(part) == 0 {
		return
	}
	first := uintptr(unsafe.Pointer(unsafe.SliceData(part)))
	page := first &^ uintptr(os.Getpagesize()-1) // pages are told of as a whole
	length := first - page + uintptr(len(part))*unsafe.Sizeof(part[0])
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, page, length, unix.MADV_WILLNEED)
}
