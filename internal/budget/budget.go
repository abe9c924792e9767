// Package budget shares out memory among all who ask for it: each says how much it will need, and waits until there is
// room.
package budget

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Budget is an amount of memory that many use together. Whoever stands in line for it is served in the order of its
// turn, so that a large one is not passed by for ever. One that is larger than the whole goes when no other works,
// alone.
type Budget struct {
	mu      sync.Mutex
	limit   int64
	held    int64   // by all turns
	dropped int64   // given back since memory was last collected: it is still there
	working int     // turns that hold memory and do not only keep it
	waiting []*Turn // by place
	places  uint64
	waits   Waits

	collecting sync.Mutex
}

// Waits are how often, and how long in all, memory was waited for.
type Waits struct {
	Count int
	Time  time.Duration
}

// New is a budget of so many bytes.
func New(limit int64) *Budget { return &Budget{limit: limit} }

// Limit is the size of the budget.
func (b *Budget) Limit() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limit
}

// Held is what is held of it now.
func (b *Budget) Held() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

// SetLimit changes the size of the budget.
func (b *Budget) SetLimit(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limit = n
	b.serve()
}

// Waited tells how often memory was waited for until now.
func (b *Budget) Waited() Waits {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waits
}

// Turn is a place in the line, and what is held from there. It belongs to one goroutine at a time.
//
// Whoever holds memory must give it back without waiting for a later turn, unless it only keeps it: then those that
// work end without it, and the first in line goes however much is kept.
type Turn struct {
	b       *Budget
	place   uint64
	held    int64
	working bool

	want  int64
	ready chan struct{} // while it waits
}

// Turn takes the next place in the line.
func (b *Budget) Turn() *Turn {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.places++
	return &Turn{b: b, place: b.places}
}

// Held is what the turn holds.
func (t *Turn) Held() int64 { return t.held }

// Take waits until the turn, which holds nothing, can hold n bytes. The error is the context's.
func (t *Turn) Take(ctx context.Context, n int64) error {
	b := t.b
	b.mu.Lock()
	t.want, t.ready = n, make(chan struct{})
	at, _ := slices.BinarySearchFunc(b.waiting, t, func(a, b *Turn) int { return cmp.Compare(a.place, b.place) })
	b.waiting = slices.Insert(b.waiting, at, t)
	b.serve()
	served := t.ready == nil
	ready := t.ready
	b.mu.Unlock()
	if served {
		b.collect()
		return nil
	}
	began := time.Now()
	select {
	case <-ready:
	case <-ctx.Done():
	}
	b.mu.Lock()
	b.waits.Count++
	b.waits.Time += time.Since(began)
	if t.ready != nil { // not served: the context ended
		b.waiting = slices.DeleteFunc(b.waiting, func(w *Turn) bool { return w == t })
		t.ready = nil
		b.serve()
		b.mu.Unlock()
		return ctx.Err()
	}
	b.mu.Unlock()
	b.collect()
	return nil
}

// serve lets those go that are first in line and for whom there is room. The caller holds the lock.
func (b *Budget) serve() {
	for len(b.waiting) > 0 {
		t := b.waiting[0]
		if b.held+t.want > b.limit && b.working > 0 {
			return
		}
		b.waiting = b.waiting[1:]
		b.give(t, t.want)
		close(t.ready)
		t.ready = nil
	}
}

// give sets what a turn that works holds.
func (b *Budget) give(t *Turn, n int64) {
	b.held += n - t.held
	t.held = n
	if !t.working {
		t.working = true
		b.working++
	}
}

// Grow makes what the turn holds n bytes, if there is room for that now and nobody stands in line before it.
func (t *Turn) Grow(n int64) bool {
	b := t.b
	b.mu.Lock()
	alone := b.working == 0 || b.working == 1 && t.working
	if len(b.waiting) > 0 && b.waiting[0].place < t.place || b.held-t.held+n > b.limit && !alone {
		b.mu.Unlock()
		return false
	}
	b.give(t, n)
	b.mu.Unlock()
	b.collect()
	return true
}

// Keep gives back all but n bytes: the work is over, and these are what came of it.
func (t *Turn) Keep(n int64) {
	b := t.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if t.working {
		b.dropped += max(t.held-n, 0)
		b.working--
		t.working = false
	}
	b.held += n - t.held
	t.held = n
	b.serve()
}

// Release gives back what is held. A second one does nothing.
func (t *Turn) Release() { t.Keep(0) }

// collect makes room where what was given back would, with what is held, be more than the budget: it is there until it
// is collected, which would happen when it pleases.
func (b *Budget) collect() {
	b.collecting.Lock()
	defer b.collecting.Unlock()
	b.mu.Lock()
	dropped := b.dropped
	full := dropped > 0 && b.held+dropped > b.limit
	b.mu.Unlock()
	if !full {
		return
	}
	runtime.GC()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dropped -= dropped
}
