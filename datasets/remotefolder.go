package datasets

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"fc7/internal/store"
)

// bucketTree is what a store has below a folder, by the names of its objects.
type bucketTree struct {
	root  string        // address, without a slash at the end
	found []store.Entry // by name
}

// openRemoteTree lists all objects below a folder of a store, which are images when they are read and nothing before.
// Objects whose names have an empty part, . or .. are in no folder, and are passed over.
func openRemoteTree(k KindInfo, at string) (*walker, []fs.DirEntry, error) {
	t := &bucketTree{root: strings.TrimRight(at, "/")}
	all, err := store.List(context.Background(), t.root)
	if err != nil {
		return nil, nil, fmt.Errorf("data set %s: %w", k.Name, err)
	}
	w := &walker{set: &Set{Kind: k.Name, Root: t.root}, tree: t}
	t.found = slices.DeleteFunc(all, func(e store.Entry) bool {
		bad := path.Clean("/"+e.Name) != "/"+e.Name
		if bad {
			w.set.skip(skipNamed, e.Name)
		}
		return bad
	})
	entries, err := t.list("")
	return w, entries, err
}

func (t *bucketTree) at(name string) string { return t.root + "/" + name }

// list finds the objects below a folder among all of them, and each name in it once.
func (t *bucketTree) list(dir string) (all []fs.DirEntry, err error) {
	if dir != "" {
		dir += "/"
	}
	from, _ := slices.BinarySearchFunc(t.found, dir, func(e store.Entry, dir string) int { return strings.Compare(e.Name, dir) })
	last := ""
	for _, e := range t.found[from:] {
		rest, ok := strings.CutPrefix(e.Name, dir)
		if !ok {
			break
		}
		name, _, deeper := strings.Cut(rest, "/")
		if deeper && name == last { // objects of a folder stand together
			continue
		}
		if deeper {
			last = name
		}
		all = append(all, bucketEntry{name, deeper})
	}
	slices.SortStableFunc(all, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return all, nil
}

func (t *bucketTree) typeOf(_ string, e fs.DirEntry) entryType {
	if e.IsDir() {
		return entryDir
	}
	return entryFile
}

// bucketEntry is an object, or what objects have in common before a slash.
type bucketEntry struct {
	name   string
	folder bool
}

func (e bucketEntry) Name() string               { return e.name }
func (e bucketEntry) IsDir() bool                { return e.folder }
func (e bucketEntry) Info() (fs.FileInfo, error) { return nil, fs.ErrInvalid }

func (e bucketEntry) Type() fs.FileMode {
	if e.folder {
		return fs.ModeDir
	}
	return 0
}
