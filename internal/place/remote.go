package place

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"fc7/internal/atomicfile"
	"fc7/internal/escape"
	"fc7/internal/store"
)

// remote is what stands below an address.
type remote struct {
	ctx context.Context
	at  string
}

// grace is how long a store is still asked after the context, for the rows that are done: less than the time after
// which a process that was told to end is left.
const grace = 20 * time.Second

// requests is how many are on their way at once, of what is done to many files.
const requests = 64

func newRemote(ctx context.Context, at string) *remote {
	outlives, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { cancel(context.Cause(ctx)) }) })
	return &remote{outlives, at}
}

func (r *remote) String() string { return r.at }

// At is an address.
func (r *remote) At(name string) string { return store.Join(r.at, filepath.ToSlash(name)) }

func (r *remote) Below(dir string) Place { return &remote{r.ctx, r.At(dir)} }

func (r *remote) Above() Place { return &remote{r.ctx, store.Folder(r.at)} }

func (r *remote) Size(name string) (int64, error) {
	o, err := store.Stat(r.ctx, r.At(name))
	return o.Size, err
}

func (r *remote) Read(name string, most int64) ([]byte, error) {
	f, err := store.Open(r.ctx, r.At(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s: more than %d bytes, which none that fc7 writes has", r.At(name), most)
	}
	return b, err
}

func (r *remote) List(dir string) ([]string, error) {
	found, err := store.List(r.ctx, r.At(dir))
	var names []string
	for _, e := range found {
		if !strings.Contains(e.Name, "/") {
			names = append(names, e.Name)
		}
	}
	return names, err
}

func (r *remote) Sizes(dir string, want func(name string) bool) (map[string]int64, error) {
	found, err := store.List(r.ctx, r.At(dir))
	sizes := map[string]int64{}
	for _, e := range found {
		if !strings.Contains(e.Name, "/") && want(e.Name) {
			sizes[e.Name] = e.Size
		}
	}
	return sizes, err
}

// Folders are those that objects stand below.
func (r *remote) Folders(dir string) (names []string, err error) {
	found, err := store.List(r.ctx, r.At(dir))
	for _, e := range found {
		if name, _, in := strings.Cut(e.Name, "/"); in && !slices.Contains(names[max(0, len(names)-1):], name) {
			names = append(names, name)
		}
	}
	return names, err
}

func (r *remote) Write(name string, data []byte, replace bool) error {
	return r.put(name, &store.Content{From: bytes.NewReader(data), Size: int64(len(data)), SHA256: sha256.Sum256(data)}, replace)
}

func (r *remote) put(name string, c *store.Content, replace bool) error {
	_, err := store.Put(r.ctx, r.At(name), c, replace)
	return err
}

// Create starts a file in the work space.
func (r *remote) Create(name string, replace bool) (File, error) {
	dir, err := shared.take()
	if err != nil {
		return nil, err
	}
	f, err := atomicfile.Create(filepath.Join(dir, filepath.Base(filepath.FromSlash(name))), true)
	if err != nil {
		return nil, errors.Join(err, shared.give())
	}
	return &file{File: f, of: r, name: name, replace: replace}, nil
}

// Replace starts a file in the work space.
func (r *remote) Replace(name, version string) (File, error) {
	f, err := r.Create(name, true)
	if err == nil {
		f.(*file).was = version
	}
	return f, err
}

func (r *remote) Guards() (bool, error) { return store.Guards(r.ctx, r.At(tryName())) }

func (r *remote) Open(name string) (Reader, error) {
	f, err := store.OpenFile(r.ctx, r.At(name), store.Object{}, store.FirstWindow)
	if err != nil {
		return nil, err
	}
	return remoteReader{f}, nil
}

type remoteReader struct{ *store.File }

func (r remoteReader) Size() int64     { return r.Object().Size }
func (r remoteReader) Version() string { return r.Object().Version }

// file is one in the work space, on its way to the store.
type file struct {
	*atomicfile.File
	of      *remote
	name    string
	replace bool
	was     string // the version whose place it takes; "": any
	size    int64
	ended   bool
}

func (f *file) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	f.size += int64(n)
	return n, err
}

// Commit puts the file on the store.
func (f *file) Commit() error {
	if f.ended {
		return nil
	}
	sum := sha256.New()
	n, err := io.Copy(sum, io.NewSectionReader(f.File, 0, f.size))
	if err == nil && n != f.size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = f.send(&store.Content{From: f.File, Size: f.size, SHA256: [sha256.Size]byte(sum.Sum(nil))})
	}
	return errors.Join(err, f.Abort())
}

// send puts the content, in the place of the version that was read, where one was. That is looked at before too: what
// is sent may be large, and not every store looks.
func (f *file) send(c *store.Content) error {
	if f.was == "" {
		return f.of.put(f.name, c, f.replace)
	}
	o, err := store.Stat(f.of.ctx, f.of.At(f.name))
	if err != nil {
		return err
	}
	if o.Version == f.was {
		_, err = store.Replace(f.of.ctx, f.of.At(f.name), c, f.was)
		if fault := new(store.Fault); !errors.As(err, &fault) || !fault.OfVersion() {
			return err
		}
	}
	return fmt.Errorf("%s: %w: run the task again", f.of.At(f.name), ErrReplaced)
}

// Abort removes the file from the work space.
func (f *file) Abort() error {
	if f.ended {
		return nil
	}
	f.ended = true
	return errors.Join(f.File.Abort(), shared.give())
}

// Local brings a file into the work space.
func (r *remote) Local(name string) (path string, release func() error, err error) {
	return r.lend(func(to atomicfile.Under) (string, error) {
		base := filepath.Base(filepath.FromSlash(name))
		return filepath.Join(string(to), base), r.bring(r.At(name), to, base)
	})
}

// LocalFolder brings all that stands below a name, as it was listed.
func (r *remote) LocalFolder(dir string) (path string, release func() error, err error) {
	found, err := store.List(r.ctx, r.At(dir))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s: nothing stands there: %w", r.At(dir), fs.ErrNotExist)
	}
	if err == nil {
		err = r.fits(dir, found)
	}
	if err != nil {
		return "", nil, err
	}
	return r.lend(func(to atomicfile.Under) (string, error) {
		work, ctx := errgroup.WithContext(r.ctx)
		work.SetLimit(requests)
		for _, e := range found {
			if ctx.Err() != nil {
				break
			}
			name := filepath.FromSlash(e.Name)
			if in := filepath.Dir(name); in != "." {
				if err := to.MkdirAll(in); err != nil {
					return "", errors.Join(err, work.Wait())
				}
			}
			work.Go(func() error { return r.bringListed(r.At(dir)+"/"+e.Name, e.Object, to, name) })
		}
		return string(to), work.Wait()
	})
}

// fits tells whether what a store lists of a folder can be brought to the work space: no name leads elsewhere, no size
// is one that no table has, and there is room.
func (r *remote) fits(dir string, found []store.Entry) error {
	all := int64(0)
	for _, e := range found {
		if !e.Plain() {
			return fmt.Errorf("%s: the name %s cannot be that of a file below a folder: remove the object", r.At(dir), escape.Name(e.Name))
		}
		if err := e.Within(r.At(dir), store.LargestWhole); err != nil {
			return err
		}
		all += e.Size
	}
	_, err := room(all)
	return err
}

// bringListed is bring of an object as it was listed, and no other.
func (r *remote) bringListed(at string, o store.Object, to atomicfile.Under, name string) error {
	return to.Write(name, false, func(w io.Writer) error { return store.Copy(r.ctx, w, at, o) })
}

// lend makes a folder in the work space and lets fill bring something there.
func (r *remote) lend(fill func(to atomicfile.Under) (path string, err error)) (path string, release func() error, err error) {
	dir, err := shared.take()
	if err != nil {
		return "", nil, err
	}
	own, err := os.MkdirTemp(dir, "in-")
	release = func() error { return errors.Join(os.RemoveAll(own), shared.give()) }
	if err != nil {
		return "", nil, errors.Join(err, shared.give())
	}
	if path, err = fill(atomicfile.Under(own)); err != nil {
		return "", nil, errors.Join(err, release())
	}
	return path, release, nil
}

func (r *remote) bring(at string, to atomicfile.Under, name string) error {
	f, err := store.Open(r.ctx, at)
	if err != nil {
		return err
	}
	defer f.Close()
	return to.Write(name, false, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// MkdirAll has nothing to make.
func (r *remote) MkdirAll(string) error { return nil }

// Sweep has nothing to remove: an object is there whole or not at all.
func (r *remote) Sweep(string, func(string) bool) error { return nil }

// Swept has nothing to remove either.
func (r *remote) Swept(...string) (Place, error) { return r, nil }

func (r *remote) Remove(name string) error { return store.Remove(r.ctx, r.At(name)) }

func (r *remote) RemoveAll(dir string) error {
	found, err := store.List(r.ctx, r.At(dir))
	if err != nil {
		return err
	}
	work, ctx := errgroup.WithContext(r.ctx)
	work.SetLimit(requests)
	for _, e := range found {
		if ctx.Err() != nil {
			break
		}
		if e.Plain() { // else it is no file of a table
			work.Go(func() error { return store.Remove(ctx, store.Join(r.At(dir), e.Name)) })
		}
	}
	return work.Wait()
}

// Lock keeps nobody away: who comes second finds what is there already.
func (r *remote) Lock(func(dir string) (unlock func() error, err error)) (unlock func() error, err error) {
	return func() error { return nil }, nil
}

// Room is that of the work space.
func (r *remote) Room(bytes int64) (work string, err error) { return room(bytes) }
