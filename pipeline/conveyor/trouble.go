package conveyor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"fc7/datasets"
)

// DefaultImageTime is the time that reading and decoding one image may take: far more than
// the largest image within the limit of pixels needs on a slow machine.
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

// poll is asked while an image is read and decoded; its error ends that. The message
// does not tell how long it took: the same failure is the same row.
func (t *timeLimit) poll() error {
	if err := t.ctx.Err(); err != nil {
		return err
	}
	if time.Now().After(t.until) {
		return fmt.Errorf("%w: reading and decoding took more than %s; raise the limit if the file is sound", errTooSlow, t.limit)
	}
	return nil
}

// trouble tells apart what is wrong with one image, which becomes a failed row, and what is
// wrong with the machine: then every row would fail, and the run had better stop.
// It returns the run's error, or nil.
func trouble(err error, set *datasets.Set, it *datasets.Item) error {
	for _, e := range [...]syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ESTALE, syscall.ENOTCONN} {
		if errors.Is(err, e) {
			return fmt.Errorf("%s: this machine cannot read images now: %w", it.ID, err)
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if set.Root != "" && gone(set.Root) {
		return fmt.Errorf("%s: the data set's folder %s is gone: was its disk taken away? %w", it.ID, set.Root, err)
	}
	if it.At.Part != nil && gone(it.At.Path) {
		return fmt.Errorf("%s: the file that holds it and others is gone: %w", it.ID, err)
	}
	return nil
}

func gone(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}
