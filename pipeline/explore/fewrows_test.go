package explore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// TestFewRows: one, two and three images have a page and a file for other programs; that their places say nothing is
// told, and on them no others are placed.
func TestFewRows(t *testing.T) {
	_, images := extracted(t)
	for n := 1; n <= 3; n++ {
		run := linked(t, images[:n])
		j := pageJob(t, run)
		p, text := write(t, j)
		var names []string
		part(t, text, "names", &names)
		var about struct {
			K       int
			Figures []any
			Notes   []string
		}
		part(t, text, "about", &about)
		xs, ys := column[float32](t, text, "x"), column[float32](t, text, "y")
		if p.Images != n || len(names) != n || p.Thumbnails != n || about.K != n-1 || len(about.Figures) != 0 || !strings.Contains(strings.Join(about.Notes, " "), "says nothing") {
			t.Errorf("%d rows: %+v, %+v", n, p, about)
		}
		for i := range xs {
			for k := range i {
				if xs[i] == xs[k] && ys[i] == ys[k] {
					t.Errorf("%d rows: two in one place", n)
				}
			}
		}
		to := j
		to.Out = filepath.Join(t.TempDir(), "p.parquet")
		if placed, _ := place(t, to); placed.Rows != n || placed.Pictures != n {
			t.Errorf("%d rows: %+v", n, placed)
		}
		if _, err := EstimatePage(t.Context(), j); err != nil {
			t.Errorf("%d rows, foretold: %v", n, err)
		}
		j.Add, j.Out = run, filepath.Join(t.TempDir(), "added.html")
		if _, err := WritePage(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "to --add") {
			t.Errorf("on %d rows others are placed: %v", n, err)
		}
		if _, err := os.Stat(j.Out); !errors.Is(err, fs.ErrNotExist) {
			t.Error("there is a page")
		}
	}
}

// linked is the run of a folder of images, which may be one image many times.
func linked(t *testing.T, images []string) string {
	t.Helper()
	dir := t.TempDir()
	for i, name := range images {
		if err := os.Link(name, filepath.Join(dir, strconv.Itoa(i)+filepath.Ext(name))); err != nil {
			t.Skip(err)
		}
	}
	x := fixture.Job(t)
	x.DataSet = "folder:" + dir
	fixture.Extract(t, x)
	return x.Out
}

// TestEqualRows: one image many times has a page and a file for other programs, which say that their places say
// nothing; others are not placed on them, and the second page reads what the first kept.
func TestEqualRows(t *testing.T) {
	_, images := extracted(t)
	const n = 5
	run := linked(t, slices.Repeat(images[:1], n))
	j := pageJob(t, run)
	for range 2 {
		if _, err := EstimatePage(t.Context(), j); err != nil {
			t.Errorf("foretold: %v", err)
		}
		p, text := write(t, j)
		var about struct {
			Figures []any
			Notes   []string
		}
		part(t, text, "about", &about)
		if p.Images != n || len(about.Figures) != 0 || !strings.Contains(strings.Join(about.Notes, " "), "says nothing") {
			t.Errorf("%+v, %+v", p, about)
		}
		os.Remove(j.Out)
	}
	to := j
	to.Out = filepath.Join(t.TempDir(), "p.parquet")
	if placed, _ := place(t, to); placed.Rows != n || placed.Pictures != n {
		t.Errorf("%+v", placed)
	}
	j.Add, j.Out = linked(t, images[:3]), filepath.Join(t.TempDir(), "added.html")
	if _, err := WritePage(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "to --add") {
		t.Errorf("others are placed: %v", err)
	}
}

// TestSuspectsWithout: that no row has a label is told before any work, and nobody hears of the work.
func TestSuspectsWithout(t *testing.T) {
	_, images := extracted(t)
	j := SuspectJob{Job: Job{Run: linked(t, images[:3]), K: 2}, Options: protocol.DefaultDoubtOptions()}
	var notes []string
	_, err := FindSuspects(t.Context(), j, conveyor.Events{Note: func(text string) { notes = append(notes, text) }})
	if !errors.Is(err, protocol.ErrNoLabel) || len(notes) > 0 {
		t.Errorf("%v, after %q", err, notes)
	}
}
