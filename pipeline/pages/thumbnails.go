package pages

import (
	"bytes"
	"context"
	"image/jpeg"
	"runtime"

	"github.com/sourcegraph/conc/pool"

	"fc7/internal/escape"
	"fc7/outputs/report"
	"fc7/pipeline/thumbs"
)

// The limits of a page's thumbnails: pixels of the longer side, JPEG's quality, and bytes of all together, which base64
// makes a third more of the page.
const (
	thumbSide    = 120
	thumbQuality = 72
	thumbBudget  = 4 << 20
)

// thumbnails makes small pictures of a table's images.
type thumbnails struct{ *thumbs.Images }

// fill makes the pictures of all thumbnails that keys names, several at once, and leaves out what is over the budget.
// An image that cannot be shown keeps its place and says why; the error is what is wrong with the machine.
func (t thumbnails) fill(parent context.Context, thumbs []*report.Thumb, keys []string) error {
	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	made := map[string]*report.Thumb{}
	work := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for _, key := range keys {
		if made[key] != nil {
			continue
		}
		one := &report.Thumb{}
		made[key] = one
		work.Go(func() {
			if ctx.Err() != nil {
				return
			}
			if err := t.draw(ctx, one, key); err != nil {
				stop(err)
			}
		})
	}
	work.Wait()
	left := thumbBudget
	for i, key := range keys {
		m := made[key]
		thumbs[i].Missing = m.Missing
		if left -= len(m.JPEG); left < 0 {
			thumbs[i].Missing = "left out: the page would be too large"
			continue
		}
		thumbs[i].JPEG, thumbs[i].W, thumbs[i].H = m.JPEG, m.W, m.H
	}
	return context.Cause(ctx)
}

// draw makes one picture, or says why there is none.
func (t thumbnails) draw(ctx context.Context, to *report.Thumb, key string) error {
	im, missing, err := t.Draw(ctx, key, thumbSide)
	if im == nil {
		to.Missing = missing
		return err
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, im, &jpeg.Options{Quality: thumbQuality}); err != nil {
		to.Missing = escape.Error(err)
		return nil
	}
	to.JPEG, to.W, to.H = b.Bytes(), im.Bounds().Dx(), im.Bounds().Dy()
	return nil
}
