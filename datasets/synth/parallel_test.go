package synth

import (
	"context"
	"errors"
	"io/fs"
	"testing"
)

// A file that cannot be written ends the work with its name.
func TestDrawAllStopsAtAnError(t *testing.T) {
	scenes := make([]scene, 50)
	for i := range scenes {
		scenes[i] = scene{path: "absent/1.jpg", w: 40, h: 30}
	}
	drawn := 0
	o := Options{workers: 3, quality: 80, progress: func(int, int) { drawn++ }}
	if _, _, err := drawAll(context.Background(), t.TempDir(), scenes, o); !errors.Is(err, fs.ErrNotExist) || drawn != 0 {
		t.Errorf("%d images drawn, %v", drawn, err)
	}
}

func TestDrawAllCountsBytes(t *testing.T) {
	dir := t.TempDir()
	scenes := []scene{{path: "1.jpg", w: 40, h: 30}, {path: "2.jpg", w: 30, h: 40, clutter: 5}}
	traces, size, err := drawAll(context.Background(), dir, scenes, Options{quality: 80})
	var want int64
	for _, b := range files(t, dir) {
		want += int64(len(b))
	}
	if err != nil || len(traces) != 2 || size != want || want < 500 {
		t.Errorf("%d traces, %d bytes of %d, %v", len(traces), size, want, err)
	}
}
