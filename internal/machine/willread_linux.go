package machine

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Reading is a part of a mapped file that will be read soon. Of other memory it changes nothing.
type Reading struct{ from, to uintptr }

// Add adds bytes; what does not lie behind those before begins another part.
func (r *Reading) Add(first unsafe.Pointer, bytes int) {
	at := uintptr(first)
	if at != r.to {
		r.Tell()
		r.from = at
	}
	r.to = at + uintptr(bytes)
}

// Tell tells the system of the part.
func (r *Reading) Tell() {
	if page := r.from &^ uintptr(os.Getpagesize()-1); r.to > r.from { // pages are told of as a whole
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, page, r.to-page, unix.MADV_WILLNEED)
	}
	r.from, r.to = 0, 0
}
