package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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
