package conveyor

import (
	"context"
	"errors"
	"testing"
	"time"

	"fc7/datasets"
)

// Times add up over the images; the net waits from the end of one image to the start of the next.
func TestTimesAddUp(t *testing.T) {
	var told []Progress
	c := New(&datasets.Set{}, nil, Options{}, Events{Progress: func(p Progress) { told = append(told, p) }})
	for i := range 3 {
		c.lastTime = c.began // of the image before
		c.count(stageTimes{start: c.began.Add(time.Second), computing: 2 * time.Second, writing: 3 * time.Second}, i == 1)
		if !c.lastTime.After(c.began) {
			t.Error("the end of an image is not noted")
		}
	}
	want := Times{Waiting: 3 * time.Second, Computing: 6 * time.Second, Writing: 9 * time.Second}
	if len(told) != 3 || told[2].Done != 3 || told[2].Failed != 1 {
		t.Fatalf("told %+v", told)
	}
	if got := told[2].Times; got.Waiting != want.Waiting || got.Computing != want.Computing || got.Writing != want.Writing {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// An image whose run ended while it was described is cut short, not failed: it has no row.
func TestCutShort(t *testing.T) {
	for _, ended := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		c := New(&datasets.Set{Items: []datasets.Item{{ID: "a"}}}, nil, Options{}, Events{})
		l := &Lane{rows: make(chan Numbered, 1)}
		c.lanes = []*Lane{l}
		w := newWindow()
		w.put(&prepared{err: errors.New("no image"), lanes: c.lanes, turn: c.reader.memory.Turn()})
		w.end()
		if ended {
			cancel()
		}
		c.compute(ctx, w)
		cancel()
		switch {
		case ended && (len(l.rows) > 0 || c.Progress().Done > 0):
			t.Error("there is a row after the end")
		case !ended && (len(l.rows) != 1 || (<-l.rows).Row.Error != "no image" || c.Progress().Failed != 1):
			t.Errorf("a bad image: %+v", c.Progress())
		}
	}
}
