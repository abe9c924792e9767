package outputs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// BringShard puts the finished shard at path into dir under its name, in one step and without replacing anything: by a hard link,
// which costs no room, or, where that is not possible or not wanted, by a copy. linked tells which.
func BringShard(path, dir string, copying bool) (linked bool, err error) {
	name := filepath.Base(path)
	final := filepath.Join(dir, name)
	if !copying {
		err := os.Link(path, final)
		if err == nil {
			return true, syncDir(dir)
		}
		if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("linking %s: %w", final, err)
		}
	}
	if err := copyFile(path, dir, name); err != nil {
		return false, fmt.Errorf("copying %s to %s: %w", path, dir, err)
	}
	return false, nil
}

func copyFile(path, dir, name string) (err error) {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := removeTemps(dir, name); err != nil {
		return err
	}
	f, err := createTemp(dir, name)
	if err != nil {
		return err
	}
	if _, err = io.Copy(f, from); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = publish(f.Name(), filepath.Join(dir, name), false)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
