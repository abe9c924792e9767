//go:build unix && (amd64 || arm64)

package outputs

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file to be read, where processors are little-endian, read values at any address, and have room for all
// files.
func mapFile(f *os.File, size int64) ([]byte, error) {
	return unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
}

func unmapFile(b []byte) error { return unix.Munmap(b) }
