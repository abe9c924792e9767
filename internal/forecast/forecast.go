// Package forecast tells what a job would read, compute and write, and how long that may take, by doing a few of its
// units for real: images through the net, rows of a table, files. Nothing is written.
package forecast

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"fc7/internal/machine"
)

// Forecast is what a job would do.
type Forecast struct {
	Reads   []Amount `json:"reads"`
	Steps   []Step   `json:"steps"` // in their order
	Writes  []Amount `json:"writes"`
	Seconds float64  `json:"seconds"`                // of all steps
	AtMost  bool     `json:"at_most"`                // it may be less: what is kept from before, or how much there is to do, shows in the work
	Memory  int64    `json:"memory_bytes,omitempty"` // of the process at its largest; 0: not known
	Free    int64    `json:"free_bytes"`
	Notes   []string `json:"notes,omitempty"`
}

// Amount is what is read, or written.
type Amount struct {
	What  string `json:"what"`  // "images", "features, in 12 files"
	Count int    `json:"count"` // images, rows, files; 0: it is not counted
	Bytes int64  `json:"bytes"` // below 0: not known
}

// Step is a part of the work that is made of units, of which some were done to see how long they take.
type Step struct {
	What    string  `json:"what"`
	Units   int     `json:"units"`
	Unit    string  `json:"unit"` // "images"
	Tried   int     `json:"tried"`
	Took    float64 `json:"took_s"`           // those
	Seconds float64 `json:"seconds"`          // all
	Detail  string  `json:"detail,omitempty"` // what else was seen, such as a rate

	Power  float64 `json:"-"` // time grows with the units to this power; 0: 1
	Times  float64 `json:"-"` // the step does so much more of each unit than is tried; 0: 1
	Least  int     `json:"-"` // units without which there is nothing to see; 0: 1
	Enough float64 `json:"-"` // seconds that show the pace; 0: one
}

// New begins the forecast of a job that writes to a file or folder; "": to none.
func New(out string) *Forecast {
	f := &Forecast{Reads: []Amount{}, Steps: []Step{}, Writes: []Amount{}, Free: -1}
	if out != "" {
		f.Free = machine.FreeDisk(standing(out))
	}
	return f
}

// Read adds what is read.
func (f *Forecast) Read(what string, count int, bytes int64) {
	f.Reads = append(f.Reads, Amount{what, count, bytes})
}

// Write adds what is written.
func (f *Forecast) Write(what string, count int, bytes int64) {
	f.Writes = append(f.Writes, Amount{what, count, bytes})
}

// Note adds a sentence.
func (f *Forecast) Note(format string, args ...any) {
	f.Notes = append(f.Notes, fmt.Sprintf(format, args...))
}

// enough is how long units are tried, in seconds: long enough to see their pace.
const enough = 1.0

// Add adds steps whose time is known.
func (f *Forecast) Add(steps ...Step) {
	for _, s := range steps {
		f.Steps, f.Seconds = append(f.Steps, s), f.Seconds+s.Seconds
	}
}

// Measure adds a step that is timed; see Timed.
func (f *Forecast) Measure(ctx context.Context, s Step, try func(ctx context.Context, n int) error) error {
	s, err := Timed(ctx, s, try)
	if err == nil {
		f.Add(s)
	}
	return err
}

// Timed is a step with its time, by the first units of it, of which try does so many. First a few warm up; then twice
// as many each time, until that takes long enough or all are done.
func Timed(ctx context.Context, s Step, try func(ctx context.Context, n int) error) (Step, error) {
	if s.Units <= 0 {
		s.Units = 0
		return s, nil
	}
	least := min(max(s.Least, 1), s.Units)
	if err := try(ctx, least); err != nil {
		return s, err
	}
	for n := least; ; n *= 2 {
		n = min(n, s.Units)
		began := time.Now()
		if err := try(ctx, n); err != nil {
			return s, err
		}
		s.Tried, s.Took = n, time.Since(began).Seconds()
		if n == s.Units || s.Took >= cmp.Or(s.Enough, enough) {
			break
		}
	}
	s.Seconds = s.Took * cmp.Or(s.Times, 1) * math.Pow(float64(s.Units)/float64(s.Tried), cmp.Or(s.Power, 1))
	return s, nil
}

// Evenly are n numbers below all, as far apart as may be: what lies side by side is often of one kind.
func Evenly(n, all int) []int {
	n = min(n, all)
	out := make([]int, n)
	for i := range out {
		out[i] = i * all / n
	}
	return out
}

// standing is the file or folder, or the nearest above it that is there.
func standing(path string) string {
	for {
		above := filepath.Dir(path)
		if _, err := os.Stat(path); err == nil || above == path {
			return path
		}
		path = above
	}
}

// WrittenBytes is what the job writes in all, as far as it is known.
func (f *Forecast) WrittenBytes() (n int64) {
	for _, a := range f.Writes {
		n += max(0, a.Bytes)
	}
	return n
}

// About writes a time as people plan with it.
func About(seconds float64) string {
	for _, u := range []struct {
		name   string
		length float64
	}{{"days", 86400}, {"h", 3600}, {"min", 60}} {
		if seconds >= 2*u.length {
			return fmt.Sprintf("%.3g %s", seconds/u.length, u.name)
		}
	}
	return fmt.Sprintf("%.3g s", seconds)
}
