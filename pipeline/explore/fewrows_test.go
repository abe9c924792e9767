package explore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// TestFewRows: one, two and three images have a page and a file for other programs; that their places say nothing is
// told, and on them no others are placed.
func TestFewRows(t *testing.T) {
	_, images := extracted(t)
	for n := 1; n <= 3; n++ {
		dir := t.TempDir()
		for _, name := range images[:n] {
			if err := os.Link(name, filepath.Join(dir, filepath.Base(name))); err != nil {
				t.Skip(err)
			}
		}
		x := fixture.Job(t)
		x.DataSet = "folder:" + dir
		fixture.Extract(t, x)
		j := pageJob(t, x.Out)
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
		j.Add, j.Out = x.Out, filepath.Join(t.TempDir(), "added.html")
		if _, err := WritePage(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "to --add") {
			t.Errorf("on %d rows others are placed: %v", n, err)
		}
		if _, err := os.Stat(j.Out); !errors.Is(err, fs.ErrNotExist) {
			t.Error("there is a page")
		}
	}
}
