package synth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/bounded"
	"fc7/internal/few"
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
	if len(entries) > 0 {
		err = onlyDrawn(real)
	}
	return real, err
}

// maxReadme bounds what is read of the text that a drawn data set carries.
const maxReadme = 1 << 20

// onlyDrawn refuses to replace what is more than a data set that this package drew: photographs of somebody's own.
func onlyDrawn(dir string) error {
	readme, err := bounded.File(filepath.Join(dir, readmeName), maxReadme)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var ours []string
	if strings.HasPrefix(string(readme), readmeBegin) {
		ours = []string{readmeName}
		for _, l := range layouts() {
			ours = append(ours, l.folders...)
		}
	}
	strangers, err := atomicfile.Strangers(dir, ours...)
	if err == nil && len(strangers) > 0 {
		err = fmt.Errorf("the folder %s is not replaced, because it holds more than a drawn data set: %s; name another", dir, few.Names(strangers))
	}
	return err
}
