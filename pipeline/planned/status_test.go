package planned

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fc7/internal/atomicfile"
	"fc7/outputs"
)

// noteFiles makes files, which are empty, and writes their notes.
func noteFiles(t testing.TB, p *Plan, files ...int) {
	t.Helper()
	for _, f := range files {
		at := p.at.At(p.File(f))
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		first, end := p.Span(f, f+1)
		if err := p.Note(f, Done{File: outputs.File{Name: outputs.ShardName(f, p.Files), SHA256: "x", Rows: end - first, Failed: min(f, 1)}}); err != nil {
			t.Fatal(err)
		}
	}
}

// beating writes the heartbeat of a task.
func beating(t testing.TB, p *Plan, name string, b Beat) {
	t.Helper()
	dir := filepath.Join(p.Run(), filepath.FromSlash(beatsDir))
	err := atomicfile.MkdirAll(dir)
	if err := errors.Join(err, outputs.WriteJSON(filepath.Join(dir, name+".json"), b)); err != nil {
		t.Fatal(err)
	}
}

// TestStatus: files by the notes and by the last start of each task that has them, rows, rate, time left, core-hours.
func TestStatus(t *testing.T) {
	p := openedPlan(t, listed(t, 95))
	now := time.Now()
	noteFiles(t, p, 0, 2, 9)
	lives := Beat{Task: 0, First: 0, End: 3, Host: "a", Cores: 2, State: Running, Rows: 30, Done: 27, Computed: 12, Seconds: 6, Beat: now.Add(-20 * time.Second)}
	killed := lives
	killed.Beat, killed.Seconds = now.Add(-time.Hour), 1800
	silent := Beat{Task: 1, First: 3, End: 6, Cores: 1, State: Running, Rows: 30, Done: 5, Computed: 5, Seconds: 1800, Beat: now.Add(-91 * time.Second)}
	ended := Beat{Task: 2, First: 6, End: 8, Cores: 1, State: Stopped, Rows: 20, Beat: now.Add(-time.Second)}
	refused := Beat{Task: 0, First: 0, End: 3, Cores: 2, State: Stopped, Rows: 30, Beat: now.Add(-time.Second)} // while the other lives
	for name, b := range map[string]Beat{"0-a": killed, "0-c": refused, "0-b": lives, "1-a": silent, "2-a": ended} {
		beating(t, p, name, b)
	}
	s, err := p.Status(t.Context(), now, 2)
	if err != nil {
		t.Fatal(err)
	}
	hours := (1800*2 + 6*2 + 1800) / 3600.0
	if s.Done != 3 || s.Running != 1 || s.Stale != 3 || s.Missing != 3 || !slices.Equal(s.StaleFiles, []int{3, 4, 5}) || !slices.Equal(s.MissingFiles, []int{6, 7, 8}) {
		t.Errorf("files: %+v", s)
	}
	if s.RowsDone != 32 || s.Failed != 2 || s.Rate != 2 || s.Left != 63/2.0 || math.Abs(s.CoreHours-hours) > 1e-9 || s.Cost == nil || *s.Cost != 2*s.CoreHours {
		t.Errorf("rows: %+v", s)
	}
	var states []string
	for _, task := range s.Tasks {
		states = append(states, task.State)
	}
	if !slices.Equal(states, []string{Running, gone, Stopped}) {
		t.Errorf("tasks: %+v", s.Tasks)
	}
}

// TestStatusOfOverlap: tasks that are at the same files, as they may be on a store, have no more rows than these; a
// heartbeat that cannot be one says nothing, before a merge and after it.
func TestStatusOfOverlap(t *testing.T) {
	p := openedPlan(t, listed(t, 95))
	now := time.Now()
	noteFiles(t, p, 0)
	one := Beat{Task: 0, End: 5, Cores: 1, State: Running, Rows: 50, Done: 45, Computed: 35, Seconds: 36, Beat: now}
	all := Beat{Task: -1, End: 10, Cores: 1, State: Running, Rows: 95, Done: 90, Computed: 80, Seconds: 36, Beat: now}
	beating(t, p, "0-a", one)
	beating(t, p, "0-b", all)
	for i, change := range []func(b *Beat){
		func(b *Beat) { b.First = -5 },
		func(b *Beat) { b.End = math.MaxInt },
		func(b *Beat) { b.First, b.End = 7, 3 },
		func(b *Beat) { b.Done = math.MaxInt },
		func(b *Beat) { b.Done = -1 },
		func(b *Beat) { b.Seconds = -1e300 },
		func(b *Beat) { b.Cores = -4 },
		func(b *Beat) { b.Computed = -1 },
		func(b *Beat) { b.Failed = -1 },
		func(b *Beat) { b.Rows = -1 },
		func(b *Beat) { b.Batches = -1 },
		func(b *Beat) { b.Task = -2 },
		func(b *Beat) { b.Timings.Reading = -1 },
		func(b *Beat) { b.Timings.Computing = 1e300 },
		func(b *Beat) { b.Timings.Together = -1 },
	} {
		b := one
		b.Task, b.First, b.End = 1, 4, 6
		change(&b)
		beating(t, p, fmt.Sprintf("1-%d", i), b)
	}
	for range 2 { // the second time what said so is kept
		s, err := p.Status(t.Context(), now, 0)
		if err != nil || s.RowsDone != s.Rows || s.Running != 9 || math.Abs(s.CoreHours-0.02) > 1e-9 || len(s.Tasks) != 2 {
			t.Fatalf("%+v, %v", s, err)
		}
		if _, err := p.KeepStarts(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStatusOfWhatStands: a file whose note stands alone is missing, and one of another size is damaged, whatever the
// notes say; so is one whose note cannot be read. The others are told as they are.
func TestStatusOfWhatStands(t *testing.T) {
	p := openedPlan(t, listed(t, 95))
	noteFiles(t, p, 0, 1, 2, 3, 4, 5)
	at := func(f int) string { return p.at.At(p.File(f)) }
	err := errors.Join(os.Remove(at(1)), os.WriteFile(at(3), []byte("x"), 0o644), os.WriteFile(p.at.At(p.doneName(4, 1)), []byte("{"), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Status(t.Context(), time.Now(), 0)
	if err != nil || s.Done != 3 || s.Damaged != 2 || s.RowsDone != 30 || !slices.Equal(s.MissingFiles, []int{1, 6, 7, 8, 9}) {
		t.Fatalf("%+v, %v", s, err)
	}
	if len(s.Problems) != 2 || !strings.Contains(s.Problems[0], at(3)+" has 1 bytes, but had 0") || !strings.Contains(s.Problems[1], "remove it, and run the task again") {
		t.Errorf("%q", s.Problems)
	}
	if _, _, err := p.Notes(t.Context()); err == nil || !strings.Contains(err.Error(), "2 files are damaged") || !strings.Contains(err.Error(), at(3)) || !strings.Contains(err.Error(), p.at.At(p.doneName(4, 1))) {
		t.Errorf("not all that are damaged are named: %v", err)
	}
	if _, err := p.Look(t.Context(), 3, 4); err == nil || strings.Contains(err.Error(), "files are damaged") {
		t.Errorf("of one file: %v", err)
	}
}
