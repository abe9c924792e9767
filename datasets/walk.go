package datasets

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"fc7/internal/escape"
)

// folders are what a walker walks: folders of a disk, or of a store. Names are from the root on, with slashes.
type folders interface {
	// list tells what is in a folder, by name.
	list(dir string) ([]fs.DirEntry, error)
	// typeOf follows a link in a folder.
	typeOf(dir string, e fs.DirEntry) entryType
	// at is where a file is.
	at(name string) string
}

// disk is a folder of this machine.
type disk struct{ root string }

func (d disk) at(name string) string { return filepath.Join(d.root, filepath.FromSlash(name)) }

func (d disk) list(dir string) ([]fs.DirEntry, error) { return os.ReadDir(d.at(dir)) }

func (d disk) typeOf(dir string, e fs.DirEntry) entryType { return typeOf(d.at(dir), e) }

// walker collects the images of a tree in the order of their names.
type walker struct {
	set   *Set
	tree  folders
	canon string          // the root without links; of a store, where there are none, nothing
	seen  map[string]bool // folders outside the root that were entered, without links

	beside func(name string) bool // takes a file that is no image; false: it is passed over. nil: all are
}

func newWalker(k KindInfo, root string) (*walker, error) {
	canon, err := canonical(root)
	if err != nil {
		return nil, fmt.Errorf("data set %s:%s: %w", k.Name, root, err)
	}
	return &walker{
		set:   &Set{Kind: k.Name, Root: root},
		tree:  disk{root},
		canon: canon,
		seen:  make(map[string]bool),
	}, nil
}

// canonical returns the absolute path without links.
func canonical(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// enter reads the folder e of the folder rel (relative to the root; canon is the same without links) unless it is a
// link to a folder read elsewhere, for which it returns false.
func (w *walker) enter(rel, canon string, e fs.DirEntry, labels *labels) (bool, error) {
	canon, entered, err := w.follow(rel, canon, e)
	if err != nil || !entered {
		return false, err
	}
	return true, w.dir(path.Join(rel, e.Name()), canon, labels)
}

// follow gives the place without links of the folder e of the folder rel; not entered: it is a link to a folder read
// elsewhere.
func (w *walker) follow(rel, canon string, e fs.DirEntry) (_ string, entered bool, err error) {
	if _, local := w.tree.(disk); !local {
		return "", true, nil
	}
	name := path.Join(rel, e.Name())
	canon = filepath.Join(canon, e.Name())
	if e.Type()&fs.ModeSymlink != 0 {
		target, err := canonical(w.tree.at(name))
		if err != nil {
			return "", false, fmt.Errorf("data set %s:%s: follow link: %w", w.set.Kind, w.set.Root, err)
		}
		canon = target
	}
	if w.readElsewhere(canon, e) {
		w.set.skip(skipVisited, name)
		return "", false, nil
	}
	return canon, true, nil
}

// readElsewhere reports whether the folder is, or will be, read under another path, and notes it as read otherwise. A
// visible folder inside the root is read under its own path, so that only links to it are left out; folders outside,
// and hidden ones inside, are read where they are met first.
func (w *walker) readElsewhere(canon string, e fs.DirEntry) bool {
	if w.visible(canon) {
		return e.Type()&fs.ModeSymlink != 0 || w.canon == canon
	}
	if w.seen[canon] {
		return true
	}
	w.seen[canon] = true
	return false
}

// visible reports whether a folder lies in the root, under no hidden one.
func (w *walker) visible(canon string) bool {
	rel, err := filepath.Rel(w.canon, canon)
	if err != nil {
		return false
	}
	if rel == "." {
		return true
	}
	for part := range strings.SplitSeq(rel, string(filepath.Separator)) {
		if isHidden(part) { // ".." too
			return false
		}
	}
	return true
}

// dir reads one folder.
func (w *walker) dir(rel, canon string, labels *labels) error {
	entries, err := w.tree.list(rel)
	if err != nil {
		return w.unlisted(err)
	}
	for _, e := range entries {
		if w.isVisibleDir(rel, e) {
			if _, err := w.enter(rel, canon, e, labels); err != nil {
				return err
			}
			continue
		}
		w.file(rel, e, labels)
	}
	return nil
}

// unlisted is the error of a folder that cannot be listed.
func (w *walker) unlisted(err error) error {
	return fmt.Errorf("data set %s:%s: list folder (make it readable or move it away): %w", w.set.Kind, w.set.Root, err)
}

// file adds an entry that is not a folder to be entered as an item, or counts it.
func (w *walker) file(rel string, e fs.DirEntry, labels *labels) {
	name := path.Join(rel, e.Name())
	switch {
	case isHidden(e.Name()):
		w.set.skip(skipHidden, name)
	case w.tree.typeOf(rel, e) == entrySpecial:
		w.set.skip(skipSpecial, name)
	case !isImageName(e.Name()) && w.beside != nil && w.beside(name):
	case !isImageName(e.Name()):
		w.set.skip(skipExtension, name)
	default:
		at := w.tree.at(name)
		w.set.Items = append(w.set.Items, Item{
			ID:     sharing(escape.Name(name), at),
			At:     Location{Path: at},
			labels: labels,
		})
	}
}
