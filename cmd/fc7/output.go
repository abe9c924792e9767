package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/usage"
	"fc7/outputs"
)

// target is a file or a folder that a verb is asked to write. What stands in its way is told before the work, not after
// it.
type target struct {
	name  string // what the user calls it: "--out", "OUT"
	path  string
	force bool     // it may take the place of one that is there
	final bool     // nothing lets it take that place
	dry   bool     // nothing will be written, not even to see whether it could be
	from  []string // what the verb reads: files, data sets, folders
}

// there says that something stands in the way.
func (t target) there(what string) error {
	allow := ", or allow it with --force"
	if t.final {
		allow = ""
	}
	return fmt.Errorf("%s %s exists already and is not replaced: choose another %s%s", t.name, t.path, what, allow)
}

// ending is that of the file's name, which must be one of ends; all are taken where none is given.
func (t target) ending(ends ...string) (string, error) {
	end := strings.ToLower(filepath.Ext(t.path))
	if len(ends) > 0 && !slices.Contains(ends, end) {
		return end, usage.Unfit(t.name, t.path, "a file whose name ends with "+usage.OneOf(ends))
	}
	return end, nil
}

// file refuses what cannot become a file: a name with another ending than ends, a folder, a file that is there already
// or is read or is a table's, what is no file, and a place that nothing can be written to. It returns where the file
// goes: of a link that is named, what it leads to, and the link stays.
func (t target) file(ends ...string) (at string, err error) {
	if _, err := t.ending(ends...); err != nil {
		return "", err
	}
	info, err := os.Stat(t.path)
	switch {
	case err == nil && info.IsDir() || strings.HasSuffix(t.path, string(filepath.Separator)):
		return "", fmt.Errorf("%s %s is a folder: want the name of a file", t.name, t.path)
	case err == nil && !info.Mode().IsRegular():
		return "", fmt.Errorf("%s %s is a device, a pipe or a socket: want the name of a file", t.name, t.path)
	}
	if _, err := os.Lstat(t.path); err == nil && !t.force {
		return "", cmp.Or(t.apart(), t.there("name"))
	}
	at = atomicfile.Through(t.path)
	if err := t.apart(); err != nil {
		return "", err
	}
	dir := filepath.Dir(at)
	if info, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s %s: there is no folder %s", t.name, t.path, dir)
	} else if err == nil && !info.IsDir() {
		return "", fmt.Errorf("%s %s: %s is no folder", t.name, t.path, dir)
	}
	return at, t.writable(dir)
}

// apart refuses a file that the verb reads, under whatever name, and one among the shards of a table, which would be no
// table any more.
func (t target) apart() error {
	if at, err := os.Stat(t.path); err == nil {
		if in, ok := t.reads(at); ok {
			return usage.Errorf("%s %s is read itself (%s): choose another name", t.name, t.path, in)
		}
	}
	path := atomicfile.Through(t.path)
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // as writing there will tell
	}
	holds := slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		_, _, shard := outputs.ParseShardName(e.Name())
		return shard
	})
	if holds && t.amongShards(dir, filepath.Base(path)) {
		return usage.Errorf("%s %s is among the shards of the table in %s: choose another folder", t.name, t.path, dir)
	}
	return nil
}

// reads tells which of what the verb reads a file or folder is, if any.
func (t target) reads(at fs.FileInfo) (in string, ok bool) {
	for _, in := range t.from {
		_, bare, _ := strings.Cut(in, ":") // KIND:PATH
		for _, path := range []string{in, filepath.Join(in, outputs.FeaturesDir), bare} {
			if info, err := os.Stat(path); err == nil && os.SameFile(at, info) {
				return in, true
			}
		}
	}
	return "", false
}

// amongShards tells whether a file of a folder that holds shards would be taken for one of them: by its name, or since
// the folder is that of a table, by its name or by what the verb reads, where links lead to it too.
func (t target) amongShards(dir, name string) bool {
	if _, _, shard := outputs.ParseShardName(name); shard {
		return true
	}
	if info, err := os.Stat(dir); err == nil {
		if _, ok := t.reads(info); ok {
			return true
		}
	}
	here, _ := filepath.Abs(dir)
	real, _ := filepath.EvalSymlinks(here)
	return filepath.Base(here) == outputs.FeaturesDir || filepath.Base(real) == outputs.FeaturesDir
}

// fileEndings are those of the files that fc7 writes: whoever gives one to a folder expects a file, and a folder of
// that name is taken for one later.
var fileEndings = []string{".parquet", ".arrow", ".feather", weightsEnding, ".onnx", ".npy", ".html", ".tsv", ".json"}

// folder refuses what cannot become, or is not, a folder that files can be written to. What lies in it is the verb's to
// judge.
func (t target) folder() error {
	if end := strings.ToLower(filepath.Ext(t.path)); slices.Contains(fileEndings, end) {
		if _, err := os.Lstat(t.path); errors.Is(err, fs.ErrNotExist) {
			return usage.Unfit(t.name, t.path, "the name of a folder, which does not end with "+end)
		}
	}
	for dir := filepath.Clean(t.path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		switch {
		case err == nil && !info.IsDir() && dir == filepath.Clean(t.path):
			return fmt.Errorf("%s %s is a file: want a folder", t.name, t.path)
		case err == nil && !info.IsDir():
			return fmt.Errorf("%s %s: %s is no folder", t.name, t.path, dir)
		case err == nil:
			return t.writable(dir)
		case !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir):
			return t.unwritable(filepath.Dir(dir), err)
		}
	}
}

// emptyFolder is folder for one that must be empty, or not there yet, unless it may be replaced.
func (t target) emptyFolder() error {
	if entries, err := os.ReadDir(t.path); err == nil && len(entries) > 0 && !t.force {
		return t.there("folder")
	}
	return t.folder()
}

// newFolder is folder for one that must not be there yet unless it may be replaced.
func (t target) newFolder() error {
	if _, err := os.Lstat(t.path); err == nil && !t.force {
		return t.there("folder")
	}
	return t.folder()
}

// writable tries whether a file can be made in a folder.
func (t target) writable(dir string) error {
	if t.dry {
		return nil
	}
	if err := atomicfile.Writable(dir, "fc7"); err != nil {
		return t.unwritable(dir, err)
	}
	return nil
}

// unwritable leaves out of an error what was tried in the folder.
func (t target) unwritable(dir string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s %s: cannot write to %s: %w", t.name, t.path, dir, p.Err)
	}
	return fmt.Errorf("%s %s: %w", t.name, t.path, err)
}
