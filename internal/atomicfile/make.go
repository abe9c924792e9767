package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// MkdirAll makes a folder, and those above it that are not there, with names that outlast a power cut.
func MkdirAll(path string) error {
	path = filepath.Clean(path)
	var above []string // folders that get a new name
	for dir := path; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			break
		}
		above = append(above, filepath.Dir(dir))
	}
	if err := step("mkdir", path); err != nil {
		return &os.PathError{Op: "mkdir", Path: path, Err: err}
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	for i := len(above); i > 0; i-- {
		if err := syncFolder(above[i-1]); err != nil {
			return err
		}
	}
	return nil
}

// OpenGrowing opens a file that is written where it stands, for reading and writing, and makes it if it is not there.
// Its name outlasts a power cut; what of its content does is up to who writes it, and must be told by that itself.
func OpenGrowing(path string) (*os.File, error) {
	_, err := os.Lstat(path)
	f, e := open(nil, path, os.O_RDWR|os.O_CREATE)
	if e != nil || err == nil {
		return f, e
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
