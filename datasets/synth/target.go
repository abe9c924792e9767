package synth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// target resolves dir and checks that it is free, absent or an empty folder, unless it may be replaced.
func target(dir string, replace bool) (string, error) {
	if dir == "" {
		return "", errors.New("want a folder to write to, found an empty name")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return abs, nil
	}
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(real)
	if err != nil {
		return "", err
	}
	if len(entries) > 0 && !replace {
		return "", fmt.Errorf("the folder %s is not empty (it has %s): nothing is overwritten; remove it or name another", dir, entries[0].Name())
	}
	return real, nil
}
