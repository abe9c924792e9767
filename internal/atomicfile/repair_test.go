package atomicfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// left makes a folder that a killed process left beside path, last changed some hours ago.
func left(t *testing.T, path, suffix, say string, hours int) {
	t.Helper()
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+suffix)
	at := time.Now().Add(-time.Duration(hours) * time.Hour)
	must(t, errors.Join(os.Mkdir(name, 0o755), fill(say)(name), os.Chtimes(name, at, at)))
}

// A lock that a killed process left goes, one that is held stays.
func TestRestoreRemovesTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	must(t, makeFolderOf(path, "x", false))
	must(t, os.WriteFile(lockName(path), nil, 0o644))
	must(t, Restore(path))
	if got := names(t, filepath.Dir(path)); got != "x" {
		t.Errorf("there is %s", got)
	}
	l, err := lockFolder(context.Background(), path)
	must(t, err)
	must(t, Restore(path))
	if got := names(t, filepath.Dir(path)); got != ".x.lock x" && !l.Void() {
		t.Errorf("there is %s", got)
	}
	must(t, l.Release())
}

// What killed processes left beside a folder that stands goes, the folder stays, and so does what is of another name.
func TestTidy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	must(t, makeFolderOf(path, "x", false))
	for _, name := range []string{newTemp(path), newTemp(path + "y"), strings.TrimSuffix(newTemp(path), tempSuffix) + oldSuffix} {
		must(t, os.MkdirAll(filepath.Join(name, "some"), 0o755))
	}
	must(t, Tidy(context.Background(), path))
	if got := names(t, filepath.Dir(path)); !strings.HasPrefix(got, ".xy.") || !strings.HasSuffix(got, "x") || strings.Count(got, " ") != 1 || folderText(t, path) != "x" {
		t.Errorf("there is %s", got)
	}
	must(t, Tidy(context.Background(), filepath.Join(t.TempDir(), "none")))
}

// Of the folders that were being replaced the last one is put back where nothing stands, and nothing else of them
// stays. Names of today and of earlier versions are known, those of other folders are not touched. Where something
// stands nothing changes.
func TestRestore(t *testing.T) {
	for _, stands := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "heads")
		left(t, path, ".aaa.old.tmp", "older", 3)
		left(t, path, ".bbb.old.tmp", "newer", 2)
		left(t, path, "-12345.old", "earlier", 4)
		left(t, path, ".ccc.tmp", "unfinished", 1)
		left(t, path, "-12345", "unfinished", 1)
		left(t, path, "s.ddd.tmp", "another", 1)
		left(t, path, "-123.old", "another", 1)
		want, beside := "newer", ".heads-123.old .headss.ddd.tmp heads"
		if stands {
			must(t, errors.Join(os.Mkdir(path, 0o755), fill("standing")(path)))
			want, beside = "standing", names(t, filepath.Dir(path))
		}
		must(t, Restore(path))
		if got, all := folderText(t, path), names(t, filepath.Dir(path)); got != want || all != beside {
			t.Errorf("%q stands among %s, want %q among %s", got, all, want, beside)
		}
	}
}

// TestSweep: of all temporary files those of the dead go, whatever they are of; the living's stay, and so does what
// only looks alike.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	living, err := Create(filepath.Join(dir, "step-8"), false)
	must(t, err)
	stay := []string{".notes.tmp", ".a.b.tmp", "step-7.abcdefghijkl.tmp", ".step-7.ABCDEFGHIJKL.tmp", ".step-7.abcdefghijkl.tmp.bak", filepath.Base(living.temp.Name())}
	for _, name := range append(stay[:5:5], ".step-7.abcdefghijkl.tmp", ".x.y.234567abcdef.tmp") {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	must(t, os.Mkdir(filepath.Join(dir, ".heads.abcdefghijkl.tmp"), 0o755)) // Folder removes it, under its lock
	must(t, Sweep(dir, filepath.Join(dir, "none")))
	if got := strings.Fields(names(t, dir)); len(got) != len(stay)+1 {
		t.Errorf("there is %q", got)
	}
	must(t, living.Commit())
}
