package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"fc7/internal/meter"
)

// patience says how long a store is asked again.
type patience struct {
	tries   int           // of a request in a row, or cuts of a body within renewed bytes
	first   time.Duration // pause before the second try, doubled for each further one
	longest time.Duration // pause, also one that a server asks for
	idle    time.Duration // without a byte, before a connection is given up
	least   int64         // bytes that are to come in that time
	renewed int64         // bytes after which earlier cuts are forgotten
}

var usual = patience{
	tries: 6, first: 200 * time.Millisecond, longest: 2 * time.Minute,
	idle: time.Minute, least: 60 << 10, renewed: 1 << 20,
}

// again calls do until it fails for good, or too often in a row.
func (p patience) again(ctx context.Context, do func() error) error {
	for n := 1; ; n++ {
		err := do()
		if err == nil {
			return nil
		}
		if err := p.pause(ctx, err, n); err != nil {
			return err
		}
	}
}

// pause waits after failure n of a request; the error, if any, is the one to end with.
func (p patience) pause(ctx context.Context, err error, n int) error {
	var f *Fault
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !errors.As(err, &f) || f.kind != busy {
		return err
	}
	wait := min(p.first<<min(n-1, 16), p.longest)
	wait = wait/2 + rand.N(wait/2+1) // those that failed together do not come back together
	if f.after > 0 {
		wait = f.after
	}
	if f.tries = n; n >= p.tries || wait > p.longest {
		return err
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		meter.StoreRetries.Add(1)
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
