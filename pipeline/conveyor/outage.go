package conveyor

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"fc7/datasets"
	"fc7/internal/machine"
	"fc7/internal/meter"
)

// DefaultPatience is how long a machine that cannot read is tried again before the run stops: a server that starts
// anew, or a disk that is mounted again, comes back within it.
const DefaultPatience = 10 * time.Second

// The pauses between two tries: the first one, and what doubling them ends at.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = time.Second
)

// doubtful is how long a folder is waited for that was not there when the run began, and that nothing was read from
// yet: it may be away for a moment, or never have been where a list says. It is the sum of the pauses that were meant:
// since the image then fails, no clock has a say in it.
const doubtful = 2 * time.Second

// outage waits until a machine in trouble can read again, for all readers of a set's items together.
type outage struct {
	set      *datasets.Set
	patience time.Duration
	tell     func(string)
	clock    steady
	begin    sync.Once

	mu     sync.Mutex
	since  time.Duration   // by the clock, of trouble since an image was last read; negative: there is none
	told   bool            // of it
	stood  map[string]bool // folders that were there at the beginning, or from below which an image was read
	absent map[string]bool // folders that were waited for in vain, and from which none was read, and keys of shut
}

// never is before all times of a clock.
const never = time.Duration(-1)

func newOutage(set *datasets.Set, o Options) *outage {
	return &outage{set: set, patience: o.Patience, tell: o.note, since: never, stood: map[string]bool{}, absent: map[string]bool{}}
}

// outlast calls try, and again as long as what is wrong is the machine and may pass. Its error is what is wrong with
// the image, a *MachineError, or the context's. No time in which this process did not run counts.
func (o *outage) outlast(w *watched, try func() error) (err error) {
	o.begin.Do(func() {
		err = w.answer(func() error { o.lookAround(); return nil })
	})
	if err != nil {
		return err
	}
	began, waited := never, time.Duration(0) // of this image's trouble
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := try()
		if m := new(MachineError); errors.As(err, &m) {
			return m
		}
		t, silent := o.judged(err, w)
		if t == nil || silent != nil {
			return errors.Join(err, silent)
		}
		if began < 0 {
			began = o.clock.now()
		}
		switch {
		case t.doubt != "" && waited >= min(doubtful, o.patience):
			o.give(t.doubt)
			return err
		case t.doubt == "" && o.lasts(began) >= o.patience:
			t.machine.Tried = o.patience
			return t.machine
		case pause == lastPause:
			o.say(t.machine)
		}
		select {
		case <-time.After(pause):
			waited += pause
			meter.ReadRetries.Add(1)
		case <-w.ctx.Done():
			return w.ctx.Err()
		}
	}
}

// judged is judge where the machine may not answer: then the error is a *MachineError, or the context's.
func (o *outage) judged(err error, w *watched) (*trouble, error) {
	if w.item.At.Remote() {
		t := remote(err, w.item)
		if t == nil && w.ctx.Err() == nil {
			o.read(w)
		}
		return t, nil
	}
	if c := new(closeError); errors.As(err, &c) || !machine.InName(err) {
		t := broken(err, w.item)
		if t == nil && w.ctx.Err() == nil {
			o.read(w)
		}
		return t, nil
	}
	return answerOf(w, func() (*trouble, error) { return o.judge(err, w), nil })
}

// isMissing tells whether a file, or a folder on the way to it, is not there.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// judge tells what of the machine is wrong where an image is missing or may not be read; nil: nothing, and the error is
// the image's.
func (o *outage) judge(err error, w *watched) *trouble {
	it := w.item
	if !isMissing(err) {
		return o.shut(err, w)
	}
	if t := o.away(err, it); t != nil {
		return t
	}
	// All stands that holds it, but perhaps since a moment only: an image is missing if it is while that stands.
	if again := it.At.Check(); !isMissing(again) {
		return machineTrouble(it, comesAndGoes, err)
	}
	return o.away(err, it)
}

// shut tells what of the machine is wrong where an image is there, but the system does not open it: its rights, or its
// name, may forbid that; then it does not open for a while, and not the next time either.
func (o *outage) shut(err error, w *watched) *trouble {
	it := w.item
	folder := filepath.Dir(it.At.Path)
	switch {
	case it.At.Part != nil:
		return machineTrouble(it, "the file that holds it and others cannot be opened any more:", err)
	case (o.hasStood(folder) || w.found) && !enterable(folder): // or this machine, or user, was never let in
		return machineTrouble(it, fmt.Sprintf("the folder %s may not be entered any more:", folder), err)
	}
	again, what := w.openAt(w.ctx, it)
	if again != nil {
		_ = again.Close() // nothing was read of it
	}
	if what == nil || !machine.InName(what) {
		return machineTrouble(it, opensNow, err)
	}
	key := folder + shutKey
	if o.isAbsent(key) {
		return nil
	}
	t := machineTrouble(it, maybeShut, err)
	t.doubt = key
	return t
}

// shutKey makes of a folder the key of what does not open in it.
const shutKey = string(filepath.Separator) + "."

// lasts is how long the trouble has lasted, which for this image began then: since an image was last read, so that
// those that follow one that was waited for in vain are not waited for anew, or for this image alone.
func (o *outage) lasts(began time.Duration) time.Duration {
	now := o.clock.now()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since < 0 {
		o.since = began
	}
	return now - min(o.since, began)
}

// say tells of trouble that lasts, once.
func (o *outage) say(m *MachineError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.told && o.tell != nil {
		o.told = true
		o.tell(fmt.Sprintf("%v; trying again for %s", m, o.patience))
	}
}

// read notes that an image was read, or at least that its bytes are there.
func (o *outage) read(w *watched) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.since, o.told = never, false
	if w.item.At.Remote() {
		return
	}
	o.stands(filepath.Dir(w.item.At.Path))
	if w.real != "" {
		o.stands(filepath.Dir(w.real))
	}
}

// stands notes that a folder is there. The caller holds the lock.
func (o *outage) stands(dir string) {
	for ; !o.stood[dir]; dir = filepath.Dir(dir) {
		o.stood[dir] = true
		delete(o.absent, dir)
	}
}

// manyFolders bounds how many folders lookAround looks at.
const manyFolders = 4096

// lookAround notes which of the folders that hold the images are there at the beginning.
func (o *outage) lookAround() {
	last, seen := "", map[string]bool{}
	for i := range o.set.Items {
		path := o.set.Items[i].At.Path
		if o.set.Items[i].At.Remote() {
			continue
		}
		if name, ok := strings.CutPrefix(path, last); ok && last != "" && !strings.ContainsRune(name, filepath.Separator) {
			continue
		}
		dir := filepath.Dir(path)
		last = dir + string(filepath.Separator)
		if seen[dir] {
			continue
		}
		if seen[dir] = true; enterable(dir) {
			o.mu.Lock()
			o.stands(dir)
			o.mu.Unlock()
		}
		if len(seen) == manyFolders {
			return
		}
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
