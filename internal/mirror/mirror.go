// Package mirror lets a folder on a store be read as one of this machine. A folder in a cache stands for it, where all
// its files have their names and sizes. Most are there whole; of large ones comes what is read, when it is read, and is
// there for the next time: whoever may read such a file opens it by [OpenFile], and tells by [Bring] what will be read
// of it, so that it comes at once.
//
// Files that few read come whole when they are asked for, by [Fetch].
//
// What is in a mirror is of the versions that the store listed when it was opened, and of no others: an object that is
// another one by then is a Fault of package store. Other versions of the large files are another mirror.
package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"fc7/internal/atomicfile"
	"fc7/internal/lock"
	"fc7/internal/store"
)

// How a file comes to a mirror.
type How int

// The ways, beside none, which is 0.
const (
	Whole How = iota + 1 // at once
	Parts                // what is read of it, when it is read
	Asked                // whole, by Fetch
)

// Options say what is mirrored.
type Options struct {
	Cache string // folder of all mirrors
	// Want tells of what the folder holds which files are wanted, and how.
	Want func(found []store.Entry) map[string]How

	Note     func(string)                       // a sentence for the user; nil: nobody is told
	Progress func(what string, have, all int64) // bytes; nil: nobody is told
}

// Folder is a folder on a store, and the one that stands for it.
type Folder struct {
	At  string // address, without a slash at the end
	Dir string // absolute

	o      Options
	ctx    context.Context
	root   string   // of all that is kept for it
	listed []string // names of all objects that were there
	parts  map[string]*part
	lock   *lock.Lock
	place  int64         // of it
	slots  chan struct{} // requests under way

	mu      sync.Mutex     // of what follows, once the mirror is open
	how     map[string]How // of the names of objects
	objects map[string]store.Object
	fetched map[string]bool // of those that are Asked, which are there
}

// requests is how many are made of a store at once.
const requests = 32

// Open mirrors a folder as long as the context lasts. That there is nothing in it is an error that wraps
// fs.ErrNotExist. The caller closes it.
func Open(ctx context.Context, at string, o Options) (*Folder, error) {
	at = strings.TrimSuffix(at, "/")
	found, err := store.List(ctx, at)
	if err != nil {
		return nil, err
	}
	f := &Folder{At: at, o: o, ctx: ctx, objects: map[string]store.Object{}, fetched: map[string]bool{}, parts: map[string]*part{}, slots: make(chan struct{}, requests)}
	f.how = o.Want(found)
	for _, e := range found {
		f.listed = append(f.listed, e.Name)
		if f.how[e.Name] != 0 && e.Plain() {
			f.objects[e.Name] = e.Object
		}
	}
	if err := f.bounded(); err != nil {
		return nil, err
	}
	if len(f.objects) == 0 {
		return nil, fmt.Errorf("%s: nothing that a run has is there, among %d objects: %w", at, len(found), fs.ErrNotExist)
	}
	cache, err := filepath.Abs(o.Cache)
	if err != nil {
		return nil, err
	}
	f.root = filepath.Join(cache, nameOf(at)+f.state())
	f.Dir = filepath.Join(f.root, baseOf(at))
	if err := f.occupy(); err != nil {
		return nil, err
	}
	if err := f.fill(); err != nil {
		return nil, errors.Join(err, f.lock.Release())
	}
	opened.Store(f.Dir, f)
	return f, nil
}

// most bounds the bytes of all files of a run, and with them the notes of their blocks, to 32 MB.
const most = 64 << 40

// bounded is an error where a store tells sizes that no run has.
func (f *Folder) bounded() error {
	left := int64(most)
	for _, name := range slices.Sorted(maps.Keys(f.objects)) {
		size := f.objects[name].Size
		limit := left
		if f.how[name] != Parts {
			limit = min(left, store.LargestWhole)
		}
		if err := (store.Entry{Name: name, Object: f.objects[name]}).Within(f.At, limit); err != nil {
			return err
		}
		left -= size
	}
	return nil
}

// nameOf is what the names of all mirrors of an address begin with.
func nameOf(at string) string {
	scheme, _, _ := strings.Cut(at, "://")
	sum := sha256.Sum256([]byte(at))
	return scheme + "-" + hex.EncodeToString(sum[:8]) + "-"
}

var baseForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$`)

// baseOf is the last part of an address, where it can be a folder's name.
func baseOf(at string) string {
	if base := path.Base(at); baseForm.MatchString(base) {
		return base
	}
	return "run"
}

// state stands for the large files as they were listed.
func (f *Folder) state() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(f.objects)) {
		if o := f.objects[name]; f.how[name] == Parts {
			fmt.Fprintf(sum, "%q %d %q\n", name, o.Size, o.Version)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// places is how many processes may use a mirror at once, each by a place of its lock; the next place is that of the one
// that fills it.
const places = 1 << 22

// occupy makes the mirror's folder, keeps others from removing it, and removes those of other states that nobody uses.
func (f *Folder) occupy() error {
	if err := atomicfile.MkdirAll(f.root); err != nil {
		return err
	}
	for n := range 16 {
		place := int64((os.Getpid() + n) % places)
		l, err := lock.Range(f.lockAt(f.root), place, 1)
		if err == nil {
			f.lock, f.place = l, place
			break
		}
		if !errors.Is(err, lock.ErrHeld) {
			return err
		}
	}
	if f.lock == nil {
		return fmt.Errorf("%s: %w", f.root, lock.ErrHeld)
	}
	others, err := filepath.Glob(filepath.Join(filepath.Dir(f.root), nameOf(f.At)+"*"))
	if err != nil {
		return nil //nolint:nilerr // a cache whose name is a pattern keeps what was
	}
	for _, other := range others {
		if other != f.root {
			f.forget(other)
		}
	}
	return nil
}

func (f *Folder) lockAt(root string) string { return filepath.Join(root, ".lock") }

// forget removes a mirror that nobody uses. One that cannot be removed stays.
func (f *Folder) forget(root string) {
	l, err := lock.Range(f.lockAt(root), 0, places)
	if err != nil {
		return
	}
	if !l.Void() {
		_ = os.RemoveAll(root) // which is but a cache
	}
	_ = l.Release() // of a file that is gone
}

// opened are the mirrors of this process, by their folders.
var opened sync.Map

// of is the mirror and the name of a file in it; nil: it is in none.
func of(file string) (*Folder, string) {
	var in *Folder
	var name string
	opened.Range(func(dir, f any) bool {
		rel, ok := strings.CutPrefix(file, dir.(string)+string(filepath.Separator))
		if ok {
			in, name = f.(*Folder), filepath.ToSlash(rel)
		}
		return !ok
	})
	return in, name
}

// size is how many bytes all files have of which parts are brought.
func (f *Folder) size() (n int64) {
	for _, p := range f.parts {
		n += p.object.Size
	}
	return n
}

// Close keeps what came, and ends the mirror, whose files stay for the next one.
func (f *Folder) Close() error {
	opened.Delete(f.Dir)
	var err error
	for _, p := range f.parts {
		err = errors.Join(err, p.close())
	}
	return errors.Join(err, f.lock.Release())
}
