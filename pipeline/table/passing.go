package table

import (
	"errors"
	"io/fs"
	"syscall"

	"fc7/internal/lock"
	"fc7/internal/machine"
	"fc7/internal/place"
	"fc7/internal/store"
)

// IsPassing tells whether another try may not meet an error: another process is at the same files, or the system does
// not do what it is asked for; a store that refuses does so again, and so does a system for want of rights.
func IsPassing(err error) bool {
	if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR) || machine.Forbids(err) {
		return false // what stands there is not what was named
	}
	var system syscall.Errno
	var incomplete *IncompleteError
	var fault *store.Fault
	if errors.As(err, &fault) {
		return fault.Passes() || fault.OfVersion() // of a file that another process replaces
	}
	return errors.As(err, &incomplete) || errors.Is(err, errLocked) || errors.Is(err, place.ErrReplaced) || errors.Is(err, lock.ErrHeld) || errors.Is(err, fs.ErrNotExist) || errors.As(err, &system)
}
