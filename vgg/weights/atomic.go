package weights

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeAtomically gives write a temporary file beside path, and renames it to path when it is complete and synced. On an
// error the temporary file is removed and path is as it was.
func writeAtomically(path string, overwrite bool, write func(io.Writer) error) (err error) {
	if err := checkAbsent(path, overwrite); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:8]+".tmp")
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(temporary))
		}
	}()
	if err := errors.Join(fill(file, write), file.Close()); err != nil {
		return err
	}
	if err := checkAbsent(path, overwrite); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

func fill(file *os.File, write func(io.Writer) error) error {
	if err := write(file); err != nil {
		return err
	}
	return file.Sync()
}

func checkAbsent(path string, overwrite bool) error {
	if overwrite {
		return nil
	}
	_, err := os.Lstat(path)
	if err == nil {
		return fmt.Errorf("%w; remove it, choose another name, or ask for it to be overwritten", fs.ErrExist)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// syncFolder makes the rename itself survive a power cut. Not every system can, and the file is whole either way, so a
// failure is of no consequence.
func syncFolder(path string) {
	folder, err := os.Open(path)
	if err != nil {
		return
	}
	_ = folder.Sync()
	_ = folder.Close()
}
