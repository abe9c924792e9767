package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestPlaces(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths are those of Unix")
	}
	for _, c := range []struct {
		set              Set
		path, name, text string
	}{
		{Set{Root: "/data"}, "/data/a/1.jpg", "a/1.jpg", "a/1.jpg"},
		{Set{Root: "/data"}, "/data/..b.jpg", "..b.jpg", "..b.jpg"},
		{Set{Root: "/data"}, "/data2/1.jpg", "../data2/1.jpg", "../data2/1.jpg"},
		{Set{Root: "/"}, "/a/1.jpg", "a/1.jpg", "a/1.jpg"},
		{Set{Root: "a"}, "a/b/a/1.jpg", "b/a/1.jpg", "b/a/1.jpg"},
		{Set{Root: "."}, "a./1.jpg", "a./1.jpg", "a./1.jpg"},
		{Set{Root: "lists"}, "other/1.jpg", "../other/1.jpg", "../other/1.jpg"},
		{Set{Root: "/data/lists"}, "/data/other/1.jpg", "../other/1.jpg", "../other/1.jpg"},
		{Set{Root: "/data/lists", absolute: true}, "/data/other/1.jpg", "/data/other/1.jpg", "1.jpg"},
		{Set{Root: ".", absolute: true, piped: true}, "/data/1.jpg", "/data/1.jpg", "1.jpg"},
		{Set{Root: "/data"}, "/data/\x1b\n.jpg", "\x1b\n.jpg", `\x1b\x0a.jpg`},
		{Set{Root: "/da\nta"}, "/da\nta/1.jpg", "1.jpg", `1.jpg`},
		{Set{joined: []*Set{{Root: "/data"}, {Root: "/more"}}}, "/more/1.jpg", "1.jpg", "1.jpg"},
		{Set{joined: []*Set{{Root: "/data"}}}, "/mine/1.jpg", "/mine/1.jpg", "1.jpg"},
	} {
		p := c.set.Places()
		if got := p.Path(c.path); got != c.name {
			t.Errorf("%+v: %q, want %q", c.set, got, c.name)
		}
		err := fmt.Errorf("open image: %w", &fs.PathError{Op: "stat", Path: c.path, Err: fs.ErrNotExist})
		if got, want := p.Text(c.path, err), "open image: stat "+c.text+": file does not exist"; got != want {
			t.Errorf("%+v: %q, want %q", c.set, got, want)
		}
	}
	at := Location{Path: "/data/a.tar", Part: &Part{Offset: 512, Size: 9}}
	p := (&Set{Root: "/data"}).Places()
	err := fmt.Errorf("open image %s: cut, unlike /data/b.tar, /mydata/a.tar and /data/a.tar.gz; %w", at, errors.New("/data/a.tar: x"))
	if got, want := p.Text(at.Path, err), "open image a.tar@512+9: cut, unlike b.tar, /mydata/a.tar and a.tar.gz; a.tar: x"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The set's folder is the same by any of its names, and so are the files in it that a list names by another.
func TestPlacesByLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	root := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Set{{Root: root, absolute: true}, {Root: link, absolute: true}} {
		for _, dir := range []string{root, link} {
			if got := s.Places().Path(filepath.Join(dir, "gone.jpg")); got != "gone.jpg" {
				t.Errorf("%s in %s: %q", dir, s.Root, got)
			}
		}
	}
}
