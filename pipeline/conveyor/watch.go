package conveyor

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/internal/meter"
)

// DefaultImageTime is how long the bytes of an image are waited for before the run stops.
const DefaultImageTime = 10 * time.Minute

// What a watch counts: a tick is a second in which this process ran, since a ticker keeps no more than one for whoever
// was stopped meanwhile. So many of them pass before it tells that it waits, and every kibibyte that came earns one
// more.
const (
	tick       = time.Second
	firstTold  = 10
	bytesATick = 1 << 10
)

// watch waits for calls that a dead server or disk may never let return. They are made in goroutines of their own,
// which are left behind when they are given up.
type watch struct {
	tick   time.Duration
	most   int // ticks without an answer
	tell   func(string)
	openAt func(context.Context, *datasets.Item) (io.ReadCloser, error)

	mu    sync.Mutex
	quiet int // ticks up to which nothing is told: who else waits has told it
}

func newWatch(o Options) *watch {
	open := func(ctx context.Context, it *datasets.Item) (io.ReadCloser, error) { return it.At.OpenIn(ctx) }
	return &watch{tick: tick, most: int(max(1, o.ImageTime/tick)), tell: o.note, openAt: open, quiet: firstTold}
}

// watched is the reading of one item, from of to end.
type watched struct {
	*watch
	ctx    context.Context
	item   *datasets.Item
	ticker *time.Ticker
	ticks  int // waited for in all
	bytes  int64
	real   string // what the item's file is a link to; "": it is none
	found  bool   // the item was there when it was planned
}

func (w *watch) of(ctx context.Context, it *datasets.Item) *watched {
	return &watched{watch: w, ctx: ctx, item: it, ticker: time.NewTicker(w.tick)}
}

func (w *watched) end() { w.ticker.Stop() }

// answer calls f and waits for it. The error is f's, the context's, or a *MachineError where nothing comes.
func (w *watched) answer(f func() error) error {
	_, err := answerOf(w, func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// answerOf is answer with what f gives, which is nobody else's before it has come.
func answerOf[T any](w *watched, f func() (T, error)) (T, error) {
	type answer struct {
		is  T
		err error
	}
	var none T
	done, told := make(chan answer, 1), false
	go func() {
		is, err := f()
		done <- answer{is, err}
	}()
	for {
		select {
		case a := <-done:
			if told {
				w.over()
			}
			return a.is, a.err
		case <-w.ctx.Done():
			return none, w.ctx.Err()
		case <-w.ticker.C:
			w.ticks++
			told = w.say() || told
			if w.ticks > w.most+int(w.bytes/bytesATick) {
				err := fmt.Errorf("no answer for %s from the disk or server of %s", time.Duration(w.ticks)*w.tick, w.item.At.Path)
				return none, &MachineError{Item: w.item.ID, What: "its bytes do not come:", Err: err}
			}
		}
	}
}

// say tells that an item is waited for, at twice the time of before, if no other was told of.
func (w *watched) say() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ticks < w.quiet || w.tell == nil {
		return false
	}
	w.quiet = 2 * w.ticks
	w.tell(fmt.Sprintf("waiting %s for %s", time.Duration(w.ticks)*w.tick, w.item.At))
	return true
}

func (w *watched) over() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quiet = firstTold
}

// open opens the item.
func (w *watched) open() (*watchedFile, error) {
	type opened struct {
		f    io.ReadCloser
		size int64
		real string
	}
	o, err := answerOf(w, func() (o opened, err error) {
		if o.f, err = w.openAt(w.ctx, w.item); err != nil {
			return o, err
		}
		o.size = picture.SizeOf(o.f)
		if link, err := os.Lstat(w.item.At.Path); err == nil && link.Mode()&fs.ModeSymlink != 0 {
			o.real, _ = filepath.EvalSymlinks(w.item.At.Path)
		}
		return o, nil
	})
	if err != nil {
		return nil, err
	}
	w.real = o.real
	return &watchedFile{w: w, f: o.f, size: o.size}, nil
}

// room is the memory that opening the item takes.
func (w *watched) room() (int64, error) {
	if w.item.At.Part == nil {
		return 0, nil
	}
	return answerOf(w, func() (int64, error) { return w.item.At.Room(), nil })
}

// stat tells what the file system knows of the file that holds the item; of one on a store, nothing.
func (w *watched) stat() (fs.FileInfo, error) {
	if w.item.At.Remote() {
		return nil, nil
	}
	return answerOf(w, func() (fs.FileInfo, error) { return os.Stat(w.item.At.Path) })
}

// watchedFile is an item that is open, whose calls are waited for no longer than the watch allows.
type watchedFile struct {
	w    *watched
	f    io.ReadCloser
	size int64 // see picture.SizeOf
	err  error // of a call that did not return, which may still write into its buffer
}

// Size is how many bytes there are.
func (f *watchedFile) Size() int64 { return f.size }

func (f *watchedFile) Read(b []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	type read struct {
		n   int
		err error
	}
	got, silent := answerOf(f.w, func() (read, error) {
		n, err := f.f.Read(b)
		return read{n, err}, nil
	})
	if f.err = silent; silent != nil {
		return 0, silent
	}
	f.w.bytes += int64(got.n)
	meter.ImageBytes.Add(int64(got.n))
	return got.n, got.err
}

// Close closes the item.
func (f *watchedFile) Close() error {
	if f.err != nil { // closing would wait, too
		return nil
	}
	return f.w.answer(f.f.Close)
}
