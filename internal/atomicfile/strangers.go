package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"fc7/internal/litter"
)

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
