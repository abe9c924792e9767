package f32

import (
	"sync"

	"fc7/internal/fault"
)

// Pieces makes a function of worker and piece a Job.
type Pieces func(worker, piece int)

// Do does a piece.
func (p Pieces) Do(worker, piece int) { p(worker, piece) }

// Try is Run of pieces that may fail, also by memory of a mapped file that cannot be read any more (package fault). All
// are begun nevertheless; it returns the error that came first.
func (t *Team) Try(n int, do func(piece int) error) error {
	var mu sync.Mutex
	var first error
	t.Run(n, Pieces(func(_, i int) {
		if err := fault.Guard(func() error { return do(i) }); err != nil {
			mu.Lock()
			defer mu.Unlock()
			if first == nil {
				first = err
			}
		}
	}))
	return first
}
