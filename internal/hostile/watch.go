package hostile

import (
	"fmt"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// maxTime is what a file may take, of the processor where that is known: how busy the machine is decides nothing.
const maxTime = 10 * time.Second

// allocated is how many bytes the process has allocated since it started.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// watch ends the process when a file takes far longer than it may: what hangs cannot be told so in any other way.
type watch struct {
	began atomic.Int64 // spent by then, in nanoseconds, and 1; 0: nothing is being read
	file  atomic.Pointer[[]byte]
	stop  chan struct{}
}

func newWatch(name string) *watch {
	w := &watch{stop: make(chan struct{})}
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-tick.C:
			}
			if began := w.began.Load(); began != 0 && spent()-time.Duration(began) > 3*maxTime {
				path := ""
				if f, err := os.CreateTemp("", "hang-*"); err == nil {
					_, _ = f.Write(*w.file.Load())
					f.Close()
					path = f.Name()
				}
				panic(fmt.Sprintf("%s: a file is still being read after %v: %s", name, 3*maxTime, path))
			}
		}
	}()
	return w
}

func (w *watch) close() { close(w.stop) }

// guarded runs f on a file; a panic is returned as a text.
func (w *watch) guarded(file []byte, f func() error) (took time.Duration, panicked string, err error) {
	start := spent()
	w.file.Store(&file)
	w.began.Store(int64(start) + 1)
	defer func() {
		took = spent() - start
		w.began.Store(0)
		if p := recover(); p != nil {
			panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
	}()
	err = f()
	return
}
