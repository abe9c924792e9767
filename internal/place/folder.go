package place

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"fc7/internal/atomicfile"
	"fc7/internal/readjson"
)

// Folder is a folder that all machines see.
type Folder string

func (f Folder) String() string { return string(f) }

// At is a path.
func (f Folder) At(name string) string { return filepath.Join(string(f), filepath.FromSlash(name)) }

func (f Folder) Below(dir string) Place { return Folder(f.At(dir)) }

func (f Folder) Above() Place { return Folder(filepath.Dir(filepath.Clean(string(f)))) }

// Size is that of the file, or of that which a link there leads to.
func (f Folder) Size(name string) (int64, error) {
	info, err := os.Stat(f.At(name))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f Folder) Read(name string, most int64) ([]byte, error) {
	return readjson.Bytes(f.At(name), most)
}

// List names files as os.ReadDir does.
func (f Folder) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(f.At(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && !atomicfile.IsTemp(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func (f Folder) Sizes(dir string, want func(name string) bool) (map[string]int64, error) {
	names, err := f.List(dir)
	if err != nil {
		return nil, err
	}
	sizes := map[string]int64{}
	for _, name := range names {
		if !want(name) {
			continue
		}
		size, err := f.Size(path.Join(dir, name))
		switch {
		case err == nil:
			sizes[name] = size
		case !errors.Is(err, fs.ErrNotExist): // it has gone, or leads nowhere
			return nil, err
		}
	}
	return sizes, nil
}

func (f Folder) Folders(dir string) (names []string, err error) {
	entries, err := os.ReadDir(f.At(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func (f Folder) Write(name string, data []byte, replace bool) error {
	return atomicfile.WriteBytes(f.At(name), data, replace)
}

// Create is atomicfile.Create.
func (f Folder) Create(name string, replace bool) (File, error) {
	return made(atomicfile.Create(f.At(name), replace))
}

// made is a file, or nothing and no nil of a file.
func made(file *atomicfile.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Replace is Create.
func (f Folder) Replace(name, _ string) (File, error) { return f.Create(name, true) }

// Guards is what locks are for.
func (f Folder) Guards() (bool, error) { return true, nil }

func (f Folder) Open(name string) (Reader, error) {
	file, err := os.Open(f.At(name))
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return folderReader{file, info.Size()}, nil
}

type folderReader struct {
	*os.File
	size int64
}

func (r folderReader) Size() int64     { return r.size }
func (r folderReader) Version() string { return "" }

// Local is the file itself.
func (f Folder) Local(name string) (at string, release func() error, err error) {
	at = f.At(name)
	_, err = os.Stat(at)
	return at, func() error { return nil }, err
}

// LocalFolder is the folder itself.
func (f Folder) LocalFolder(dir string) (at string, release func() error, err error) {
	return f.Local(dir)
}

func (f Folder) MkdirAll(dir string) error { return atomicfile.MkdirAll(f.At(dir)) }

// Sweep goes by the locks of the files.
func (f Folder) Sweep(dir string, ours func(temp string) bool) error {
	entries, err := os.ReadDir(f.At(dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !ours(e.Name()) {
			continue
		}
		if err := atomicfile.RemoveDead(filepath.Join(f.At(dir), e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Swept goes by the locks of the files.
func (f Folder) Swept(dirs ...string) (Place, error) {
	var all []string
	for _, dir := range dirs {
		all = append(all, f.At(dir))
	}
	return sweptFolder{f}, atomicfile.Sweep(all...)
}

// sweptFolder is a folder of whose files those in the making that dead processes left are gone.
type sweptFolder struct{ Folder }

func (f sweptFolder) Write(name string, data []byte, replace bool) error {
	return atomicfile.WriteBytesSwept(f.At(name), data, replace)
}

func (f sweptFolder) Create(name string, replace bool) (File, error) {
	return made(atomicfile.CreateSwept(f.At(name), replace))
}

func (f Folder) Remove(name string) error { return os.Remove(f.At(name)) }

func (f Folder) RemoveAll(dir string) error { return os.RemoveAll(f.At(dir)) }

func (f Folder) Lock(in func(dir string) (unlock func() error, err error)) (unlock func() error, err error) {
	return in(string(f))
}

// Room is that of the place, where files of a table can be put together: an *atomicfile.AppendsError says that they
// cannot.
func (f Folder) Room(int64) (work string, err error) {
	err = atomicfile.Changeable(string(f), "fc7")
	var p *fs.PathError
	if appends := new(atomicfile.AppendsError); errors.As(err, &p) && !errors.As(err, &appends) {
		err = fmt.Errorf("cannot write to %s: %w", f, p.Err) // the file is none that anybody knows of
	}
	return "", err
}
