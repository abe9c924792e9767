package f32

import (
	"sync/atomic"
	"time"
)

// sleeper is a goroutine's way to wait for what others do, who call it when they have.
type sleeper struct {
	asleep atomic.Bool
	called chan struct{}
}

func newSleeper() sleeper { return sleeper{called: make(chan struct{}, 1)} }

// lookout is how long a patient goroutine looks out for what it waits for before it sleeps. To wake a thread takes the
// kernel up to 0.1 ms, and where it puts it on the processor of whoever called, several: longer than many a step of a
// layer. No more than this is lost where nothing comes.
const lookout = 300 * time.Microsecond

var atOnce atomic.Bool

// SleepAtOnce lets the workers of teams that are started from now on sleep without a look-out. It is for tests: of
// several programs that share the processors one that looks out takes them from another that works.
func SleepAtOnce() { atOnce.Store(true) }

// until returns when so says yes; false: the channel was closed.
func (s *sleeper) until(patient bool, so func() bool) bool {
	for !so() && !(patient && lookOut(so)) {
		s.asleep.Store(true)
		if so() && s.asleep.CompareAndSwap(true, false) {
			return true // else it is being called
		}
		if _, open := <-s.called; !open {
			return false
		}
	}
	return true
}

// lookOut looks for a while.
func lookOut(so func() bool) bool {
	for began := time.Now(); time.Since(began) < lookout; {
		for range 64 {
			if so() {
				return true
			}
		}
	}
	return false
}

// call wakes the goroutine, if it sleeps, after what it waits for was done.
func (s *sleeper) call() {
	if s.asleep.CompareAndSwap(true, false) {
		s.called <- struct{}{}
	}
}
