package fetch

import (
	"context"
	"sync/atomic"
	"time"
)

// pace is how fast bytes come.
type pace struct{ bytes atomic.Int64 }

// ticksIdle are the ticks in Options.idle. They are counted where a clock would be read, since a ticker keeps no more
// than one for a process that was stopped meanwhile.
const ticksIdle = 60

// watch ends a request by cancel where nothing comes for Options.idle, or in one such time after the other too little.
// It ends with the function that it returns.
func (p *pace) watch(o Options, cancel context.CancelCauseFunc) (end func()) {
	t, done := time.NewTicker(max(o.idle/ticksIdle, 1)), make(chan struct{})
	go func() {
		defer t.Stop()
		silent, ticks, sum := 0, 0, int64(0)
		for {
			select {
			case <-done:
				return
			case <-t.C:
			}
			came := p.bytes.Swap(0)
			if silent++; came > 0 {
				silent = 0
			}
			if sum += came; sum > 0 { // a window begins with its first byte
				ticks++
			}
			switch {
			case silent >= ticksIdle:
				cancel(&idleError{o.idle})
			case ticks >= ticksIdle && sum < o.least:
				cancel(&slowError{sum, o.least, o.idle})
			case ticks >= ticksIdle:
				ticks, sum = 0, 0
			}
		}
	}()
	return func() { close(done) }
}
