package conveyor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// DefaultImageTime is the time that reading and decoding one image may take: far more than the largest image within the
// limit of pixels needs on a slow machine.
const DefaultImageTime = 2 * time.Minute

// timeLimit ends the reading and decoding of one image when its time is over, or with its context.
type timeLimit struct {
	ctx   context.Context
	limit time.Duration
	until time.Time
}

func newTimeLimit(ctx context.Context, limit time.Duration) *timeLimit {
	return &timeLimit{ctx, limit, time.Now().Add(limit)}
}

// errTooSlow is an image whose reading and decoding took too long.
var errTooSlow = errors.New("image over the limit of time")

// poll is asked while an image is read and decoded; its error ends that. The message does not tell how long it took:
// the same failure is the same row.
func (t *timeLimit) poll() error {
	if err := t.ctx.Err(); err != nil {
		return err
	}
	if time.Now().After(t.until) {
		return fmt.Errorf("%w: reading and decoding took more than %s; raise the limit if the file is sound", errTooSlow, t.limit)
	}
	return nil
}
