package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"fc7/internal/lock"
)

// Folder lets fill write into a new folder beside path and gives it that name when it is complete and on the disk. The
// folders above are made. What stands at path is replaced, or it is an ExistsError; an empty folder counts as nothing.
// After an error what stood there stands, or all of the new. What killed processes left is put right first. One process
// at a time makes the folder; others wait. A link to a folder stays, and what it leads to is made or replaced.
func Folder(ctx context.Context, path string, replace bool, fill func(dir string) error) error {
	path = Through(path)
	if err := MkdirAll(filepath.Dir(path)); err != nil {
		return err
	}
	l, err := lockFolder(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(makeFolder(path, replace, l, fill), l.Release())
}

// lockFolder locks the file that stands for the name of a folder.
func lockFolder(ctx context.Context, path string) (*lock.Lock, error) {
	return lock.Wait(ctx, func() (*lock.Lock, error) { return lock.Named(lockName(path)) })
}

func lockName(path string) string { return filepath.Join(filepath.Dir(path), stem(path)+"lock") }

func makeFolder(path string, replace bool, l *lock.Lock, fill func(dir string) error) error {
	if err := repair(path, l); err != nil {
		return fmt.Errorf("putting right what a killed process left of %s: %w", path, err)
	}
	if !replace && !isEmpty(path) {
		if err := checkFree(path, false); err != nil {
			return err
		}
	}
	temp := newTemp(path)
	if err := mkdir(temp); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := fill(temp); err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	err := syncTree(temp)
	if err == nil {
		err = placeFolder(temp, path, replace)
	}
	var exists *ExistsError
	if err != nil && !errors.As(err, &exists) {
		err = fmt.Errorf("writing %s: %w", path, err)
	}
	var left *leftError
	if err == nil || errors.As(err, &left) {
		return err
	}
	return errors.Join(err, os.RemoveAll(temp)) // the new folder, or the old one after the new one got its name
}

// isEmpty tells whether a folder without anything in it is at path.
func isEmpty(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() {
		return false
	}
	entries, err := os.ReadDir(path)
	return err == nil && len(entries) == 0
}

// PlaceFolder gives the complete folder from, which is in the same file system, the name to when all of it is on the
// disk. What stands there, but for an empty folder, is an ExistsError.
func PlaceFolder(from, to string) error {
	if err := syncTree(from); err != nil {
		return err
	}
	return placeFolder(from, to, false)
}

func placeFolder(from, to string, replace bool) error {
	if !replace {
		return newFolder(from, to)
	}
	err := exchange(from, to)
	switch {
	case err == nil:
		return replaced(from, to)
	case errors.Is(err, fs.ErrNotExist):
		return newFolder(from, to)
	case errors.Is(err, errors.ErrUnsupported):
		return replaceInTwo(from, to)
	}
	return err
}

// ReplaceFolder gives the complete folder from, whose files are on the disk and which is in the same file system, the
// name to, or that which a link there leads to; what stood there is removed. Killed in the middle, from has its name
// still, or to is the new one, and from the old one, or Restore puts the old one back.
func ReplaceFolder(ctx context.Context, from, to string) (err error) {
	to = Through(to)
	if err := syncFolder(from); err != nil {
		return err
	}
	l, err := lockFolder(ctx, to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Release()) }()
	return placeFolder(from, to, true)
}

// RemoveFolder removes a folder that Folder made, or what a link there leads to, and what killed processes left of it.
// For readers it is there, or it is not: it loses its name first. One that is not there is none to remove.
func RemoveFolder(ctx context.Context, path string) (err error) {
	path = Through(path)
	l, err := lockFolder(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Release()) }()
	if err := repair(path, l); err != nil {
		return err
	}
	temp := newTemp(path)
	if err := rename(path, temp); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return err
	}
	return removeAll(temp)
}

// newFolder renames a folder to a name that nothing has, or an empty folder.
func newFolder(from, to string) error {
	err := rename(from, to)
	if err != nil && isEmpty(to) { // not every system renames onto an empty folder
		if err = remove(to); err == nil {
			err = rename(from, to)
		}
	}
	if err == nil {
		return syncFolder(filepath.Dir(to))
	}
	if e := checkFree(to, false); e != nil {
		return e
	}
	return gone(err)
}

// replaceInTwo renames the old folder and then the new one.
func replaceInTwo(from, to string) error {
	old := strings.TrimSuffix(newTemp(to), tempSuffix) + oldSuffix
	err := rename(to, old)
	if errors.Is(err, fs.ErrNotExist) {
		return newFolder(from, to)
	}
	if err != nil {
		return err
	}
	if err := rename(from, to); err != nil {
		if back := rename(old, to); back != nil {
			return errors.Join(err, fmt.Errorf("what stood there is kept as %s, and the next run puts it back: %w", old, back))
		}
		return err
	}
	return replaced(old, to)
}

// replaced removes the old folder when the new one surely has the name.
func replaced(old, to string) error {
	if err := syncFolder(filepath.Dir(to)); err != nil {
		return fmt.Errorf("the new one is in place: %w", err)
	}
	err := removeAll(old)
	if err != nil { // a file that another program holds, or made just then, is gone by now
		err = removeAll(old)
	}
	if err != nil {
		return &leftError{old, err}
	}
	return nil
}

// leftError: the new folder has the name, and the old one could not be removed.
type leftError struct {
	old string
	err error
}

func (e *leftError) Error() string {
	return fmt.Sprintf("the new one is in place, but of the old one is left %s: %v", e.old, e.err)
}

func (e *leftError) Unwrap() error { return e.err }

// syncers is how many files are brought to the disk at once: file systems commit several together.
const syncers = 16

// syncTree brings a folder, and all below, to the disk.
func syncTree(dir string) error {
	var work errgroup.Group
	work.SetLimit(syncers)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			work.Go(func() error { return syncFolder(path) })
		case d.Type().IsRegular():
			work.Go(func() error { return syncPath(path) })
		}
		return nil
	})
	return errors.Join(err, work.Wait())
}
