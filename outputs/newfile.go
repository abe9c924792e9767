package outputs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// NewFile writes a small file in one step: it appears under its name only when it is complete. A file that is there already is an
// error that wraps fs.ErrExist and stays as it is, unless overwrite is set.
func NewFile(path string, data []byte, overwrite bool) (err error) {
	if _, err := os.Lstat(path); err == nil && !overwrite {
		return fmt.Errorf("%s: %w: choose another name, or ask to overwrite it", path, fs.ErrExist)
	}
	f, err := createTemp(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return publish(f.Name(), path, overwrite)
}
