package conveyor

import (
	"context"
	"errors"
	"testing"
	"time"

	"fc7/datasets"
)

// Times add up over the images; those of several teams that work at once are of one run.
func TestTimesAddUp(t *testing.T) {
	for _, teams := range []int{1, 4} {
		var told []Progress
		c := New(&datasets.Set{}, nil, Options{}, Events{Progress: func(p Progress) { told = append(told, p) }})
		c.teams = teams
		l := &Lane{}
		for i := range 3 * teams {
			c.passed(l, 1, 5*time.Second)
			c.spent(time.Second, 2*time.Second)
			c.count(3*time.Second, i == 1)
		}
		if last := len(told) - 1; last != 3*teams-1 || told[last].Done != 3*teams || told[last].Failed != 1 {
			t.Fatalf("told %+v", told)
		}
		got, want := told[len(told)-1].Times, Times{Waiting: 3 * time.Second, Computing: 6 * time.Second, Writing: 9 * time.Second}
		if got.Waiting != want.Waiting || got.Computing != want.Computing || got.Writing != want.Writing || l.Computing != 15*time.Second {
			t.Errorf("%d teams: %+v and %v of the lane, want %+v", teams, got, l.Computing, want)
		}
	}
}

// An image whose run ended while it was described is cut short, not failed: it has no row.
func TestCutShort(t *testing.T) {
	for _, ended := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		c := New(&datasets.Set{Items: []datasets.Item{{ID: "a"}}}, nil, Options{}, Events{})
		l := &Lane{rows: make(chan Numbered, 1)}
		c.lanes = []*Lane{l}
		w := newWindow(1)
		w.put(&prepared{err: errors.New("no image"), lanes: c.lanes, turn: c.reader.memory.Turn()})
		w.end()
		if ended {
			cancel()
		}
		c.compute(ctx, w, 0)
		cancel()
		switch {
		case ended && (len(l.rows) > 0 || c.Progress().Done > 0):
			t.Error("there is a row after the end")
		case !ended && (len(l.rows) != 1 || (<-l.rows).Row.Error != "no image" || c.Progress().Failed != 1):
			t.Errorf("a bad image: %+v", c.Progress())
		}
	}
}
