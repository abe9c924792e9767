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
	turns atomic.Uint64 // how often a reading began or ended: odd while a file is being read
	file  atomic.Pointer[[]byte]
	stop  chan struct{}
}

func newWatch(name string) *watch {
	w := &watch{stop: make(chan struct{})}
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		turn, began := uint64(0), spent()
		for {
			select {
			case <-w.stop:
				return
			case <-tick.C:
			}
			if now := w.turns.Load(); now != turn || now%2 == 0 {
				turn, began = now, spent()
				continue
			}
			if spent()-began > 3*maxTime {
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

// guarded runs f on a file, and tells how long it took by the clock; a panic is returned as a text.
func (w *watch) guarded(file []byte, f func() error) (took time.Duration, panicked string, err error) {
	start := time.Now()
	w.file.Store(&file)
	w.turns.Add(1)
	defer func() {
		w.turns.Add(1)
		took = time.Since(start)
		if p := recover(); p != nil {
			panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
	}()
	err = f()
	return
}
