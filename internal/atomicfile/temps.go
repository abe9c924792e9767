package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"fc7/internal/lock"
)

const (
	tempSuffix = ".tmp"
	oldSuffix  = ".old" + tempSuffix // of a folder that is being replaced
)

// maxStem is how much of a name a temporary one repeats, so that it is not too long for the file system.
const maxStem = 200

// stem is what the temporary names of a file or folder begin with.
func stem(path string) string {
	name := filepath.Base(path)
	if len(name) > maxStem {
		n := maxStem
		for n > 0 && !utf8.RuneStart(name[n]) {
			n--
		}
		name = name[:n]
	}
	return "." + name + "."
}

// newTemp is a name beside path that nothing has.
func newTemp(path string) string {
	return filepath.Join(filepath.Dir(path), stem(path)+strings.ToLower(rand.Text()[:12])+tempSuffix)
}

// IsTemp tells whether a name is that of a result in the making, or of one that a killed process left.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, tempSuffix)
}

// isTempOf tells whether a name is a temporary one of the stem, and whether it is that of a folder that was being
// replaced.
func isTempOf(name, stem string) (temp, old bool) {
	name, ok := strings.CutPrefix(name, stem)
	if !ok {
		return false, false
	}
	middle, old := strings.CutSuffix(name, oldSuffix)
	if !old {
		middle, ok = strings.CutSuffix(name, tempSuffix)
	}
	return ok && !strings.Contains(middle, "."), old
}

// list lists the folder that path is in; of one that may be written to but not read, nothing.
func list(path string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	return entries, err
}

// removeDeadFiles removes the temporary files of path that dead processes left.
func removeDeadFiles(path string) error {
	dir := filepath.Dir(path)
	entries, err := list(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if temp, old := isTempOf(e.Name(), stem(path)); !temp || old || !e.Type().IsRegular() {
			continue
		}
		if err := RemoveDead(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// tempName is what newTemp makes.
var tempName = regexp.MustCompile(`^\..+\.[a-z2-7]{12}\.tmp$`)

// Sweep removes from folders of a run the temporary files that dead processes left, whatever they were to become: those
// of a name that is not written again, such as a checkpoint's, would stay for good. A folder that is not there has
// none.
func Sweep(dirs ...string) error {
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return err
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !tempName.MatchString(e.Name()) {
				continue
			}
			if err := RemoveDead(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("removing what a killed process left: %w", err)
			}
		}
	}
	return nil
}

// RemoveDead removes a temporary file, unless a living process locks it, or nothing can be told of that. A file that is
// gone already is none to remove.
func RemoveDead(temp string) error {
	l, err := lock.Standing(temp)
	if err == nil {
		err = removeLocked(l, temp)
	}
	if errors.Is(err, lock.ErrHeld) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil // in use, gone, or somebody else's to remove
	}
	return err
}

func removeLocked(l *lock.Lock, temp string) error {
	if l.Void() {
		return l.Release()
	}
	if err := step("remove", temp); err != nil {
		return errors.Join(&os.PathError{Op: "remove", Path: temp, Err: err}, l.Release())
	}
	return l.Remove()
}
