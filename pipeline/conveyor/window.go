package conveyor

import (
	"sync"

	"fc7/internal/teams"
)

// window are the images from the decoders to the writers, in their order, so that several can go through the net
// together. The net takes what there is and never waits for more: where it is the slowest stage the window fills up and
// its batches are whole, where the decoders are an image goes as soon as it comes.
type window struct {
	mu      sync.Mutex
	changed *sync.Cond
	images  []*prepared
	bytes   int64 // of their views, and of their rows once they have them
	ended   bool
	left    bool // by the net
	teams   int

	mostImages int
	mostBytes  int64
}

// A window holds at most so many images, and so many bytes, and more for each team: what it works on. One image may
// always come.
const (
	windowImages = 32
	windowBytes  = 64 << 20
	teamBytes    = 32 << 20
)

func newWindow(of int) *window {
	w := &window{teams: of, mostImages: windowImages + of*teams.Batch, mostBytes: windowBytes + int64(of)*teamBytes}
	w.changed = sync.NewCond(&w.mu)
	return w
}

// put adds an image when there is room for it.
func (w *window) put(p *prepared) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p.bytes = p.views.Bytes()
	for !w.left && len(w.images) > 0 && (len(w.images) >= w.mostImages || w.bytes+p.bytes > w.mostBytes) {
		w.changed.Wait()
	}
	w.images = append(w.images, p)
	w.bytes += p.bytes
	w.changed.Broadcast()
}

// end tells that no more will come.
func (w *window) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.changed.Broadcast()
}

// leave tells that nobody takes any more, be it by a panic: nobody waits for room then.
func (w *window) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = true
	w.changed.Broadcast()
}

// take waits for an image that nobody took and returns the first with those behind it, as many as portions fill a
// whole; none at the end. Of the last images each team gets its share.
func (w *window) take(portion func(*prepared) float64) (batch []*prepared) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.untaken()
	for ; n == 0 && !w.ended; n = w.untaken() {
		w.changed.Wait()
	}
	most := n
	if w.ended {
		most = (n + w.teams - 1) / w.teams
	}
	const rounding = 1e-9
	room := 1 + rounding
	for _, p := range w.images {
		if p.taken || len(batch) == most {
			continue
		}
		if part := portion(p); len(batch) == 0 || part <= room { // what did not fit does not fit into less
			p.taken = true
			batch, room = append(batch, p), room-part
		}
	}
	return batch
}

// untaken counts the images that no team has taken. The caller holds the lock.
func (w *window) untaken() (n int) {
	for _, p := range w.images {
		if !p.taken {
			n++
		}
	}
	return n
}

// settle notes that images have their rows, and what they hold now.
func (w *window) settle(batch []*prepared) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range batch {
		w.bytes -= p.bytes
		p.done, p.bytes = true, p.rowBytes()
		w.bytes += p.bytes
	}
	w.changed.Broadcast()
}

// next takes the first image out; nil if it has no rows yet.
func (w *window) next() *prepared {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.images) == 0 || !w.images[0].done {
		return nil
	}
	p := w.images[0]
	w.images = w.images[1:]
	w.bytes -= p.bytes
	w.changed.Broadcast()
	return p
}
