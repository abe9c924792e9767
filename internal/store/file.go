package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// File is an object that is read in parts, all of one version: another one is a Fault that the object has changed. Its
// methods may be called from several goroutines, which wait for one another.
//
// Small reads are made from a window that is read ahead: one of the first size behind a leap, twice as large each time
// where what is wanted lies close behind, so that what is far apart costs a request each, and what is close together
// the bytes between.
type File struct {
	ctx    context.Context
	of     backend
	p      patience
	key    string
	shown  string
	object Object
	first  int64

	mu     sync.Mutex
	ahead  int64 // size of the last window
	at     int64 // where it begins
	window []byte
}

// Bounds of windows, and how many bytes are rather read than leapt over: what a request takes to be answered, bytes
// take to come.
const (
	FirstWindow = 64 << 10
	lastWindow  = 8 << 20
	passedOver  = 1 << 20
)

// OpenFile opens an object to be read in parts as long as the context lasts. was is what is known of it; where that is
// nothing, the store is asked. first is the size of the first window.
func OpenFile(ctx context.Context, at string, was Object, first int64) (*File, error) {
	b, p, a, err := backendOf(at)
	if err != nil {
		return nil, err
	}
	f := &File{ctx: ctx, of: b, p: p, key: a.key, shown: Shown(at), object: was, first: min(max(first, 1), lastWindow)}
	if was.Version == "" {
		if f.object, err = Stat(ctx, at); err != nil {
			return nil, err
		}
	}
	switch {
	case f.object.Version == "":
		return nil, &Fault{of: f.shown, err: errors.New("the server tells no version of it (ETag, or the time of its last change), so that parts of it might be of several: copy it to a disk")}
	case f.object.Size < 0:
		return nil, &Fault{of: f.shown, err: errors.New("the server does not tell its size: copy it to a disk")}
	}
	return f, nil
}

// Object is what is read.
func (f *File) Object() Object { return f.object }

// Close gives the window back.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.window = nil
	return nil
}

// ReadAt is that of io.ReaderAt.
func (f *File) ReadAt(b []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("%s: byte %d", f.shown, off)
	}
	all := min(int64(len(b)), max(0, f.object.Size-off))
	f.mu.Lock()
	defer f.mu.Unlock()
	for int64(n) < all {
		at := off + int64(n)
		if at >= f.at && at < f.at+int64(len(f.window)) {
			n += copy(b[n:all], f.window[at-f.at:])
			continue
		}
		if left := b[n:all]; len(left) >= lastWindow {
			if err := f.read(left, at); err != nil {
				return n, err
			}
			return len(b[:all]), short(len(b), all)
		}
		if err := f.fill(at, all-int64(n)); err != nil {
			return n, err
		}
	}
	return n, short(len(b), all)
}

// short is the end of the file where fewer bytes are there than were asked for.
func short(asked int, there int64) error {
	if there < int64(asked) {
		return io.EOF
	}
	return nil
}

// fill makes the window one with a byte, and at least so many from there on.
func (f *File) fill(at, least int64) error {
	if behind := at - f.at - int64(len(f.window)); f.ahead > 0 && behind >= 0 && behind <= passedOver {
		f.ahead = min(2*f.ahead, lastWindow)
	} else {
		f.ahead = f.first
	}
	size := min(max(f.ahead, least), f.object.Size)
	from := max(0, min(at, f.object.Size-size)) // at the end of the file what is before comes too
	window := make([]byte, size)
	f.window = nil
	if err := f.read(window, from); err != nil {
		return err
	}
	f.at, f.window = from, window
	return nil
}

// read reads bytes of the object.
func (f *File) read(b []byte, from int64) error {
	r := &Reader{ctx: f.ctx, of: f.of, p: f.p, key: f.key, shown: f.shown, object: f.object, from: from, at: from, end: from + int64(len(b)), part: true}
	if err := f.p.again(f.ctx, r.open); err != nil {
		return named(err, f.shown)
	}
	defer r.Close()
	_, err := io.ReadFull(r, b)
	return err
}

// OpenPart opens n bytes of an object of which is known what was, by one request that is for this version alone.
func OpenPart(ctx context.Context, at string, was Object, from, n int64) (*Reader, error) {
	b, p, a, err := backendOf(at)
	if err != nil {
		return nil, err
	}
	r := &Reader{ctx: ctx, of: b, p: p, key: a.key, shown: Shown(at), object: was, from: from, at: from, end: from + n, part: true}
	err = p.again(ctx, r.open)
	return r, named(err, r.shown)
}

// Copy writes all of an object, of the size and version that it was listed with.
func Copy(ctx context.Context, w io.Writer, at string, was Object) error {
	if was.Size == 0 {
		return nil
	}
	r, err := OpenPart(ctx, at, was, 0, was.Size)
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := io.Copy(w, r)
	if err == nil && n != was.Size {
		err = fmt.Errorf("%s: %d bytes came, want %d", Shown(at), n, was.Size)
	}
	return err
}
