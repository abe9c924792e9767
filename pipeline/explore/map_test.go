package explore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fc7/heads/tsne"
	"fc7/pipeline/internal/fixture"
)

func mapJob(run string) MapJob {
	o := tsne.Defaults()
	o.Steps, o.Early = 120, 30
	return MapJob{Job: Job{Run: run}, Options: o}
}

func draw(t *testing.T, j MapJob) *Map {
	t.Helper()
	m, err := DrawMap(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestDrawMap: a map is kept with its figures and read back as it was, made again for another question and where the
// file was damaged, with the same bytes for other threads; a failed row has no place.
func TestDrawMap(t *testing.T) {
	x, _ := extracted(t)
	j := mapJob(x.Out)
	m := draw(t, j)
	if m.Kept || m.Rows != 13 || m.Failed != 1 || len(m.y) != 24 || m.Quality.Rows != 12 || m.Quality.Trustworthiness <= 0 {
		t.Fatalf("%+v", m)
	}
	wrote, err := os.ReadFile(m.File)
	if err != nil {
		t.Fatal(err)
	}
	if again := draw(t, j); !again.Kept || !slices.Equal(again.y, m.y) || again.Quality != m.Quality || again.sum != m.sum {
		t.Errorf("what was kept is read as %+v", again)
	}
	other := j
	other.Options.Perplexity = 2
	if p := draw(t, other); p.Kept || slices.Equal(p.y, m.y) {
		t.Error("the map of another perplexity was taken")
	}
	j.Options.Threads = 3
	if third := draw(t, j); third.Kept || third.sum != m.sum {
		t.Error("three threads give other bytes")
	}
	wrote[len(wrote)/2] ^= 1
	if err := os.WriteFile(m.File, wrote, 0o644); err != nil {
		t.Fatal(err)
	}
	if fourth := draw(t, j); fourth.Kept || fourth.sum != m.sum {
		t.Error("a damaged file was taken")
	}
}

// TestPlaceOnMap: the images of another run get places, of which old ones take no notice; they are kept until the map
// or the run is another; another net's run is refused.
func TestPlaceOnMap(t *testing.T) {
	x, images := extracted(t)
	j := mapJob(x.Out)
	alone := draw(t, j)
	some := x
	some.Out, some.DataSet = filepath.Join(t.TempDir(), "some"), "folder:"+t.TempDir()
	for _, i := range []int{0, 5, 7} { // of which the middle one is no image
		b, err := os.ReadFile(images[i])
		if err == nil {
			err = os.WriteFile(filepath.Join(strings.TrimPrefix(some.DataSet, "folder:"), filepath.Base(images[i])), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	fixture.ExtractSome(t, some)
	j.Add = some.Out
	m := draw(t, j)
	if !m.Kept || !slices.Equal(m.y, alone.y) {
		t.Error("placing images changed the map")
	}
	p := m.Added
	if p == nil || p.Kept || p.Rows != 3 || p.Failed != 1 || len(p.y) != 4 {
		t.Fatalf("%+v", p)
	}
	if again := draw(t, j); !again.Added.Kept || !slices.Equal(again.Added.y, p.y) {
		t.Errorf("what was kept is read as %+v", again.Added)
	}
	j.Options.Steps++
	if anew := draw(t, j); anew.Kept || anew.Added.Kept {
		t.Error("places on another map were taken")
	}
	other := x
	other.Describe.Scales, other.Out = []int{224}, filepath.Join(t.TempDir(), "other")
	fixture.ExtractSome(t, other)
	j.Add = other.Out
	j.Options.Progress = func(tsne.Stage, int, int) { t.Error("work began before it was told that it is in vain") }
	j.Options.Steps++
	if _, err := DrawMap(t.Context(), j); err == nil || !strings.Contains(err.Error(), "scales") {
		t.Errorf("descriptors of other scales: %v", err)
	}
}

// TestSaveMap: a file for other programs has the rows that have a place, and is not replaced unasked.
func TestSaveMap(t *testing.T) {
	p := &Points{names: []string{"a,b.jpg", "c.jpg"}, y: []float64{1.5, -2, 0.25, 3}}
	dir := t.TempDir()
	at := filepath.Join(dir, "m.csv")
	if err := p.Save(at, false); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(at); string(b) != "image,x,y\n\"a,b.jpg\",1.5,-2\nc.jpg,0.25,3\n" {
		t.Errorf("%q", b)
	}
	if p.Save(at, false) == nil || p.Save(at, true) != nil {
		t.Error("a file was replaced unasked, or not when asked")
	}
	npy := filepath.Join(dir, "m.npy")
	if err := p.Save(npy, false); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(npy)
	if len(b) != 128+16 || !strings.Contains(string(b), "(2, 2)") || string(b[128:132]) != "\x00\x00\xc0\x3f" {
		t.Errorf("%q", b)
	}
}

// TestMapInterrupted: a map that is stopped soon ends and leaves nothing.
func TestMapInterrupted(t *testing.T) {
	x, _ := extracted(t)
	j := mapJob(x.Out)
	j.Options.Steps = 1 << 30
	ctx, cancel := context.WithCancel(t.Context())
	var at time.Time
	j.Options.Progress = func(s tsne.Stage, done, _ int) {
		if s == tsne.Descending && done == 5 {
			at = time.Now()
			cancel()
		}
	}
	if _, err := DrawMap(ctx, j); !errors.Is(err, context.Canceled) || time.Since(at) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(at))
	}
	if _, err := os.Stat(filepath.Join(x.Out, folder, "map.parquet")); err == nil {
		t.Error("a part of a map stands under its name")
	}
}
