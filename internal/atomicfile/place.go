package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Place gives the complete file from, which is on the disk and in the same file system, the name to. What stands there
// is replaced, or an ExistsError.
func Place(from, to string, replace bool) error {
	if err := put(nil, from, to, replace); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// put gives a file its final name; dir, if not nil, is the folder of both. Without replace, what stands there stays,
// even if two processes are at it at once.
func put(dir *os.Root, from, to string, replace bool) error {
	if replace {
		return gone(renameIn(dir, from, to))
	}
	switch err := link(dir, from, to); {
	case err == nil:
		if err := removeIn(dir, from); !errors.Is(err, fs.ErrNotExist) { // of a file that has its name, that says that it is done
			return err
		}
		return nil
	case errors.Is(err, fs.ErrExist):
		return &ExistsError{to}
	case errors.Is(err, fs.ErrNotExist):
		return gone(err)
	}
	return gone(putNew(from, to)) // a file system without hard links
}

// putNew renames a file or folder to a name that must be free, as safely as the system allows.
func putNew(from, to string) error {
	err := renameNew(from, to)
	if errors.Is(err, errors.ErrUnsupported) {
		if err := checkFree(to, false); err != nil {
			return err
		}
		return rename(from, to)
	}
	if errors.Is(err, fs.ErrExist) {
		return &ExistsError{to}
	}
	return err
}

// gone explains the absence of what was to be renamed.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the temporary file is gone: does another process write this folder? %w", err)
	}
	return err
}

// Bring puts the finished file from at to, in one step and without replacing anything: by a hard link, which costs no
// room, or, where that is not possible or not wanted, by a copy. linked tells which.
func Bring(from, to string, copying bool) (linked bool, err error) {
	if !copying {
		err := link(nil, from, to)
		if err == nil {
			return true, syncFolder(filepath.Dir(to))
		}
		if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("linking %s: %w", to, err)
		}
	}
	source, err := os.Open(from)
	if err != nil {
		return false, err
	}
	defer source.Close()
	err = Write(to, false, func(w io.Writer) error {
		_, err := io.Copy(w, source)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("copying %s: %w", from, err)
	}
	return false, nil
}
