package conveyor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"fc7/datasets"
)

// hanging is a file whose bytes come after so many seconds each, which are short here.
type hanging struct {
	data  []byte
	after time.Duration
	never chan struct{} // closed at the end of a test
}

func (h *hanging) Read(b []byte) (int, error) {
	if len(h.data) == 0 {
		return 0, io.EOF
	}
	select {
	case <-time.After(h.after):
	case <-h.never:
		return 0, errors.New("the test is over")
	}
	n := copy(b[:min(len(b), 7)], h.data)
	h.data = h.data[n:]
	return n, nil
}

func (h *hanging) Close() error { return nil }

// hung is a reader of files that come so slowly, whose second is a millisecond long.
func hung(t *testing.T, data []byte, after time.Duration, o Options) *Reader {
	t.Helper()
	r := NewReader(&datasets.Set{Root: t.TempDir()}, o)
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	r.watch.tick = time.Millisecond
	r.watch.openAt = func(context.Context, *datasets.Item) (io.ReadCloser, error) {
		return &hanging{bytes.Clone(data), after, never}, nil
	}
	return r
}

// TestSilence: a read that never returns is told of, at growing intervals and once for all that wait, and then stops
// the run: it is the machine's.
func TestSilence(t *testing.T) {
	var mu sync.Mutex
	var told []string
	r := hung(t, []byte("never"), time.Hour, Options{ImageTime: 50 * time.Second, note: func(s string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, s)
	}})
	r.watch.tick = 20 * time.Millisecond // an open that is slow for ten of them would be told of by itself
	var readers sync.WaitGroup
	for i := range 8 {
		readers.Go(func() {
			it := &datasets.Item{ID: fmt.Sprint(i), At: datasets.Location{Path: "x.jpg"}}
			_, _, err := r.image(t.Context(), it)
			var m *MachineError
			if !errors.As(err, &m) || m.Item != it.ID || err.Error() != m.Item+": its bytes do not come: no answer for 1.02s from the disk or server of x.jpg" {
				t.Errorf("%v", err)
			}
		})
	}
	readers.Wait()
	if want := []string{"waiting 200ms for x.jpg", "waiting 400ms for x.jpg", "waiting 800ms for x.jpg"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestSlowBytes: bytes that come, however slowly, are a slow disk's, and their image is as another.
func TestSlowBytes(t *testing.T) {
	r := hung(t, []byte("no image, but all of it comes"), 6*time.Millisecond, Options{ImageTime: time.Hour})
	_, _, err := r.image(t.Context(), &datasets.Item{ID: "x", At: datasets.Location{Path: "x.jpg"}})
	if err == nil || errors.As(err, new(*MachineError)) {
		t.Errorf("%v", err)
	}
}

// TestSilenceEnds: whoever waits for a dead server ends with its context at once.
func TestSilenceEnds(t *testing.T) {
	r := hung(t, []byte("never"), time.Hour, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, _, err := r.image(ctx, &datasets.Item{ID: "x", At: datasets.Location{Path: "x.jpg"}})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

// TestStoppedWhileReading: a process that is stopped while it waits counts one tick, however long that is: a ticker
// keeps no more for who does not ask.
func TestStoppedWhileReading(t *testing.T) {
	r := hung(t, nil, 0, Options{ImageTime: time.Hour})
	w := r.watch.of(t.Context(), &datasets.Item{ID: "x", At: datasets.Location{Path: "x.jpg"}})
	defer w.end()
	most := 0
	for range 3 {
		time.Sleep(30 * time.Millisecond) // 30 ticks in which nobody asks
		began := time.Now()
		if err := w.answer(func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		most += 2 + int(time.Since(began)/w.tick) // the one that was kept, and those of the answer itself
	}
	if w.ticks > most {
		t.Errorf("%d ticks counted of 3 stops, want at most %d", w.ticks, most)
	}
}
