package training

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/training/trainlog"
)

// Checkpoints are written when their time has come, and after each epoch; the newest ones are kept.
func TestCheckpointsKept(t *testing.T) {
	data := drawn(t, 20)
	for every, inside := range map[time.Duration]bool{time.Nanosecond: true, time.Hour: false} {
		j := small(t, data)
		j.Every, j.Keep = every, 3
		_, _, err := train1(t, t.Context(), j, func(s trainlog.Step) {
			names, err := checkpoints(j.Out)
			written := slices.Contains(names, fmt.Sprintf(checkpointName, s.Step-1))
			if first := s.Step == 1 || s.Images <= j.Batch; err != nil || !first && written != inside || len(names) > j.Keep {
				t.Errorf("every %v, step %d: checkpoints %q, %v", every, s.Step, names, err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, step := range map[bool][]int{true: {4, 5, 6}, false: {3, 6}}[inside] {
			want = append(want, fmt.Sprintf(checkpointName, step))
		}
		if names, err := checkpoints(j.Out); err != nil || !slices.Equal(names, want) {
			t.Errorf("every %v: %q are left, want %q, %v", every, names, want, err)
		}
	}
}

// Decoded images are kept as far as there is room for them.
func TestImagesKept(t *testing.T) {
	set, err := datasets.Open(t.Context(), drawn(t, 12), datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	one := int64(0)
	for room, want := range map[int]int{0: 0, 1: 1, 2: 2} {
		l := newLoader(set, Stage{SMin: 256, SMax: 256}, 256, conveyor.Options{}, 0)
		if one == 0 {
			im, err := l.image(t.Context(), 0, 256)
			if err != nil {
				t.Fatal(err)
			}
			one = int64(len(im.Pix)) * 3 / 2 // the images differ in their longer side
		}
		l.room = int64(room) * one
		for i := range 4 {
			for range 2 {
				if _, err := l.image(t.Context(), i, 256); err != nil {
					t.Fatal(err)
				}
			}
		}
		bytes := int64(0)
		for _, im := range l.kept {
			bytes += int64(len(im.Pix))
		}
		if len(l.kept) < want || bytes > int64(room)*one || l.room != int64(room)*one-bytes {
			t.Errorf("room for %d images: %d are kept, %d bytes, room for %d more", room, len(l.kept), bytes, l.room)
		}
	}
}

// The log has a line every ten steps, but none of a step that trained on nothing.
func TestLogSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), trainlog.Name)
	log, err := trainlog.Open(path, trainlog.Place{}, func(trainlog.Line) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	r := &runner{log: log, ev: Events{Step: func(trainlog.Step) { told++ }}}
	for step := 1; step <= 40; step++ {
		s := trainlog.Step{Step: step, Loss: 1}
		if step == 30 {
			s.Loss = math.NaN()
		}
		if err := r.tellStep(s); err != nil {
			t.Fatal(err)
		}
	}
	log.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if told != 40 || len(lines) != 3 || !strings.Contains(lines[0], `"step":10,`) || !strings.Contains(lines[2], `"step":40,`) {
		t.Errorf("%d steps told, lines %q", told, lines)
	}
}
