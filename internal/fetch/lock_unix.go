//go:build unix

package fetch

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Lock keeps a second process from writing what the file at path stands for. The kernel drops the lock when the
// process ends, however it ends. unlock removes the file, so that no litter stays.
func Lock(path string) (unlock func(), err error) {
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
		if err != nil {
			return nil, err
		}
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if errors.Is(err, unix.EWOULDBLOCK) {
			_ = f.Close()
			return nil, fmt.Errorf("%s: another process is at work here; wait for it", path)
		}
		// A file system without locks gives another error: two processes at once are then the user's to avoid.
		held, e1 := f.Stat()
		named, e2 := os.Stat(path)
		if e1 == nil && e2 == nil && os.SameFile(held, named) {
			return func() { _ = os.Remove(path); _ = f.Close() }, nil
		}
		_ = f.Close() // the process that held it has just removed it: lock the next one
	}
}
