package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/litter"
)

// NotOurs is an error where a folder that holds no entry of marks, and so not the work that begins with them, holds one
// of names all the same: that work would take a file of somebody else's for its own, and replace it.
func NotOurs(dir string, marks []string, names ...string) error {
	there := func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	}
	if slices.ContainsFunc(marks, there) {
		return nil
	}
	if i := slices.IndexFunc(names, there); i >= 0 {
		return fmt.Errorf("%s is there already, without %s beside it, and so is none that fc7 would go on with: it is not replaced; "+
			"choose another folder, or move it away", filepath.Join(dir, names[i]), strings.Join(marks, " or "))
	}
	return nil
}

// Strangers names what the folder at path holds beside entries of these names: what a replacement by a folder of those
// alone would lose; what operating systems leave is nothing to lose. No folder has none.
func Strangers(path string, names ...string) ([]string, error) {
	entries, err := os.ReadDir(path)
	if info, e := os.Stat(path); errors.Is(err, fs.ErrNotExist) || e == nil && !info.IsDir() {
		return nil, nil
	}
	var strangers []string
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) && !litter.Is(e.Name()) {
			strangers = append(strangers, e.Name())
		}
	}
	return strangers, err
}
