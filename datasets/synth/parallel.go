package synth

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// drawAll draws every scene into its file below dir and returns what became of its things and the bytes written. The
// folders exist.
func drawAll(ctx context.Context, dir string, scenes []scene, o Options) ([][]trace, int64, error) {
	workers := o.workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next, bytes atomic.Int64
	report := reporter(o.progress, len(scenes))
	traces := make([][]trace, len(scenes))
	g, ctx := errgroup.WithContext(ctx)
	for range min(workers, len(scenes)) {
		g.Go(func() error {
			var c canvas
			for {
				i := int(next.Add(1)) - 1
				if i >= len(scenes) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				t, n, err := c.drawFile(dir, &scenes[i], o.quality)
				if err != nil {
					return err
				}
				traces[i] = t
				bytes.Add(n)
				report()
			}
		})
	}
	err := g.Wait()
	return traces, bytes.Load(), err
}

// drawFile draws a scene into its file and returns the file's size.
func (c *canvas) drawFile(dir string, s *scene, quality int) (traces []trace, size int64, err error) {
	f, err := os.Create(filepath.Join(dir, filepath.FromSlash(s.path)))
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if traces, err = c.draw(w, s, quality); err != nil {
		return nil, 0, err
	}
	if err := w.Flush(); err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	return traces, info.Size(), nil
}

// reporter counts for Options.Progress.
func reporter(progress func(done, total int), total int) func() {
	if progress == nil {
		return func() {}
	}
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		progress(done, total)
	}
}
