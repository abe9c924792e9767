package machine

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestWorked: idling, waiting for the disk and guests do not count; what is no line of processors is not known.
func TestWorked(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"cpu  100 20 30 9999 888 4 5 6 77 7\ncpu0 1 2 3\n": 1650 * time.Millisecond,
		"cpu  100 20 30 9999 888 4 5\n":                    1590 * time.Millisecond, // kernels without steal
		"cpu  1 2 3 4 5 x 7\n":                             -1,
		"cpu0 1 2 3 4 5 6 7\n":                             -1,
		"":                                                 -1,
	} {
		got, ok := worked([]byte(text))
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// TestProcessorTime: what a process does is in what all do, and neither shrinks.
func TestProcessorTime(t *testing.T) {
	all, own, ok := ProcessorTime()
	later, mine, still := ProcessorTime()
	if !ok || !still || all <= 0 || own < 0 || later < all || mine < own {
		t.Errorf("%v of it %v, then %v of it %v", own, all, mine, later)
	}
	if n := Load(); n < 0 {
		t.Errorf("load %g", n)
	}
}

// TestPeakMemory: a peak goes when it is reset, and its line is found among others.
func TestPeakMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status")
	if err := os.WriteFile(path, []byte("Name:\tfc7\nVmPeak:\t 99 kB\nVmHWM:\t    12 kB\nVmRSS:\t 3 kB\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if n := highWater(path); n != 12<<10 {
		t.Errorf("%d bytes", n)
	}
	if n := highWater(path + "-none"); n != 0 {
		t.Errorf("%d bytes of no file", n)
	}
	if !ResetPeak() {
		t.Skip("this kernel resets no peaks")
	}
	b := make([]byte, 64<<20)
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	with := PeakMemory()
	runtime.KeepAlive(b)
	if with < 64<<20 || with > 1<<40 {
		t.Errorf("a peak of %d bytes with 64 MiB in use", with)
	}
}
