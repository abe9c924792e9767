package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"fc7/internal/lock"
)

// ExistsError says that something stands under a name that must be free. It is fs.ErrExist.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return e.Path + " exists already and is not replaced: choose another name, or ask to overwrite it"
}

// Is makes the error one of fs.ErrExist.
func (e *ExistsError) Is(target error) bool { return target == fs.ErrExist }

// checkFree is an ExistsError where something stands at path that is not to be replaced, so that it can be told before
// the work.
func checkFree(path string, replace bool) error {
	if replace {
		return nil
	}
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return &ExistsError{path}
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// File is a file in the making. It must be ended by Commit or Abort.
type File struct {
	final   string
	replace bool
	dir     *os.Root // the folder that it is in, held; nil: it may be written to but not read
	temp    *os.File
	guard   *lock.Lock // tells others that this process lives
	done    bool
}

// Create starts the file at path, whose folder must exist. What stands at path is an ExistsError, unless it is to be
// replaced; it stays until Commit. What killed processes left of the same name is removed. The file will have the
// permissions 0644 under the umask.
func Create(path string, replace bool) (*File, error) {
	if err := prepare(path, replace); err != nil {
		return nil, err
	}
	return createHere(path, replace)
}

// CreateSwept is Create in a folder that this process has swept (Sweep): what others left since of the same name stays
// for the next one. To look for it is to look at all names in the folder, which for many files in turn takes a time
// that grows with the square of their number.
func CreateSwept(path string, replace bool) (*File, error) {
	if err := checkFree(path, replace); err != nil {
		return nil, err
	}
	return createHere(path, replace)
}

// createHere starts a file whose name is prepared.
func createHere(path string, replace bool) (*File, error) {
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	return createIn(dir, path, replace)
}

// prepare makes sure that a file can get a name, and removes what the dead left of it.
func prepare(path string, replace bool) error {
	if err := checkFree(path, replace); err != nil {
		return err
	}
	return removeDeadFiles(path)
}

// createIn starts the file at path, whose folder is held open, and let go with the file; nil: it may be written to but
// not read.
func createIn(dir *os.Root, path string, replace bool) (f *File, err error) {
	defer func() {
		if err != nil {
			closeRoot(dir)
		}
	}()
	for {
		f, err := open(dir, newTemp(path), os.O_RDWR|os.O_CREATE|os.O_EXCL)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		guard, err := lock.Standing(f.Name())
		if err == nil {
			return &File{final: path, replace: replace, dir: dir, temp: f, guard: guard}, nil
		}
		err = errors.Join(err, f.Close())
		if errors.Is(err, lock.ErrHeld) || errors.Is(err, fs.ErrNotExist) {
			continue // another process took it for one left behind before it was locked
		}
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
}

// Write appends to the file.
func (f *File) Write(b []byte) (int, error) { return f.temp.Write(b) }

// ReadAt reads what is written so far.
func (f *File) ReadAt(b []byte, offset int64) (int, error) { return f.temp.ReadAt(b, offset) }

// WriteAt changes what is written so far.
func (f *File) WriteAt(b []byte, offset int64) (int, error) { return f.temp.WriteAt(b, offset) }

// Commit brings the file to the disk and gives it its final name. After an error nothing new stands there, unless it is
// one of what comes after that, the removal of a second name or the syncing of the folder. After Commit or Abort it
// does nothing.
func (f *File) Commit() error {
	if f.done {
		return nil
	}
	f.done = true
	if err := syncFile(f.temp); err != nil {
		return errors.Join(err, f.discard())
	}
	if err := closeFile(f.temp, f.temp.Name()); err != nil {
		return errors.Join(err, f.discard())
	}
	if runtime.GOOS == "windows" { // it renames no file that somebody has open
		f.unlock()
	}
	if err := put(f.dir, f.temp.Name(), f.final, f.replace); err != nil {
		return errors.Join(err, f.discard())
	}
	f.release()
	return syncFolder(filepath.Dir(f.final))
}

// Abort gives the file up. After Commit or Abort it does nothing.
func (f *File) Abort() error {
	if f.done {
		return nil
	}
	f.done = true
	return f.discard()
}

// discard removes the temporary file, which may be closed already.
func (f *File) discard() error {
	err := f.temp.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	if runtime.GOOS == "windows" {
		f.unlock()
	}
	if e := removeIn(f.dir, f.temp.Name()); !errors.Is(e, fs.ErrNotExist) {
		err = errors.Join(err, e)
	}
	f.release()
	return err
}

// release gives up all that is held beside the file.
func (f *File) release() {
	f.unlock()
	closeRoot(f.dir)
}

// closeRoot lets a folder go, which nothing was written to by it: an error is of no consequence.
func closeRoot(dir *os.Root) {
	if dir != nil {
		_ = dir.Close()
	}
}

// unlock ends the guard, which holds no data: an error is of no consequence.
func (f *File) unlock() {
	if f.guard != nil {
		_ = f.guard.Release()
		f.guard = nil
	}
}

// Write writes a file by write. After an error nothing new stands at path.
func Write(path string, replace bool, write func(io.Writer) error) error {
	return writeBy(func() (*File, error) { return Create(path, replace) }, path, write)
}

// writeBy is Write to a file that create starts.
func writeBy(create func() (*File, error), path string, write func(io.Writer) error) error {
	f, err := create()
	if err == nil {
		if err = write(f); err == nil {
			err = f.Commit()
		} else {
			err = errors.Join(err, f.Abort())
		}
	}
	var exists *ExistsError
	if err == nil || errors.As(err, &exists) {
		return err
	}
	return fmt.Errorf("writing %s: %w", path, err)
}

// WriteBytes writes a small file.
func WriteBytes(path string, data []byte, replace bool) error {
	return Write(path, replace, writing(data))
}

// WriteBytesSwept is WriteBytes as CreateSwept is Create.
func WriteBytesSwept(path string, data []byte, replace bool) error {
	return writeBy(func() (*File, error) { return CreateSwept(path, replace) }, path, writing(data))
}

func writing(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}
