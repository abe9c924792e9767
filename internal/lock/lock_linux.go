package lock

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

func rangeFile(path string, _, _ int64) string { return path }

// lockRange takes a lock of an open file description: it belongs to the open file, not to the process, and reaches
// across machines on NFS.
func lockRange(f *os.File, start, n int64) error {
	err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: start, Len: n})
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EACCES):
		return ErrHeld
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOLCK), errors.Is(err, unix.EINVAL):
		return errors.ErrUnsupported
	}
	return err
}
