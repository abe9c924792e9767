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
	"fc7/internal/machine"
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
func (f *Folder) fill() error {
	was, now := map[string]store.Object{}, map[string]store.Object{}
	note := filepath.Join(f.root, wholeNote)
	if err := readjson.File(note, maxNote, &was); err != nil {
		clear(was) // all comes again
	}
	var bring []string
	for name, o := range f.objects {
		path := filepath.Join(f.Dir, filepath.FromSlash(name))
		if !f.whole[name] {
			f.parts[name] = &part{of: f, name: name, object: o, path: path, note: filepath.Join(f.root, blockNote, filepath.FromSlash(name)+".json")}
			if err := f.parts[name].make(); err != nil {
				return err
			}
			continue
		}
		now[name] = o
		if info, err := os.Lstat(path); err != nil || info.Size() != o.Size || o.Version == "" || was[name] != o {
			bring = append(bring, name)
		}
	}
	if err := f.prune(); err != nil {
		return err
	}
	if len(bring) == 0 {
		return nil
	}
	if err := f.bringWhole(bring); err != nil {
		return err
	}
	return atomicfile.WriteJSON(note, now)
}

// prune removes the files that the store does not have any more, and folders without any.
func (f *Folder) prune() error {
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

// bringWhole brings whole files, several at once.
func (f *Folder) bringWhole(names []string) error {
	bytes := int64(0)
	for _, name := range names {
		bytes += f.objects[name].Size
	}
	if err := f.room(bytes); err != nil {
		return err
	}
	var work errgroup.Group
	work.SetLimit(8)
	for _, name := range names {
		work.Go(func() error {
			path := filepath.Join(f.Dir, filepath.FromSlash(name))
			if err := atomicfile.MkdirAll(filepath.Dir(path)); err != nil {
				return err
			}
			return atomicfile.Write(path, true, func(w io.Writer) error { return f.copy(w, name) })
		})
	}
	return work.Wait()
}

// copy writes an object, of the version that was listed.
func (f *Folder) copy(w io.Writer, name string) error {
	o := f.objects[name]
	if o.Size == 0 {
		return nil
	}
	r, err := store.OpenPart(f.ctx, f.At+"/"+name, o, 0, o.Size)
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := io.Copy(w, r)
	if err == nil && n != o.Size {
		err = fmt.Errorf("%s/%s: %d bytes came, want %d", f.At, name, n, o.Size)
	}
	return err
}

// room is an error where the disk has none for so many bytes.
func (f *Folder) room(bytes int64) error {
	if free := machine.FreeDisk(f.root); free >= 0 && free < bytes {
		return &fetch.SpaceError{Folder: filepath.Dir(f.root), Need: bytes, Free: free}
	}
	return nil
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
	if err := f.room(all); err != nil {
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
