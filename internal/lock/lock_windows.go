package lock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// beyond is where the locked ranges begin: Windows keeps others from reading and writing the bytes of a locked range.
const beyond = 1 << 61

func rangeFile(path string, _, _ int64) string { return path }

func lockRange(f *os.File, start, n int64) error {
	at := uint64(beyond + start)
	o := windows.Overlapped{Offset: uint32(at), OffsetHigh: uint32(at >> 32)}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, uint32(n), uint32(uint64(n)>>32), &o)
	switch {
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION), errors.Is(err, windows.ERROR_IO_PENDING):
		return ErrHeld
	case errors.Is(err, windows.ERROR_NOT_SUPPORTED), errors.Is(err, windows.ERROR_INVALID_FUNCTION), errors.Is(err, windows.ERROR_CALL_NOT_IMPLEMENTED):
		return errors.ErrUnsupported
	}
	return err
}
