package thumbs

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"runtime"

	"github.com/sourcegraph/conc/pool"

	"fc7/internal/escape"
)

// Several does n things, so many at once (below 1: as there are cores), and begins no more after the first error, which
// it returns, or that of the context.
func Several(parent context.Context, n, threads int, do func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	work := pool.New().WithMaxGoroutines(threads)
	for i := 0; i < n && ctx.Err() == nil; i++ {
		work.Go(func() {
			if ctx.Err() != nil {
				return
			}
			if err := do(ctx, i); err != nil {
				stop(err)
			}
		})
	}
	work.Wait()
	return context.Cause(ctx)
}

// JPEG is what Draw gives as a JPEG of a quality, with frames drawn on it, with its width and height; nil: missing says
// why there is none.
func (t *Images) JPEG(ctx context.Context, key string, side, quality int, frames ...Frame) (encoded []byte, size image.Point, missing string, err error) {
	im, missing, err := t.Draw(ctx, key, side)
	if im == nil {
		return nil, size, missing, err
	}
	for _, f := range frames {
		f.on(im)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, im, &jpeg.Options{Quality: quality}); err != nil {
		return nil, size, escape.Error(err), nil
	}
	return b.Bytes(), im.Rect.Size(), "", nil
}
