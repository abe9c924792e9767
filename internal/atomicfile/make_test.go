package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// synced are the paths below root that f brings to the disk.
func synced(t *testing.T, root string, f func() error) []string {
	t.Helper()
	var paths []string
	setStep(func(call, path string) error {
		if rel, err := filepath.Rel(root, path); err == nil && call == "sync" {
			paths = append(paths, filepath.ToSlash(rel))
		}
		return nil
	})
	defer setStep(func(string, string) error { return nil })
	must(t, f())
	return paths
}

// TestMkdirAll: every folder that has a new name in it is brought to the disk, and no other.
func TestMkdirAll(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a", "b", "c")
	mk := func() error { return MkdirAll(path + string(filepath.Separator)) }
	if got := synced(t, root, mk); !slices.Equal(got, []string{".", "a", "a/b"}) {
		t.Errorf("synced %q", got)
	}
	if got := synced(t, root, mk); len(got) > 0 {
		t.Errorf("nothing was made, synced %q", got)
	}
	file := filepath.Join(path, "file")
	grow := func() error {
		f, err := OpenGrowing(file)
		if err == nil {
			_, err = f.WriteString("x")
			err = errors.Join(err, f.Close())
		}
		return err
	}
	if got := synced(t, root, grow); !slices.Equal(got, []string{"a/b/c"}) {
		t.Errorf("a new file: synced %q", got)
	}
	if got := synced(t, root, grow); len(got) > 0 || text(t, file) != "x" {
		t.Errorf("a file that is there: synced %q, it says %q", got, text(t, file))
	}
	if err := MkdirAll(filepath.Join(file, "d")); err == nil || !strings.Contains(err.Error(), "file") {
		t.Errorf("below a file: %v", err)
	}
	// Folder and Create in new folders leave no name that a power cut takes.
	if got := synced(t, root, func() error { return makeFolderOf(filepath.Join(root, "x", "y"), "z", false) }); !slices.Contains(got, ".") || !slices.Contains(got, "x") {
		t.Errorf("a folder in a new folder: synced %q", got)
	}
	if _, err := os.Stat(filepath.Join(root, "x", "y", "a")); err != nil {
		t.Error(err)
	}
}
