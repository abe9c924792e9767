package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// MkdirAll makes a folder, and those that it is in, as far as they are not there, and brings their names to the disk:
// what is written into them later is lost with a name that a power cut takes away.
func MkdirAll(dir string) error {
	dir = filepath.Clean(dir)
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := mkdir(dir); err != nil {
		if info, e := os.Stat(dir); !errors.Is(err, fs.ErrExist) || e != nil || !info.IsDir() {
			return err
		} // made by another process just now
	}
	return syncFolder(filepath.Dir(dir))
}

// Writable tries whether a file can be made in a folder; where the system can, by one without a name, of which a kill
// leaves nothing. name is that of a file that does not stand there, for systems that cannot.
func Writable(dir, name string) error {
	if err := sysUnnamed(dir); !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	f, err := Create(filepath.Join(dir, name), true)
	if err != nil {
		return err
	}
	return f.Abort()
}

// AppendsError says of a folder that its file system lets files be appended to, and not be changed before they get
// their names, as those of buckets that are mounted do.
type AppendsError struct {
	Dir string
	Err error
}

func (e *AppendsError) Error() string {
	return fmt.Sprintf("%s: files can only be appended to there (%v), and those of a table are changed before they get their names: choose a folder on another file system, or the address of a store", e.Dir, e.Err)
}

func (e *AppendsError) Unwrap() error { return e.Err }

// Changeable tries whether a file in the making can be changed in a folder, by one called name of which nothing stays.
// Where it can only be appended to that is an *AppendsError.
func Changeable(dir, name string) error {
	f, err := Create(filepath.Join(dir, name), true)
	if err != nil {
		return err
	}
	if _, err = f.Write([]byte("ab")); err == nil {
		if err = step("change", f.temp.Name()); err == nil {
			_, err = f.WriteAt([]byte("c"), 0)
		}
		if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ESPIPE) || errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) {
			err = &AppendsError{dir, err}
		}
	}
	return errors.Join(err, f.Abort())
}
