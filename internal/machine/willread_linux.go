package machine

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Reading is a part of a mapped file that will be read soon. Of other memory it changes nothing.
type Reading struct {
	How      Advice
	from, to uintptr
}

// Advice is what the system is told of a part.
type Advice int

// The zero value is that it will be read soon.
const (
	Soon     Advice = iota
	Random          // only what is told of is read: nothing around it
	Anywhere        // Random no more
)

var advices = [...]uintptr{Soon: unix.MADV_WILLNEED, Random: unix.MADV_RANDOM, Anywhere: unix.MADV_NORMAL}

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
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, page, r.to-page, advices[r.How])
	}
	r.from, r.to = 0, 0
}
