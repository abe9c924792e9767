package mirror

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"fc7/internal/atomicfile"
	"fc7/internal/fetch"
	"fc7/internal/lock"
	"fc7/internal/readjson"
	"fc7/internal/store"
)

// Span is the bytes of a file from one on, up to another.
type Span struct{ From, To int64 }

// All are those of a whole file.
var All = []Span{{0, math.MaxInt64}}

// What stands beside the folder of a mirror, whose name begins with no dot.
const (
	wholeNote = ".whole.json" // says of which versions the whole files are
	blockNote = ".blocks"     // folder of what says which blocks are there
)

// fill makes the folder what the store listed: whole files of their versions, the others by their size, and no more.
// One process does so at a time: who comes second finds what the first has brought.
func (f *Folder) fill() error {
	return f.alone(f.filled)
}

// alone keeps the other processes that use the mirror from doing the like meanwhile.
func (f *Folder) alone(do func() error) error {
	l, err := lock.Wait(f.ctx, func() (*lock.Lock, error) { return lock.Range(f.lockAt(f.root), places, 1) })
	if err != nil {
		return err
	}
	return errors.Join(do(), l.Release())
}

func (f *Folder) filled() error {
	was, now := f.wholes(), map[string]store.Object{}
	var bring []string
	for name, o := range f.objects {
		path := f.pathOf(name)
		if f.how[name] == Parts {
			f.parts[name] = &part{of: f, name: name, object: o, path: path, note: filepath.Join(f.root, blockNote, filepath.FromSlash(name)+".json")}
			if err := f.parts[name].make(); err != nil {
				return err
			}
			continue
		}
		info, err := os.Lstat(path)
		there := err == nil && info.Size() == o.Size && o.Version != "" && was[name] == o
		switch {
		case f.how[name] == Whole && !there:
			bring = append(bring, name)
		case f.how[name] == Asked && !there:
			continue
		}
		now[name] = o
		f.fetched[name] = there
	}
	if err := f.prune(was); err != nil {
		return err
	}
	if len(bring) == 0 {
		return nil
	}
	if err := f.bringWhole(bring); err != nil {
		return err
	}
	return atomicfile.WriteJSON(filepath.Join(f.root, wholeNote), now)
}

// pathOf is where the file of that name is.
func (f *Folder) pathOf(name string) string { return filepath.Join(f.Dir, filepath.FromSlash(name)) }

// wholes are the versions that the whole files are of. A note that is of no use is none: all comes again.
func (f *Folder) wholes() map[string]store.Object {
	was := map[string]store.Object{}
	if err := readjson.File(filepath.Join(f.root, wholeNote), maxNote, &was); err != nil {
		clear(was)
	}
	return was
}

// isOf notes that a whole file is of a version. The caller holds mu.
func (f *Folder) isOf(name string, o store.Object) error {
	f.objects[name], f.fetched[name] = o, true
	return f.alone(func() error {
		now := f.wholes()
		now[name] = o
		return atomicfile.WriteJSON(filepath.Join(f.root, wholeNote), now)
	})
}

// Fetch brings a file that comes when it is asked for, unless it is there, and tells before how large it is. One that
// the store does not have, or that is in no mirror, stays as it is.
func Fetch(file string) error {
	f, name := of(file)
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	o, known := f.objects[name]
	if !known || f.how[name] != Asked || f.fetched[name] {
		return nil
	}
	if f.o.Note != nil {
		f.o.Note(fmt.Sprintf("%s/%s: reads %s to %s", f.At, name, fetch.Bytes(o.Size), filepath.Dir(f.root)))
	}
	if err := f.bringWhole([]string{name}); err != nil {
		return err
	}
	return f.isOf(name, o)
}

// prune removes the files that the store does not have any more, and folders without any: of a mirror that others use,
// those that were brought, since they may be making others there.
func (f *Folder) prune(was map[string]store.Object) error {
	if f.shared() {
		for name := range was {
			if _, known := f.objects[name]; !known && (store.Entry{Name: name}).Plain() {
				if err := os.Remove(f.pathOf(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
		}
		return nil
	}
	var folders []string
	err := filepath.WalkDir(f.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			folders = append(folders, path)
			return err
		}
		rel, err := filepath.Rel(f.Dir, path)
		if _, known := f.objects[filepath.ToSlash(rel)]; err == nil && !known {
			err = os.Remove(path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, dir := range slices.Backward(folders) {
		_ = os.Remove(dir) // which takes it only where it is empty
	}
	return err
}

// shared tells whether others use the mirror. Where the system cannot tell, they do not: what the store has decides.
func (f *Folder) shared() bool {
	for _, r := range [][2]int64{{0, f.place}, {f.place + 1, places - f.place - 1}} {
		if r[1] == 0 || !lock.Overlaps() {
			continue
		}
		l, err := lock.Range(f.lockAt(f.root), r[0], r[1])
		if err != nil {
			return errors.Is(err, lock.ErrHeld)
		}
		_ = l.Release() // it was only tried
	}
	return false
}

// bringWhole brings whole files, several at once.
func (f *Folder) bringWhole(names []string) error {
	bytes := int64(0)
	for _, name := range names {
		bytes += f.objects[name].Size
	}
	if err := fetch.Room(filepath.Dir(f.root), bytes); err != nil {
		return err
	}
	var work errgroup.Group
	work.SetLimit(8)
	for _, name := range names {
		work.Go(func() error {
			path := f.pathOf(name)
			if err := atomicfile.MkdirAll(filepath.Dir(path)); err != nil {
				return err
			}
			return atomicfile.Write(path, true, func(w io.Writer) error { return store.Copy(f.ctx, w, f.At+"/"+name, f.objects[name]) })
		})
	}
	return work.Wait()
}

// Bring brings bytes of files, many at once, and tells before how many those of mirrors are. Files that are in none are
// there.
func Bring(files map[string][]Span) error {
	folders := map[*Folder]map[*part][]Span{}
	for path, spans := range files {
		p := partAt(path)
		if p == nil {
			continue
		}
		if folders[p.of] == nil {
			folders[p.of] = map[*part][]Span{}
		}
		folders[p.of][p] = spans
	}
	for f, parts := range folders {
		if err := f.bring(parts); err != nil {
			return err
		}
	}
	return nil
}

// bring is Bring of one mirror.
func (f *Folder) bring(parts map[*part][]Span) error {
	all := int64(0)
	for p, spans := range parts {
		all += p.lacks(spans)
	}
	if all == 0 {
		return nil
	}
	if err := fetch.Room(filepath.Dir(f.root), all); err != nil {
		return err
	}
	if f.o.Note != nil {
		f.o.Note(fmt.Sprintf("%s: reads %s of %s to %s", f.At, fetch.Bytes(all), fetch.Bytes(f.size()), filepath.Dir(f.root)))
	}
	var mu sync.Mutex
	have := int64(0)
	came := func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		if have += n; f.o.Progress != nil {
			f.o.Progress(f.At, have, all)
		}
	}
	return each(parts, func(p *part, spans []Span) error { return p.bring(came, spans...) })
}

// each calls do for some files at once.
func each(parts map[*part][]Span, do func(*part, []Span) error) error {
	var work errgroup.Group
	work.SetLimit(requests)
	for p, spans := range parts {
		work.Go(func() error { return do(p, spans) })
	}
	return work.Wait()
}

// tail is how much of the end of a file is brought to read its footer from.
const tail = 64 << 10

// Tails brings the ends of files, and their first bytes, many at once: for whoever opens one Parquet file after the
// other.
func Tails(files []string) error {
	parts := map[*part][]Span{}
	for _, path := range files {
		if p := partAt(path); p != nil {
			parts[p] = []Span{{0, 4}, {p.object.Size - tail, p.object.Size}}
		}
	}
	return each(parts, func(p *part, spans []Span) error { return p.bring(nil, spans...) })
}
