//go:build unix && !linux

package table

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockRange locks a file of the range's own: these systems lack locks of ranges that belong
// to the open file. Ranges that overlap without being equal are not kept apart here: a
// shard that two processes compute is published by the first, and an error to the second.
func lockRange(out string, start, n int64) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(out, fmt.Sprintf("%s-%d-%d", lockFile, start, n)), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case err == nil:
		return f.Close, nil
	case errors.Is(err, unix.EWOULDBLOCK):
		return nil, errors.Join(errLocked, f.Close())
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOTSUP):
		return f.Close, nil // a file system without locks
	}
	return nil, errors.Join(fmt.Errorf("%s: %w", f.Name(), err), f.Close())
}
