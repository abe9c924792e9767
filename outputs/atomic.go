package outputs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// outFile is what a writer needs of its temporary file; tests put one in its place whose disk is full.
type outFile interface {
	io.Writer
	io.ReaderAt
	io.WriterAt
	Sync() error
	Close() error
	Name() string
}

// createTemp opens a new file in dir, named after name so that it cannot be taken for the finished file.
// A fresh name each time keeps a second process from writing into the first one's file.
func createTemp(dir, name string) (outFile, error) {
	f, err := os.CreateTemp(dir, tempPrefix(name)+"*.tmp")
	if err != nil {
		return nil, err
	}
	// os.CreateTemp gives 0600; a result is as readable as any file that a program writes (0644 under the usual umask).
	if runtime.GOOS != "windows" {
		if err := f.Chmod(0o644); err != nil {
			return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}
	return f, nil
}

func tempPrefix(name string) string { return "." + name + "." }

// IsTemp tells whether a file's name is that of a result in the making, or of one that a killed run left.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp")
}

// removeTemps deletes what killed runs left of name in dir.
func removeTemps(dir, name string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), tempPrefix(name)) || !strings.HasSuffix(e.Name(), ".tmp") {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// publish gives the closed file temp its final name in the same folder. With replace unset, an existing final is an error
// and stays as it is, even when two processes publish at once: a hard link, unlike a rename, never replaces.
func publish(temp, final string, replace bool) error {
	if replace {
		if err := os.Rename(temp, final); err != nil {
			return err
		}
		return syncDir(filepath.Dir(final))
	}
	switch err := os.Link(temp, final); {
	case err == nil:
		if err := os.Remove(temp); err != nil {
			return err
		}
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s exists already and is not replaced: %w", final, fs.ErrExist)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the temporary file is gone: does another process write this folder? %w", err)
	default: // a file system without hard links
		if _, err := os.Lstat(final); err == nil {
			return fmt.Errorf("%s exists already and is not replaced: %w", final, fs.ErrExist)
		}
		if err := os.Rename(temp, final); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(final))
}

// syncDir makes a rename in dir survive a power cut. Windows has no such call, and needs none; some network file systems
// have none either.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// writeFile replaces dir/name by data in one step: a reader, or a crash, sees the old file or the new one. What killed runs
// left of it is removed.
func writeFile(dir, name string, data []byte) error {
	if err := removeTemps(dir, name); err != nil {
		return err
	}
	return NewFile(filepath.Join(dir, name), data, true)
}
