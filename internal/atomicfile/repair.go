package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"fc7/internal/lock"
)

// leftovers are what killed processes left of a folder.
type leftovers struct {
	temps []string // new ones, complete or not, and old ones after an exchange
	olds  []string // that were being replaced without one; the last modified first
}

// formerly is what earlier versions named a new folder, ".NAME-4711", and the old one that it replaced.
var formerly = regexp.MustCompile(`^-\d{5,10}(\.old)?$`)

// findLeftovers lists what was left of the folder at path.
func findLeftovers(path string) (left leftovers, err error) {
	entries, err := list(path)
	if err != nil {
		return left, err
	}
	begin := stem(path)
	for _, e := range entries {
		temp, old := isTempOf(e.Name(), begin)
		if tail, ok := strings.CutPrefix(e.Name(), "."+filepath.Base(path)); ok && e.IsDir() && formerly.MatchString(tail) {
			temp, old = true, strings.HasSuffix(tail, ".old")
		}
		switch name := filepath.Join(filepath.Dir(path), e.Name()); {
		case old:
			left.olds = append(left.olds, name)
		case temp:
			left.temps = append(left.temps, name)
		}
	}
	slices.SortStableFunc(left.olds, func(a, b string) int { return modified(b).Compare(modified(a)) })
	return left, nil
}

func modified(path string) (t time.Time) {
	if info, err := os.Lstat(path); err == nil {
		t = info.ModTime()
	}
	return t
}

// Restore puts the folder at path back if a process was killed while it replaced it, between the two renames of a
// system without an exchange, and removes the lock that he left. Who reads a folder that Folder writes calls it first;
// mostly it does nothing.
func Restore(path string) error {
	path = Through(path)
	lock.Clear(lockName(path))
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // it stands, or whoever opens it tells why he cannot
	}
	left, err := findLeftovers(path)
	if err != nil || len(left.olds) == 0 {
		return nil // likewise
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	l, err := lockFolder(ctx, path)
	if err == nil {
		err = errors.Join(repair(path, l), l.Release())
	}
	if err != nil {
		return fmt.Errorf("%s is not there; a killed process left what stood there as %s; putting it back: %w", path, left.olds[0], err)
	}
	return nil
}

// Tidy removes what killed processes left of the folder at path, for those who keep the one that stands. A process that
// makes it now is waited for.
func Tidy(ctx context.Context, path string) error {
	path = Through(path)
	left, err := findLeftovers(path)
	if err != nil || len(left.temps)+len(left.olds) == 0 {
		return err
	}
	l, err := lockFolder(ctx, path)
	if err != nil {
		return err
	}
	if err := errors.Join(repair(path, l), l.Release()); err != nil {
		return fmt.Errorf("removing what a killed process left of %s: %w", path, err)
	}
	return nil
}

// patience is how long Restore waits for a process that is at work, which is between two renames.
const patience = 5 * time.Second

// repair puts the old folder back if nothing stands at path, and removes what else was left. The caller holds the lock;
// where there are no locks, nothing is removed, as it may be in use.
func repair(path string, l *lock.Lock) error {
	left, err := findLeftovers(path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) && len(left.olds) > 0 {
		if err := rename(left.olds[0], path); err != nil {
			return err
		}
		left.olds = left.olds[1:]
		if err := syncFolder(filepath.Dir(path)); err != nil {
			return err
		}
	}
	if l.Void() {
		return nil
	}
	for _, name := range append(left.temps, left.olds...) {
		if err := removeLeft(name); err != nil {
			return err
		}
	}
	return nil
}

// removeLeft removes a leftover, unless it is somebody else's to remove; a file, which may be one in the making, only
// if it is dead.
func removeLeft(path string) error {
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		return RemoveDead(path)
	}
	if err := removeAll(path); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
