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
	openAt func(*datasets.Item) (io.ReadCloser, error)

	mu    sync.Mutex
	quiet int // ticks up to which nothing is told: who else waits has told it
}

func newWatch(o Options) *watch {
	open := func(it *datasets.Item) (io.ReadCloser, error) { return it.At.Open() }
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
}

func (w *watch) of(ctx context.Context, it *datasets.Item) *watched {
	return &watched{watch: w, ctx: ctx, item: it, ticker: time.NewTicker(w.tick)}
}

func (w *watched) end() { w.ticker.Stop() }

// silentError is a machine that does not answer.
type silentError struct {
	path  string
	ticks time.Duration
}

func (e *silentError) Error() string {
	return fmt.Sprintf("no answer for %s from the disk or server of %s", e.ticks, e.path)
}

// answer calls f and waits for it. The error is f's, the context's, or a *MachineError where nothing comes. What f
// changes is its own until answer has returned nil.
func (w *watched) answer(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	told := false
	for {
		select {
		case err := <-done:
			if told {
				w.over()
			}
			return err
		case <-w.ctx.Done():
			return w.ctx.Err()
		case <-w.ticker.C:
			w.ticks++
			told = w.say() || told
			if w.ticks > w.most+int(w.bytes/bytesATick) {
				err := &silentError{w.item.At.Path, time.Duration(w.ticks) * w.tick}
				return &MachineError{Item: w.item.ID, What: "its bytes do not come:", Err: err}
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
func (w *watched) open() (io.ReadCloser, error) {
	type opened struct {
		f    io.ReadCloser
		info fs.FileInfo
		real string
	}
	got := make(chan opened, 1)
	err := w.answer(func() error {
		f, err := w.openAt(w.item)
		if err != nil {
			return err
		}
		o := opened{f: f}
		if file, ok := f.(fs.File); ok {
			o.info, _ = file.Stat() // who asks for it makes do without
		}
		if link, err := os.Lstat(w.item.At.Path); err == nil && link.Mode()&fs.ModeSymlink != 0 {
			o.real, _ = filepath.EvalSymlinks(w.item.At.Path)
		}
		got <- o
		return nil
	})
	if err != nil {
		return nil, err
	}
	o := <-got
	w.real = o.real
	r := &watchedFile{w: w, f: o.f, info: o.info}
	if o.info == nil {
		return watchedPart{r, picture.SizeOf(o.f)}, nil
	}
	return r, nil
}

// watchedPart is a watchedFile that is no fs.File: a part of one.
type watchedPart struct {
	io.ReadCloser
	size int64
}

// Size is how many bytes there are.
func (p watchedPart) Size() int64 { return p.size }

// room is the memory that opening the item takes.
func (w *watched) room() (int64, error) {
	if w.item.At.Part == nil {
		return 0, nil
	}
	got := make(chan int64, 1)
	err := w.answer(func() error {
		got <- w.item.At.Room()
		return nil
	})
	if err != nil {
		return 0, err
	}
	return <-got, nil
}

// watchedFile is an fs.File whose calls are waited for no longer than the watch allows.
type watchedFile struct {
	w    *watched
	f    io.ReadCloser
	info fs.FileInfo
	err  error // of a call that did not return, which may still write into its buffer
}

func (f *watchedFile) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *watchedFile) Read(b []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	got := make(chan int, 1)
	err := f.w.answer(func() error {
		n, err := f.f.Read(b)
		got <- n
		return err
	})
	select {
	case n := <-got:
		f.w.bytes += int64(n)
		return n, err
	default:
		f.err = err
		return 0, err
	}
}

func (f *watchedFile) Close() error {
	if f.err != nil { // closing would wait, too
		return nil
	}
	return f.w.answer(f.f.Close)
}

// stat tells what the file system knows of the file that holds the item.
func (w *watched) stat() (fs.FileInfo, error) {
	got := make(chan fs.FileInfo, 1)
	err := w.answer(func() error {
		info, err := os.Stat(w.item.At.Path)
		got <- info
		return err
	})
	if err != nil {
		return nil, err
	}
	return <-got, nil
}
