package conveyor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/internal/budget"
)

// Images that are decoded at once share one budget of memory: each asks, by its header, for what it will need, and
// waits until there is room. Which ones do depends on the machine; what comes of them does not. An image that is larger
// than the whole budget is decoded when no other is.
//
// In a conveyor images have their turns in their order, and views that wait for the net count. The next one in order is
// always the first in line, and goes however many views of later ones are kept, so nothing can wait for ever.

// errNoRoom ends a reading that is to begin anew when there is room.
var errNoRoom = errors.New("no memory yet")

// roomy is a reader whose images have their turns by t.
func (r *Reader) roomy(t *budget.Turn) *Reader {
	own := *r
	own.turn = t
	return &own
}

// Use is Image whose memory counts until use returns.
func (r *Reader) Use(ctx context.Context, it *datasets.Item, use func(*picture.Image) error) error {
	t := r.memory.Turn()
	defer t.Release()
	im, _, err := r.roomy(t).image(ctx, it)
	if err != nil {
		return err
	}
	return use(im)
}

// within calls use with a function by which it asks for memory, in all that it needs. If that is to be waited for while
// the item's bytes are held, use ends by its error, and is called again when there is room. What was asked for is given
// back after an error; else it is held until the reader's turn ends, or, without one, until within does.
func (r *Reader) within(w *watched, use func(reserve func(int64) error) error) (err error) {
	t := r.turn
	if t == nil {
		t = r.memory.Turn()
		defer t.Release()
	}
	defer func() {
		if err != nil {
			t.Release()
		}
	}()
	ctx := w.ctx
	opening, err := w.room()
	if err != nil {
		return err
	}
	for need := opening; ; {
		if need > 0 {
			if err := t.Take(ctx, need); err != nil {
				return err
			}
		}
		need = 0
		err := use(func(n int64) error {
			n += opening
			switch {
			case n <= t.Held():
			case t.Held() == 0:
				return t.Take(ctx, n)
			case !t.Grow(n):
				need = n
				return errNoRoom
			}
			return nil
		})
		if need == 0 {
			return err
		}
		t.Release()
	}
}

// withBox is reserve that also asks for the copy of a box, three bytes a pixel; of one that reaches beyond its image
// there can be no more than of the image, which is in what is asked for, and so it is of one that may be scaled.
func withBox(reserve func(int64) error, b *datasets.Box) func(int64) error {
	if reserve == nil || b == nil {
		return reserve
	}
	box := b.Pixels(b.Drawn())
	width, height := int64(box.Dx()), int64(box.Dy())
	if drawn, _ := b.Drawn(); drawn > 0 { // which may be scaled, to a size that is not known yet
		width, height = math.MaxInt64, 1
	}
	return func(n int64) error {
		if width > 0 && height > n/3/width {
			return reserve(2 * n)
		}
		return reserve(n + 3*width*height)
	}
}

// tellWaits notes that images waited for memory since before.
func (c *Conveyor) tellWaits(before budget.Waits) {
	now := c.reader.memory.Waited()
	if n := now.Count - before.Count; n > 0 {
		took := (now.Time - before.Time).Round(100 * time.Millisecond)
		c.Events.TellNote(fmt.Sprintf("images waited for memory %d times, %s in all decoders together: %s are shared out among them (--memory)",
			n, took, budget.Size(c.reader.memory.Limit())))
	}
}
