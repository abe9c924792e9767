package explore

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

func placedJob(t *testing.T, run string) PageJob {
	t.Helper()
	j := pageJob(t, run)
	j.Out, j.Side = filepath.Join(t.TempDir(), "p.parquet"), 64
	return j
}

func place(t *testing.T, j PageJob) (*Placed, []byte) {
	t.Helper()
	p, err := WritePlaced(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(p.File)
	if err != nil {
		t.Fatal(err)
	}
	return p, b
}

// TestWritePlaced: the failed row is left out, and rows are counted without it; images that are gone are counted, and
// the others have their picture; no folder is named unless that is asked for; what is kept is read, and stays.
func TestWritePlaced(t *testing.T) {
	x, images := extracted(t)
	n := find(t, Job{Run: x.Out, K: 7})
	j := placedJob(t, x.Out)
	p, whole := place(t, j)
	if p.Rows != 12 || p.Failed != 1 || p.K != 7 || p.Pictures != 12 || p.Missing != 0 || p.Why != "" {
		t.Errorf("%+v", p)
	}
	if again := find(t, Job{Run: x.Out, K: 7}); !again.Kept || again.File != n.File {
		t.Error("the neighbours that were kept are gone")
	}
	dir := []byte(filepath.Dir(images[0]))
	if bytes.Contains(whole, dir) || bytes.Count(whole, []byte("\xff\xd8\xff")) != 12 {
		t.Errorf("the file names a folder, or has %d pictures", bytes.Count(whole, []byte("\xff\xd8\xff")))
	}
	if _, err := WritePlaced(t.Context(), j, conveyor.Events{}); err == nil {
		t.Error("a file is replaced unasked")
	}
	j.Replace = true
	j.Threads = 1
	if _, again := place(t, j); !bytes.Equal(again, whole) {
		t.Error("the same rows are other bytes")
	}
	j.Thumbnails = 4
	if p, _ := place(t, j); p.Pictures != 4 {
		t.Errorf("asked for four pictures: %+v", p)
	}
	j.Thumbnails = 0
	if p, _ := place(t, j); p.Pictures+p.Missing != 0 {
		t.Errorf("asked for no pictures: %+v", p)
	}
	if err := os.WriteFile(images[0], []byte("no image any more"), 0o644); err != nil {
		t.Fatal(err)
	}
	j.Thumbnails = DefaultThumbnails
	if p, _ := place(t, j); p.Pictures != 11 || p.Missing != 1 || !strings.HasPrefix(p.Why, filepath.Base(images[0])) {
		t.Errorf("an image that is none any more: %+v", p)
	}
}

// TestPlacedRows: neighbours are named by the rows of the file, of which failed ones are none, and stand in the order
// of their distances; labels and splits are one text each, and null where there is none.
func TestPlacedRows(t *testing.T) {
	x, _ := extracted(t)
	g, err := placedJob(t, x.Out).located(t.Context(), conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	w := &placing{g: g}
	var rows []outputs.PlacedRow
	for at := range g.n.present {
		rows = append(rows, w.row(at, nil))
	}
	twins := 0
	for at, r := range rows {
		if r.Label != nil || r.Split != nil || len(r.IDs) != g.n.K || !slices.IsSorted(r.Distances) || slices.Contains(r.IDs, int64(at)) {
			t.Errorf("row %d: %+v", at, r)
		}
		if r.Distances[0] == 0 && rows[r.IDs[0]].IDs[0] == int64(at) && (r.Name == "zz.jpg" || rows[r.IDs[0]].Name == "zz.jpg") {
			twins++
		}
	}
	if twins != 2 {
		t.Errorf("%d rows have the copy of an image as their nearest, want 2", twins)
	}
	v := fixture.Job(t)
	fixture.ExtractSome(t, v)
	if g, err = placedJob(t, v.Out).located(t.Context(), conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	w = &placing{g: g}
	several := false
	for at, i := range g.n.present {
		r, of := w.row(at, nil), g.o.Rows()[i]
		several = several || len(of.Labels) > 1
		if r.Label == nil || *r.Label != strings.Join(of.Labels, "; ") || r.Split == nil || *r.Split != strings.Join(of.Splits, " ") {
			t.Errorf("%+v of %+v", r, of)
		}
		g.job.Paths = true
		if named := w.row(at, nil); r.Path != of.Image || named.Path != of.Path || of.Path == of.Image {
			t.Errorf("the path is %q, and where it is asked for %q, of %+v", r.Path, named.Path, of)
		}
		g.job.Paths = false
	}
	if !several {
		t.Error("no image has several labels")
	}
}

// TestPlacedStops: a table that is interrupted is not there, nor where its images are not where they are said to be.
func TestPlacedStops(t *testing.T) {
	x, _ := extracted(t)
	j := placedJob(t, x.Out)
	place(t, j) // so that only pictures are left to make
	j.Out = filepath.Join(filepath.Dir(j.Out), "other.parquet")
	ctx, cancel := context.WithCancel(t.Context())
	j.Thumbnailing = cancel
	if _, err := WritePlaced(ctx, j, conveyor.Events{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	j.Thumbnailing, j.DataSet = nil, "folder:"+filepath.Join(t.TempDir(), "nowhere")
	if _, err := WritePlaced(t.Context(), j, conveyor.Events{}); err == nil {
		t.Error("the images are where nothing is")
	}
	if entries, err := os.ReadDir(filepath.Dir(j.Out)); err != nil || len(entries) != 1 {
		t.Errorf("%d files, want that of before alone: %v", len(entries), err)
	}
}
