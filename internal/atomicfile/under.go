package atomicfile

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Under is a folder below which files are written, whatever they are called: a run's, or a part of one. A name that
// leads out of it, by itself or by a link below, is an error, and nothing is written. The folder itself may be a link
// to another disk; so may a folder in it, which is then an Under of its own: the names of those are the program's.
type Under string

// leads says that a name is none below a folder.
func (u Under) leads(name string) error {
	return fmt.Errorf("%s: refused to write %q, which leads out of this folder", string(u), name)
}

// path is that of a name below the folder.
func (u Under) path(name string) (string, error) {
	if !filepath.IsLocal(name) || filepath.Clean(name) == "." {
		return "", u.leads(name)
	}
	return filepath.Join(string(u), name), nil
}

// Entry is the path of the file or folder that a name is in the folder itself, for those who write there by paths. What
// stands there may be a link, which is then the user's own.
func (u Under) Entry(name string) (string, error) {
	path, err := u.path(name)
	if err == nil && filepath.Base(path) != name {
		err = u.leads(name)
	}
	return path, err
}

// create is [Create] for a file below the folder.
func (u Under) create(name string, replace bool) (*File, error) {
	path, err := u.path(name)
	if err != nil {
		return nil, err
	}
	if filepath.Base(path) == name { // no name of one element leads out
		return Create(path, replace)
	}
	if err := prepare(path, replace); err != nil {
		return nil, err
	}
	dir, err := u.folder(filepath.Dir(filepath.Clean(name)))
	if err != nil {
		return nil, err
	}
	return createIn(dir, path, replace)
}

// folder opens a folder below.
func (u Under) folder(name string) (*os.Root, error) {
	all, err := os.OpenRoot(string(u))
	if err != nil {
		return nil, err
	}
	defer all.Close()
	return all.OpenRoot(name)
}

// Write is [Write] for a file below the folder.
func (u Under) Write(name string, replace bool, write func(io.Writer) error) error {
	return writeBy(func() (*File, error) { return u.create(name, replace) }, filepath.Join(string(u), name), write)
}

// MkdirAll is [MkdirAll] for a folder below.
func (u Under) MkdirAll(name string) error {
	if _, err := u.path(name); err != nil {
		return err
	}
	all, err := os.OpenRoot(string(u))
	if err != nil {
		return err
	}
	defer all.Close()
	if err := all.MkdirAll(name, 0o755); err != nil {
		return err
	}
	for above := filepath.Dir(filepath.Clean(name)); ; above = filepath.Dir(above) {
		if err := syncFolder(filepath.Join(string(u), above)); err != nil || above == "." {
			return err
		}
	}
}
