// Package lock keeps processes apart, of one machine or of several that share a folder. A lock belongs to an open file,
// and the system drops it when the process ends, however it ends: what is not locked any more was left by the dead.
package lock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// ErrHeld means that somebody else, of this process too, holds the lock.
var ErrHeld = errors.New("another process is at work here; wait for it")

// whole is the length of a range that stands for all of a file.
const whole = 1 << 60

// Lock is a lock that is held.
type Lock struct {
	f      *os.File
	remove bool // the file, at the end
	void   bool
}

// Void tells that the file system has no locks: nobody is kept away, and nothing can be told of others.
func (l *Lock) Void() bool { return l.void }

// Release ends the lock.
func (l *Lock) Release() error {
	if l.remove {
		_ = l.Remove() // a file that stays serves again
		return nil
	}
	return l.f.Close()
}

// Remove removes the locked file and ends the lock.
func (l *Lock) Remove() error {
	if runtime.GOOS == "windows" { // it removes no file that somebody has open
		return errors.Join(l.f.Close(), os.Remove(l.f.Name()))
	}
	return errors.Join(os.Remove(l.f.Name()), l.f.Close())
}

// Range locks n places of the file at path from start on, which need not be bytes that are there. The file is made if
// it is absent, and stays. Where ranges cannot be locked, ranges that overlap without being equal are not kept apart;
// see lockRange.
func Range(path string, start, n int64) (*Lock, error) {
	f, err := os.OpenFile(rangeFile(path, start, n), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	return take(f, start, n)
}

// Overlaps tells whether ranges that overlap without being equal are kept apart here.
func Overlaps() bool { return rangeFile("", 0, 1) == rangeFile("", 0, 2) }

// Named locks the file at path, which stands for something else. The file is made if it is absent, and removed at the
// end, so that no litter stays.
func Named(path string) (*Lock, error) {
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
		if err != nil {
			return nil, err
		}
		l, err := take(f, 0, whole)
		if err != nil {
			return nil, err
		}
		if l.stands(path) {
			l.remove = true
			return l, nil
		}
		if err := l.Release(); err != nil { // the process that held it has just removed it: lock the next one
			return nil, err
		}
	}
}

// Clear removes the file of a lock as Named makes it that a killed process left. Where nothing is left, or somebody
// holds it, or it is somebody else's, nothing happens.
func Clear(path string) {
	if _, err := os.Lstat(path); err != nil {
		return
	}
	if l, err := Named(path); err == nil {
		_ = l.Release() // it serves again if it stays
	}
}

// Standing locks a file that is there. One that is removed meanwhile is an error that wraps fs.ErrNotExist.
func Standing(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	l, err := take(f, 0, whole)
	if err != nil {
		return nil, err
	}
	if !l.stands(path) {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", path, fs.ErrNotExist), l.Release())
	}
	return l, nil
}

// every is how often Wait tries.
const every = 50 * time.Millisecond

// Wait tries to lock until nobody else holds the lock.
func Wait(ctx context.Context, try func() (*Lock, error)) (*Lock, error) {
	for {
		l, err := try()
		if !errors.Is(err, ErrHeld) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(every):
		}
	}
}

// take locks a range of an open file, which is closed on an error.
func take(f *os.File, start, n int64) (*Lock, error) {
	err := lockRange(f, start, n)
	switch {
	case err == nil:
		return &Lock{f: f}, nil
	case errors.Is(err, errors.ErrUnsupported):
		return &Lock{f: f, void: true}, nil
	case errors.Is(err, ErrHeld):
		err = fmt.Errorf("%s: %w", f.Name(), ErrHeld)
	default:
		err = fmt.Errorf("locking %s: %w", f.Name(), err)
	}
	return nil, errors.Join(err, f.Close())
}

// stands tells that the locked file is still the one at path.
func (l *Lock) stands(path string) bool {
	held, e1 := l.f.Stat()
	named, e2 := os.Stat(path)
	return e1 == nil && e2 == nil && os.SameFile(held, named)
}
