package place

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/readjson"
	"fc7/internal/store"
)

// Place is where the files of a table are. Names are below it, with slashes. What is not there is an error that wraps
// fs.ErrNotExist, and what is in the way one that wraps fs.ErrExist. Its methods may be called from several goroutines
// at once.
type Place interface {
	// String is how the place was named.
	String() string
	// At is the path, or the address, of a name.
	At(name string) string
	// Below is a folder of the place.
	Below(dir string) Place
	// Above is the folder that the place is in.
	Above() Place
	// Size is how many bytes a file has.
	Size(name string) (int64, error)
	// Read reads a file of at most so many bytes. Its errors name it.
	Read(name string, most int64) ([]byte, error)
	// List names the files that stand in a folder, in order; of one that is not there, none.
	List(dir string) ([]string, error)
	// Sizes are those of the files in a folder, by their names, of which want says that they are wanted; of a folder
	// that is not there, none. On a store they are told by lists, a thousand in an answer.
	Sizes(dir string, want func(name string) bool) (map[string]int64, error)
	// Folders names the folders that stand in a folder, in order.
	Folders(dir string) ([]string, error)
	// Write makes a small file.
	Write(name string, data []byte, replace bool) error
	// Create starts a file, whose folder MkdirAll made. What stands there is an error now, or at Commit; on a store it
	// is none where the bytes are the same.
	Create(name string, replace bool) (File, error)
	// Replace starts a file that takes the place of the one that stands and was read as of a version. On a store it is
	// ErrReplaced at Commit if another one stands by then; in a folder a lock has to keep others away.
	Replace(name, version string) (File, error)
	// Guards tells whether Commit of what Replace started is sure to leave another file: a store may not know how to,
	// and then what is put there at the very moment is replaced.
	Guards() (bool, error)
	// Open opens a file to be read in parts, all of the version that stands now.
	Open(name string) (Reader, error)
	// Local lends a file as one of this machine, until it is released.
	Local(name string) (path string, release func() error, err error)
	// LocalFolder lends a folder, with all below it.
	LocalFolder(dir string) (path string, release func() error, err error)
	// MkdirAll makes a folder, where there is such a thing.
	MkdirAll(dir string) error
	// Sweep removes from a folder the files in the making that dead processes left and of whose names ours says that
	// they are to go.
	Sweep(dir string, ours func(temp string) bool) error
	// Swept is the place, where this removed from folders all that dead processes left, so that it is not looked for
	// once more at each file that is made there.
	Swept(dirs ...string) (Place, error)
	// Remove removes a file.
	Remove(name string) error
	// RemoveAll removes a folder and all in it.
	RemoveAll(dir string) error
	// Lock keeps other processes away, by a lock in the folder; on a store nobody is.
	Lock(in func(dir string) (unlock func() error, err error)) (unlock func() error, err error)
	// Room makes sure that files of so many bytes can be put together beside the place, and tells where that is; "": it
	// is done in the place.
	Room(bytes int64) (work string, err error)
}

// File is a file in the making. It must be ended by Commit or Abort.
type File interface {
	io.Writer
	io.ReaderAt
	io.WriterAt
	Commit() error
	Abort() error
}

// Reader is a file that is read in parts.
type Reader interface {
	io.ReaderAt
	io.Closer
	Size() int64
	Version() string // on a store
}

// ErrReplaced is a file that is not the one any more that it was.
var ErrReplaced = errors.New("another process has replaced it meanwhile")

// Open is the place of that name: an address of a store that can be written to, or else a folder. It asks for nothing
// yet. What it does on a store ends some time after the context, so that what is done can be kept.
func Open(ctx context.Context, name string) (Place, error) {
	if !store.Is(name) {
		return Folder(name), nil
	}
	name = strings.TrimRight(name, "/")
	if err := Check(name); err != nil {
		return nil, err
	}
	return newRemote(ctx, name), nil
}

// Check tells what is wrong with an address of a place.
func Check(name string) error {
	name = strings.TrimRight(name, "/")
	if err := store.Check(name); err != nil {
		return fmt.Errorf("%w: want the address of a folder in a bucket, such as s3://bucket/run", err)
	}
	if !store.CanPut(name) {
		return fmt.Errorf("%s cannot be written to: want a folder, or s3://, gs:// or azblob://", store.Shown(name))
	}
	return nil
}

// Try makes sure that a table can be made in a place on a store: that objects can be put there, and that the store
// keeps what is there when it is asked to. Of a folder it does nothing.
func Try(ctx context.Context, name string) error {
	p, err := Open(ctx, name)
	if err != nil {
		return err
	}
	r, ok := p.(*remote)
	if !ok {
		return nil
	}
	test := tryName()
	if err := r.Write(test, []byte("a"), false); err != nil {
		return err
	}
	err = r.Write(test, []byte("b"), false)
	switch {
	case err == nil:
		err = fmt.Errorf("%s: this store replaces objects though it is asked not to (If-None-Match): a table of several machines would not be safe there", name)
	case errors.Is(err, fs.ErrExist):
		err = nil
	}
	return errors.Join(err, r.Remove(test))
}

// tryName is that of an object by which a store is tried.
func tryName() string { return "tmp/try-" + strings.ToLower(rand.Text()[:12]) }

// MakeFolder makes a folder of a place, with those above it. undo removes those that were made, as far as nothing is in
// them.
func MakeFolder(p Place, dir string) (undo func(), err error) {
	var made []string
	if f, local := p.(Folder); local {
		for at := f.At(dir); ; at = filepath.Dir(at) {
			if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) {
				break
			}
			made = append(made, at)
		}
	}
	undo = func() {
		for _, at := range made {
			_ = os.Remove(at)
		}
	}
	if err := p.MkdirAll(dir); err != nil {
		undo()
		return nil, err
	}
	return undo, nil
}

// WriteFile writes a file by write.
func WriteFile(p Place, name string, replace bool, write func(io.Writer) error) error {
	f, err := p.Create(name, replace)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return fmt.Errorf("writing %s: %w", p.At(name), errors.Join(err, f.Abort()))
	}
	return f.Commit()
}

// WriteJSON is atomicfile.WriteJSON of a file of a place, which replaces what stands there or not.
func WriteJSON(p Place, name string, v any, replace bool) error {
	text, err := atomicfile.JSON(v)
	if err != nil {
		return fmt.Errorf("writing %s: %w", p.At(name), err)
	}
	return p.Write(name, text, replace)
}

// ReadJSON is readjson.File of a file of a place.
func ReadJSON(p Place, name string, most int64, to any) error {
	text, err := p.Read(name, most)
	if err != nil {
		return err
	}
	if err := readjson.Own(text, to); err != nil {
		return fmt.Errorf("%s: %w", p.At(name), err)
	}
	return nil
}
