package place

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/storetest"
)

// everywhere runs a test in a folder and on a store.
func everywhere(t *testing.T, test func(t *testing.T, p Place)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) { test(t, Folder(t.TempDir())) })
	onStores(t, func(t *testing.T, p Place, _ *storetest.Bucket) { test(t, p) })
}

// onStores runs a test on a store of each kind.
func onStores(t *testing.T, test func(t *testing.T, p Place, b *storetest.Bucket)) {
	t.Helper()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			b := storetest.ServeAs(t, kind)
			t.Setenv("TMPDIR", t.TempDir())
			p, err := Open(t.Context(), b.At("a/run/"))
			if err != nil {
				t.Fatal(err)
			}
			test(t, p, b)
			if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
				t.Errorf("left in the work space: %v, %v", left, err)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// text is what a file says.
func text(t *testing.T, p Place, name string) string {
	t.Helper()
	b, err := p.Read(name, 100)
	if errors.Is(err, fs.ErrNotExist) {
		return "none"
	}
	must(t, err)
	return string(b)
}

// TestPlace: files are what was written, appear when they are whole, and replace nothing unasked.
func TestPlace(t *testing.T) {
	everywhere(t, func(t *testing.T, p Place) {
		must(t, p.MkdirAll("d/e"))
		must(t, p.Write("d/a", []byte("1"), false))
		if err := p.Write("d/a", []byte("2"), false); !errors.Is(err, fs.ErrExist) || text(t, p, "d/a") != "1" {
			t.Errorf("%v, %s", err, text(t, p, "d/a"))
		}
		must(t, p.Write("d/a", []byte("22"), true))
		if n, err := p.Size("d/a"); err != nil || n != 2 || text(t, p, "d/a") != "22" {
			t.Errorf("%d bytes, %v, %s", n, err, text(t, p, "d/a"))
		}
		if _, err := p.Size("d/none"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v", err)
		}
		if _, err := p.Read("d/a", 1); err == nil || !strings.Contains(err.Error(), p.At("d/a")) {
			t.Errorf("a file that is too large: %v", err)
		}
		f, err := p.Create("d/e/b", false)
		must(t, err)
		_, err = io.WriteString(f, "hollo")
		must(t, err)
		_, err = f.WriteAt([]byte("e"), 1)
		must(t, err)
		if text(t, p, "d/e/b") != "none" {
			t.Error("a file is seen before its end")
		}
		must(t, f.Commit())
		must(t, f.Abort())
		if text(t, p, "d/e/b") != "hello" || text(t, p.Below("d/e"), "b") != "hello" || text(t, p.Below("d/e").Above(), "e/b") != "hello" {
			t.Errorf("%s", text(t, p, "d/e/b"))
		}
		if err := other(p); !errors.Is(err, fs.ErrExist) || text(t, p, "d/e/b") != "hello" {
			t.Errorf("%v, %s", err, text(t, p, "d/e/b"))
		}
		testReplace(t, p)
		f, err = p.Create("d/c", true)
		must(t, err)
		must(t, f.Abort())
		if names, err := p.List("d"); err != nil || !slices.Equal(names, []string{"a"}) {
			t.Errorf("%v, %v", names, err)
		}
		large := func(name string) bool { return name != "c" }
		if sizes, err := p.Sizes("d", large); err != nil || len(sizes) != 1 || sizes["a"] != 2 {
			t.Errorf("%v, %v", sizes, err)
		}
		if sizes, err := p.Sizes("none", large); err != nil || len(sizes) > 0 {
			t.Errorf("%v, %v", sizes, err)
		}
		if names, err := p.Folders("d"); err != nil || !slices.Equal(names, []string{"e"}) {
			t.Errorf("%v, %v", names, err)
		}
		if names, err := p.Folders("none"); err != nil || len(names) > 0 {
			t.Errorf("%v, %v", names, err)
		}
		if names, err := p.List("none"); err != nil || len(names) > 0 {
			t.Errorf("%v, %v", names, err)
		}
		must(t, p.Remove("d/a"))
		must(t, p.RemoveAll("d"))
		must(t, p.RemoveAll("d"))
		if text(t, p, "d/e/b") != "none" || text(t, p, "d/a") != "none" {
			t.Error("what was removed is there")
		}
	})
}

// testReplace: a file takes the place of the version that was read, which on a store must still be there.
func testReplace(t *testing.T, p Place) {
	t.Helper()
	must(t, p.Write("d/e/r", []byte("old"), false))
	was, err := p.Open("d/e/r")
	must(t, err)
	b := make([]byte, 2)
	if n, err := was.ReadAt(b, 1); n != 2 || err != nil || string(b) != "ld" || was.Size() != 3 {
		t.Errorf("%q of %d, %v", b, was.Size(), err)
	}
	must(t, was.Close())
	replace := func() error {
		f, err := p.Replace("d/e/r", was.Version())
		must(t, err)
		_, err = io.WriteString(f, "new")
		must(t, err)
		if text(t, p, "d/e/r") == "new" {
			t.Error("a file is replaced before the other one is whole")
		}
		return f.Commit()
	}
	must(t, replace())
	if text(t, p, "d/e/r") != "new" {
		t.Error(text(t, p, "d/e/r"))
	}
	if was.Version() != "" {
		must(t, p.Write("d/e/r", []byte("others"), true))
		if err := replace(); !errors.Is(err, ErrReplaced) || text(t, p, "d/e/r") != "others" {
			t.Errorf("%v, %s", err, text(t, p, "d/e/r"))
		}
	}
	must(t, p.Remove("d/e/r"))
	if _, err := p.Open("d/e/r"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// TestReplaceRace: what another process puts there after the last look is kept, where the store knows how to; and
// whether it does can be asked.
func TestReplaceRace(t *testing.T) {
	onStores(t, func(t *testing.T, p Place, b *storetest.Bucket) {
		if sure, err := p.Guards(); !sure || err != nil || len(b.Keys("")) > 0 {
			t.Errorf("%v, %v, %v are left", sure, err, b.Keys(""))
		}
		must(t, p.Write("r", []byte("old"), false))
		was, err := p.Open("r")
		must(t, err)
		must(t, was.Close())
		f, err := p.Replace("r", was.Version())
		must(t, err)
		_, err = io.WriteString(f, "new")
		must(t, err)
		b.First(func(_ http.ResponseWriter, r *http.Request, key string) bool {
			if r.Method == http.MethodPut || r.Method == http.MethodPost {
				b.Put(key, []byte("another"))
			}
			return false
		})
		if err := f.Commit(); !errors.Is(err, ErrReplaced) || text(t, p, "r") != "another" {
			t.Errorf("%v, %s", err, text(t, p, "r"))
		}
	})
}

// other tries to make d/e/b of other bytes.
func other(p Place) error {
	return WriteFile(p, "d/e/b", false, func(w io.Writer) error {
		_, err := io.WriteString(w, "other")
		return err
	})
}

// TestLocal: what is lent is on this machine, with the names that it has.
func TestLocal(t *testing.T) {
	everywhere(t, func(t *testing.T, p Place) {
		must(t, p.MkdirAll("d/e"))
		must(t, p.Write("d/a", []byte("1"), false))
		must(t, p.Write("d/e/b", []byte("2"), false))
		path, release, err := p.Local("d/a")
		must(t, err)
		if b, err := os.ReadFile(path); err != nil || string(b) != "1" || filepath.Base(path) != "a" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
		must(t, release())
		path, release, err = p.LocalFolder("d")
		must(t, err)
		if b, err := os.ReadFile(filepath.Join(path, "e", "b")); err != nil || string(b) != "2" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
		must(t, release())
		if text(t, p, "d/a") != "1" {
			t.Error("what was lent is gone")
		}
		for _, lend := range []func(string) (string, func() error, error){p.Local, p.LocalFolder} {
			if _, _, err := lend("none"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v", err)
			}
		}
	})
}

// TestLeadsOut: no name that a store tells leads out of the work space.
func TestLeadsOut(t *testing.T) {
	b := storetest.Serve(t)
	t.Setenv("TMPDIR", t.TempDir())
	b.Put("run/d/../../../../evil", []byte("x"))
	p, err := Open(t.Context(), "s3://bucket/run")
	must(t, err)
	if _, _, err := p.LocalFolder("d"); err == nil {
		t.Error("it was lent")
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestLocalFolderBounds: what a store lists is brought as it was listed, or not at all: of a size that no table has,
// under a name that no file can have, or changed since.
func TestLocalFolderBounds(t *testing.T) {
	b := storetest.Serve(t)
	t.Setenv("TMPDIR", t.TempDir())
	b.Put("run/d/a", []byte("1"))
	p, err := Open(t.Context(), "s3://bucket/run")
	must(t, err)
	listed := func(name string, size int64, etag string) {
		b.First(func(w http.ResponseWriter, r *http.Request, _ string) bool {
			if !r.URL.Query().Has("list-type") {
				return false
			}
			_, _ = fmt.Fprintf(w, "<ListBucketResult><Contents><Key>run/d/%s</Key><Size>%d</Size><ETag>%s</ETag></Contents></ListBucketResult>", name, size, etag)
			return true
		})
	}
	for want, list := range map[string]func(){
		"no run has as many":      func() { listed("a", 1<<40, "&quot;v1&quot;") },
		"cannot be that of a fil": func() { listed("c:x", 1, "&quot;v1&quot;") },
		"cannot be that of a ":    func() { listed(strings.Repeat("n", 300), 1, "&quot;v1&quot;") },
		"has changed":             func() { listed("a", 1, "&quot;v0&quot;") },
	} {
		list()
		if _, _, err := p.LocalFolder("d"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	listed("a", 1, "&quot;v1&quot;")
	path, release, err := p.LocalFolder("d")
	must(t, err)
	if text, err := os.ReadFile(filepath.Join(path, "a")); err != nil || string(text) != "1" {
		t.Errorf("%q, %v", text, err)
	}
	must(t, release())
}

// TestAfterwards: what is done can still be kept when the context has ended.
func TestAfterwards(t *testing.T) {
	storetest.Serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	p, err := Open(ctx, "s3://bucket/run")
	must(t, err)
	cancel()
	must(t, p.Write("a", []byte("1"), false))
}

// TestTry: what stands in the way of a table is told before the work, and nothing stays of the test.
func TestTry(t *testing.T) {
	b := storetest.Serve(t)
	must(t, Try(t.Context(), t.TempDir()))
	must(t, Try(t.Context(), "s3://bucket/run"))
	b.First(func(w http.ResponseWriter, r *http.Request, _ string) bool {
		r.Header.Del("If-None-Match")
		return false
	})
	if err := Try(t.Context(), "s3://bucket/run"); err == nil || !strings.Contains(err.Error(), "replaces objects") {
		t.Errorf("%v", err)
	}
	if keys := b.Keys(""); len(keys) > 0 {
		t.Errorf("left: %v", keys)
	}
	for _, bad := range []string{"https://h/run", "s3://bucket", "s3://b", "hf://o/r@main/run"} {
		if err := Check(bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

// TestWork: the work space is told where it is too small, and what the dead left of it is removed, but nothing that
// lives.
func TestWork(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	dead := filepath.Join(dir, workName+"dead")
	must(t, os.Mkdir(dead, 0o755))
	for _, name := range []string{workLock, "file"} {
		must(t, os.WriteFile(filepath.Join(dead, name), nil, 0o644))
	}
	must(t, os.Mkdir(filepath.Join(dir, "other"), 0o755))
	var one, two work
	a, err := one.take()
	must(t, err)
	b, err := two.take()
	must(t, err)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 || a == b {
		t.Errorf("%v, %v: %s, %s", entries, err, a, b)
	}
	must(t, errors.Join(one.give(), two.give()))
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	if _, err := room(1 << 62); err == nil || !strings.Contains(err.Error(), "set TMPDIR") {
		t.Errorf("%v", err)
	}
	if in, err := room(1); err != nil || in != dir {
		t.Errorf("%s, %v", in, err)
	}
}

// TestSwept: what a dead process left is removed once, before many files are made, and not looked for at each of them;
// a file in the making is let be.
func TestSwept(t *testing.T) {
	dir := t.TempDir()
	left := func(name string) string {
		path := filepath.Join(dir, "d", "."+name+".aaaaaaaaaaaa.tmp")
		must(t, os.WriteFile(path, []byte("left"), 0o644))
		return path
	}
	there := func(path string) bool {
		_, err := os.Lstat(path)
		return err == nil
	}
	p := Folder(dir)
	must(t, p.MkdirAll("d"))
	before := left("a")
	living, err := p.Create("d/b", false)
	must(t, err)
	swept, err := p.Swept("d", "none")
	must(t, err)
	if there(before) {
		t.Error("what was left is there")
	}
	after := left("a")
	must(t, swept.Write("d/a", []byte("one"), false))
	if !there(after) {
		t.Error("all names of the folder were looked at again")
	}
	if err := swept.Write("d/a", []byte("two"), false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written twice: %v", err)
	}
	f, err := swept.Create("d/c", false)
	must(t, err)
	must(t, f.Commit())
	must(t, living.Commit())
	if _, err := p.Swept("d"); err != nil || there(after) {
		t.Errorf("what was left stays: %v", err)
	}
	if names, err := p.List("d"); err != nil || !slices.Equal(names, []string{"a", "b", "c"}) {
		t.Errorf("%v, %v", names, err)
	}
}
