package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "x")
	must(t, makeFolderOf(path, "one", false))
	err := makeFolderOf(path, "two", false)
	if got := folderText(t, path); got != "one" || !errors.Is(err, fs.ErrExist) || !strings.HasPrefix(err.Error(), path+" exists already") {
		t.Errorf("%q, %v", got, err)
	}
	must(t, makeFolderOf(path+string(filepath.Separator), "two", true))
	if got := folderText(t, path); got != "two" {
		t.Errorf("%q", got)
	}
	broken := errors.New("broken")
	err = Folder(context.Background(), path, true, func(dir string) error { return errors.Join(fill("three")(dir), broken) })
	if got := folderText(t, path); got != "two" || !errors.Is(err, broken) {
		t.Errorf("%q, %v", got, err)
	}
	if left := names(t, filepath.Dir(path)); left != "x" {
		t.Errorf("there is %s", left)
	}
}

// TestRemoveFolder: what a killed process left goes too, and a link stays.
func TestRemoveFolder(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "x")
	must(t, makeFolderOf(path, "one", false))
	must(t, os.Mkdir(newTemp(path), 0o755))
	must(t, os.Symlink("x", filepath.Join(root, "link")))
	must(t, RemoveFolder(t.Context(), filepath.Join(root, "link")))
	if left := names(t, root); left != "link" {
		t.Errorf("there is %s", left)
	}
	must(t, RemoveFolder(t.Context(), path))
	must(t, makeFolderOf(path, "two", false))
	if got := folderText(t, path); got != "two" {
		t.Errorf("%q", got)
	}
}

// An empty folder counts as nothing; a file, or a folder that somebody fills meanwhile, does not.
func TestFolderOntoWhatIsThere(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "empty")
	must(t, os.Mkdir(path, 0o700))
	must(t, makeFolderOf(path, "x", false))
	if got := folderText(t, path); got != "x" {
		t.Errorf("%q", got)
	}
	file := filepath.Join(root, "file")
	must(t, os.WriteFile(file, []byte("mine"), 0o644))
	never := func(string) error { t.Error("filled"); return nil }
	if err := Folder(context.Background(), file, false, never); !errors.Is(err, fs.ErrExist) || text(t, file) != "mine" {
		t.Errorf("onto a file: %v", err)
	}
	for _, what := range []string{"file", "folder"} {
		busy := filepath.Join(root, "busy "+what)
		err := Folder(context.Background(), busy, false, func(string) error {
			if what == "file" {
				return os.WriteFile(busy, nil, 0o644)
			}
			return os.MkdirAll(filepath.Join(busy, "mine"), 0o755)
		})
		if !errors.Is(err, fs.ErrExist) {
			t.Errorf("a %s came meanwhile: %v", what, err)
		}
	}
	if got := names(t, root); got != "busy file busy folder empty file" || names(t, filepath.Join(root, "busy folder")) != "mine" {
		t.Errorf("there is %s", got)
	}
}

// Of a link to a folder, what it leads to is replaced, and not the link; a file is replaced itself.
func TestFolderThroughALink(t *testing.T) {
	for _, s := range systems {
		root := t.TempDir()
		must(t, makeFolderOf(filepath.Join(root, "far"), "far", false))
		if err := os.Symlink("far", filepath.Join(root, "x")); err != nil {
			t.Skip(err)
		}
		must(t, os.WriteFile(filepath.Join(root, "y"), nil, 0o644))
		for _, name := range []string{"x", "y"} {
			must(t, s.on(func(int) error { return nil }, func() error { return makeFolderOf(filepath.Join(root, name), "new", true) }))
			if got := folderText(t, filepath.Join(root, name)); got != "new" {
				t.Errorf("%s: %s is %q", s.name, name, got)
			}
		}
		if got, err := os.Readlink(filepath.Join(root, "x")); err != nil || got != "far" {
			t.Errorf("%s: the link leads to %q, error %v", s.name, got, err)
		}
		if got := folderText(t, filepath.Join(root, "far")); got != "new" || names(t, root) != "far x y" {
			t.Errorf("%s: %q, there is %s", s.name, got, names(t, root))
		}
	}
}

// What earlier versions left goes, and the old folder comes back if it is all that there is.
func TestFolderOfEarlierVersions(t *testing.T) {
	for _, stands := range []bool{true, false} {
		root := t.TempDir()
		path := filepath.Join(root, "heads")
		must(t, makeFolderOf(filepath.Join(root, ".heads-123456789"), "unfinished", false))
		must(t, makeFolderOf(filepath.Join(root, ".heads-123456789.old"), "old", false))
		keep := []string{".heads-mine", ".heads-12", "heads-123456789", ".heads-123456789.old.bak"}
		for _, name := range keep {
			must(t, os.Mkdir(filepath.Join(root, name), 0o755))
		}
		must(t, os.WriteFile(filepath.Join(root, ".heads-987654321"), nil, 0o644)) // a file is none of a folder's
		if stands {
			must(t, os.Mkdir(path, 0o755))
			must(t, fill("newer")(path))
		}
		must(t, Restore(path))
		if got := folderText(t, path); got != map[bool]string{true: "newer", false: "old"}[stands] {
			t.Errorf("%q", got)
		}
		must(t, makeFolderOf(path, "new", true))
		if got := names(t, root); folderText(t, path) != "new" || len(strings.Fields(got)) != len(keep)+2 {
			t.Errorf("%q, there is %s", folderText(t, path), got)
		}
	}
}

// One process at a time makes a folder: the other waits, or is told to stop.
func TestFolderWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	l, err := lockFolder(context.Background(), path)
	must(t, err)
	if l.Void() {
		t.Skip("no locks on this system")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	err = Folder(ctx, path, false, func(string) error { t.Error("filled"); return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = l.Release() })
	must(t, makeFolderOf(path, "x", false))
	if got := folderText(t, path); got != "x" {
		t.Errorf("%q", got)
	}
}

// A reader finds a whole folder at every moment.
func TestFolderIsAlwaysThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	must(t, makeFolderOf(path, "same", false))
	if err := exchange(path, path+"none"); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no exchange of names on this system")
	}
	stop, bad := make(chan bool), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				bad <- n
				return
			default:
				if _, err := os.Stat(path); err != nil {
					n++
				}
			}
		}
	}()
	for range 50 {
		must(t, makeFolderOf(path, "same", true))
	}
	close(stop)
	if n := <-bad; n > 0 {
		t.Errorf("it was not there %d times", n)
	}
}

func TestPlaceFolder(t *testing.T) {
	root := t.TempDir()
	from, to := filepath.Join(root, "from"), filepath.Join(root, "to")
	must(t, makeFolderOf(from, "one", false))
	must(t, PlaceFolder(from, to))
	must(t, makeFolderOf(from, "two", false))
	if err := PlaceFolder(from, to); !errors.Is(err, fs.ErrExist) || folderText(t, to) != "one" || folderText(t, from) != "two" {
		t.Error(err)
	}
}

// TestOldFolderStays: where the old folder cannot be removed at first it is tried again, and a message names it only if
// it is there.
func TestOldFolderStays(t *testing.T) {
	for _, s := range systems[:2] {
		for fails := 1; fails <= 3; fails++ {
			path := filepath.Join(t.TempDir(), "x")
			must(t, makeFolderOf(path, "old", false))
			n := 0
			setStep(func(call, _ string) error {
				if call == "remove all" {
					if n++; n <= fails {
						return errDisk
					}
				}
				return s.says[call]
			})
			err := makeFolderOf(path, "new", true)
			setStep(func(string, string) error { return nil })
			if got := folderText(t, path); got != "new" {
				t.Errorf("%s: %q stands", s.name, got)
			}
			left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".x.*"))
			if len(left) == 0 != (err == nil) || len(left) > 0 && !strings.Contains(err.Error(), left[0]+": remove all") {
				t.Errorf("%s, removing fails %d times: %v, there is %q", s.name, fails, err, left)
			}
		}
	}
}
