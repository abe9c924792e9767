//go:build unix && !linux && !aix && !solaris

package lock

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// rangeFile gives each range a file of its own: these systems lack locks of ranges that belong to the open file.
func rangeFile(path string, start, n int64) string { return fmt.Sprintf("%s-%d-%d", path, start, n) }

// lockRange locks the whole file.
func lockRange(f *os.File, _, _ int64) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return ErrHeld
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOLCK):
		return errors.ErrUnsupported
	}
	return err
}
