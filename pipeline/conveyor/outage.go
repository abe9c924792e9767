package conveyor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"fc7/datasets"
)

// DefaultPatience is how long a machine that cannot read is tried again before the run stops: a server that starts
// anew, or a disk that is mounted again, comes back within it.
const DefaultPatience = 10 * time.Second

// The pauses between two tries: the first one, and what doubling them ends at.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = time.Second
)

// doubtful is how long a folder is waited for that nothing was read from yet: it may be away for a moment, or never
// have been where a list says.
const doubtful = time.Second

// outage waits until a machine in trouble can read again, for all readers of a set's items together.
type outage struct {
	set      *datasets.Set
	patience time.Duration

	mu     sync.Mutex
	since  time.Time       // of trouble since an image was last read; zero: there is none
	stood  map[string]bool // folders from below which an image was read
	absent map[string]bool // folders that were waited for in vain, and from which none was read
}

func newOutage(set *datasets.Set, patience time.Duration) *outage {
	return &outage{set: set, patience: patience, stood: map[string]bool{}, absent: map[string]bool{}}
}

// outlast calls try, and again as long as what is wrong is the machine and may pass. Its error is what is wrong with
// the image, a *MachineError, or the context's.
func (o *outage) outlast(ctx context.Context, it *datasets.Item, try func() error) error {
	var began time.Time // of this image's trouble
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := try()
		t := o.judge(err, it)
		if t == nil {
			return err
		}
		if began.IsZero() {
			began = time.Now()
		}
		switch {
		case t.doubt != "" && time.Since(began) >= min(doubtful, o.patience):
			o.give(t.doubt)
			return err
		case t.doubt == "" && o.lasts(began) >= o.patience:
			t.machine.Tried = o.patience
			return t.machine
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// judge tells what of the machine is wrong; nil: nothing, and the error is the image's, or none.
func (o *outage) judge(err error, it *datasets.Item) *trouble {
	missing := errors.Is(err, fs.ErrNotExist)
	if !missing {
		t := broken(err, it)
		if t == nil {
			o.read(it.At.Path)
		}
		return t
	}
	if t := o.away(err, it); t != nil {
		return t
	}
	// All stands that holds it, but perhaps since a moment only: an image is missing if it is while that stands.
	if again := it.At.Check(); !errors.Is(again, fs.ErrNotExist) {
		return &trouble{machine: &MachineError{Item: it.ID, What: comesAndGoes, Err: err}}
	}
	return o.away(err, it)
}

// lasts is how long the trouble has lasted, which for this image began then: since an image was last read, so that
// those that follow one that was waited for in vain are not waited for anew, or for this image alone.
func (o *outage) lasts(began time.Time) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		o.since = began
	}
	return max(time.Since(o.since), time.Since(began))
}

// read notes that an image was read, or at least that its bytes are there.
func (o *outage) read(path string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.since = time.Time{}
	for dir := filepath.Dir(path); !o.stood[dir]; dir = filepath.Dir(dir) {
		o.stood[dir] = true
		delete(o.absent, dir)
	}
}

// give gives up a folder: none of its images is waited for.
func (o *outage) give(dir string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.absent[dir] = true
}

func (o *outage) hasStood(dir string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stood[dir]
}

func (o *outage) isAbsent(dir string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.absent[dir]
}
