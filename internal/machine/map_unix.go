//go:build unix && (amd64 || arm64)

package machine

import (
	"os"

	"golang.org/x/sys/unix"
)

// MapFile maps a file to be read, where processors are little-endian, read values at any address, and have room for all
// files; elsewhere it is an error.
func MapFile(f *os.File, size int64) ([]byte, error) {
	return unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
}

// UnmapFile gives back what MapFile mapped.
func UnmapFile(b []byte) error { return unix.Munmap(b) }
