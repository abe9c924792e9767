package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// text reads a file; a file that is not there reads as "none".
func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "none"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// folderText is what every file of a folder of fill's says; "none" if there is no folder, "torn" if it is not one of
// fill's, complete.
func folderText(t *testing.T, path string) string {
	t.Helper()
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return "none"
	}
	a, b := text(t, filepath.Join(path, "a")), text(t, filepath.Join(path, "sub", "b"))
	if a != b || names(t, path) != "a sub" {
		return "torn"
	}
	return a
}

// fill writes a folder of two files.
func fill(say string) func(dir string) error {
	return func(dir string) error {
		return errors.Join(
			WriteBytes(filepath.Join(dir, "a"), []byte(say), false),
			os.Mkdir(filepath.Join(dir, "sub"), 0o755),
			os.WriteFile(filepath.Join(dir, "sub", "b"), []byte(say), 0o644))
	}
}

func makeFolderOf(path, say string, replace bool) error {
	return Folder(context.Background(), path, replace, fill(say))
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var errDisk = errors.New("input/output error")

// system is a way that the machine under test may be.
type system struct {
	name string
	says map[string]error // of calls that it has not, or not here
}

var systems = []system{
	{"as it is", nil},
	{"no exchange", map[string]error{"exchange": errors.ErrUnsupported}},
	{"no links", map[string]error{"link": fs.ErrPermission}},
	{"plain renames alone", map[string]error{"link": fs.ErrPermission, "rename without replacing": errors.ErrUnsupported}},
}

// setStep puts f in the place of step; the files of a folder are synced by several goroutines.
func setStep(f func(call, path string) error) {
	var one sync.Mutex
	step = func(call, path string) error {
		one.Lock()
		defer one.Unlock()
		return f(call, path)
	}
}

// on lets f run on a system, with before called at each of its steps.
func (s system) on(before func(n int) error, f func() error) error {
	n := 0
	setStep(func(call, _ string) error {
		n++
		if err := before(n); err != nil {
			return err
		}
		return s.says[call]
	})
	defer setStep(func(string, string) error { return nil })
	return f()
}

// job is something whose every step may fail, or be the last.
type job struct {
	name    string
	replace bool
	systems []int // on which it differs
	run     func(path, say string, replace bool) error
	text    func(t *testing.T, path string) string
}

var jobs = []job{
	{"a new file", false, []int{0, 2, 3}, writeSay, text},
	{"a file replaced", true, []int{0}, writeSay, text},
	{"a new folder", false, []int{0}, makeFolderOf, folderText},
	{"a folder replaced", true, []int{0, 1}, makeFolderOf, folderText},
	{"a folder replaced that was not there", true, []int{0, 1}, makeFolderOf, folderText},
}

func writeSay(path, say string, replace bool) error { return WriteBytes(path, []byte(say), replace) }

// before is what stands under the name before the job.
func (j job) before(t *testing.T, path string) string {
	t.Helper()
	if !j.replace || strings.Contains(j.name, "not there") {
		return "none"
	}
	must(t, j.run(path, "old", false))
	return "old"
}

func (j job) on() (all []system) {
	for _, s := range j.systems {
		all = append(all, systems[s])
	}
	return all
}
