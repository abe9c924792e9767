package conveyor

import (
	"sync"
	"time"
)

// steady is a clock that runs while this process does: a stop (SIGSTOP, a lid that is closed, a machine that swaps)
// counts as one step of longestStep, however long it was. It is to be asked in shorter steps.
type steady struct {
	wall func() time.Time // nil: time.Now

	mu   sync.Mutex
	last time.Time
	ran  time.Duration
}

// longestStep is the longest time between two askings that counts.
const longestStep = 2 * lastPause

func (s *steady) now() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	wall := time.Now
	if s.wall != nil {
		wall = s.wall
	}
	now := wall()
	if !s.last.IsZero() {
		s.ran += min(max(now.Sub(s.last), 0), longestStep)
	}
	s.last = now
	return s.ran
}
