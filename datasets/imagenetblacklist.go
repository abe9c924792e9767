package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/machine"
)

// Of the validation images of ILSVRC-2012 the localisation challenge leaves those out whose boxes are not to be relied
// on: 1,762 numbers of images, one a line, in the development kits of these years.
var (
	blacklistYears   = []string{"2014", "2013", "2015"}
	blacklistLimits  = lineLimits{bytes: 1 << 20, line: 100, lines: 50_000, what: "a list of validation images that do not count"}
	blacklistFolders = []string{"ILSVRC%s_devkit", "ILSVRC%s", "ILSVRC%s_clsloc_devkit"} // of kits of a year
)

// blacklist finds and reads the list in or below the folder of a set; "": there is none.
func blacklist(root string) (name string, numbers map[int]bool, err error) {
	for _, year := range blacklistYears {
		folders := slices.Clone(kitFolders)
		for _, f := range blacklistFolders {
			f = fmt.Sprintf(f, year)
			folders = append(folders, path.Join(f, "data"), path.Join(f, "devkit", "data"))
		}
		for _, dir := range folders {
			name := filepath.Join(root, filepath.FromSlash(dir), "ILSVRC"+year+"_clsloc_validation_blacklist.txt")
			f, err := os.Open(name)
			switch {
			case err == nil:
				numbers, err = parseBlacklist(name, f)
				return name, numbers, errors.Join(err, f.Close())
			case machine.Withholds(err), !errors.Is(err, fs.ErrNotExist):
				return "", nil, err
			}
		}
	}
	return "", nil, nil
}

// parseBlacklist reads the number of a validation image a line.
func parseBlacklist(name string, r io.Reader) (map[int]bool, error) {
	all := make(map[int]bool)
	return all, readLines(name, r, blacklistLimits, func(_ int, text []byte) error {
		line := strings.TrimSpace(string(text))
		if line == "" {
			return nil
		}
		n, err := strconv.Atoi(line)
		if err != nil || n < 1 || n > 99_999_999 {
			return fmt.Errorf("want the number of a validation image, found %q", escape.Short(line))
		}
		all[n] = true
		return nil
	})
}

// leaveBlacklisted leaves the validation images out that a blacklist in the set's folder names, and notes how many.
func (b *Boxed) leaveBlacklisted() error {
	if b.Kind != imagenet.Name {
		return nil
	}
	name, numbers, err := blacklist(b.Root)
	if err != nil || name == "" {
		return err
	}
	before := len(b.Items)
	b.Items = slices.DeleteFunc(b.Items, func(it Item) bool {
		n, ok := valNumber(path.Base(it.ID))
		return ok && numbers[n]
	})
	if n := before - len(b.Items); n > 0 {
		b.Notes = append(b.Notes, fmt.Sprintf("%d validation images are left out, whose boxes do not count in ILSVRC: %s names %d", n, filepath.Base(name), len(numbers)))
	}
	return nil
}
