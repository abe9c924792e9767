package explore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fc7/heads/neighbours"
	"fc7/internal/escape"
	"fc7/internal/forecast"
	"fc7/internal/mirror"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/table"
	"fc7/pipeline/thumbs"
)

// DefaultPicture is how many pixels the longer side of a picture in a table for other programs has: enough to see what
// it shows, and some 6 kB.
const DefaultPicture = 160

// pictureQuality is JPEG's, of such pictures.
const pictureQuality = 80

// Placed is a written table of images with their places on the map, for other programs.
type Placed struct {
	File     string `json:"file"`
	Rows     int    `json:"rows"`
	Failed   int    `json:"failed"` // rows without a descriptor, which are left out
	K        int    `json:"k"`      // neighbours of each
	Pictures int    `json:"pictures"`
	Missing  int    `json:"missing"`       // pictures that were asked for, of images that could not be had
	Why      string `json:"why,omitempty"` // of the first of them
}

// WritePlaced writes the rows of a run that have a descriptor as one Parquet file for other programs: places on the
// map, neighbours, pictures, labels, splits; see outputs.PlacedRow. What is kept and fresh is read, and what is missing
// is computed and kept, as for a page. Of the job, Side is that of the pictures, and Add and Doubts are of no account.
func WritePlaced(ctx context.Context, j PageJob, ev conveyor.Events) (*Placed, error) {
	g, err := j.located(ctx, ev)
	if err != nil {
		return nil, err
	}
	w := &placing{g: g, ev: ev, made: &Placed{File: j.Out, Rows: len(g.n.present), Failed: len(g.o.IDs) - len(g.n.present), K: g.n.K}}
	if err := w.open(ctx); err != nil {
		return nil, err
	}
	footer := map[string]string{"fc7.placed": g.o.basis.Table, "fc7.layer": g.o.basis.Layer}
	if w.out, err = outputs.CreatePlaced(j.Out, footer, j.Replace); err != nil {
		return nil, err
	}
	if err := w.rows(ctx); err != nil {
		return nil, errors.Join(err, w.out.Abort())
	}
	if err := w.out.Close(); err != nil {
		return nil, err
	}
	return w.made, mirror.Publish(j.Out)
}

// located reads or computes places and neighbours.
func (j PageJob) located(ctx context.Context, ev conveyor.Events) (g *gathered, err error) {
	j.asKept()
	g = &gathered{job: j}
	if g.manifest, err = outputs.ReadManifest(table.RunFolder(j.Run)); err != nil {
		return nil, err
	}
	if g.o, err = j.open(); err != nil {
		return nil, err
	}
	defer func() { err = g.o.Close(err) }()
	if err := g.o.lookAt(ctx, j.Run, j.DataSet); err != nil {
		return g, err
	}
	if g.n, err = g.o.usedNeighbours(ctx, j.Job, ev); err == nil {
		g.m, err = g.o.drawMap(ctx, j.mapJob(), nil)
	}
	return g, err
}

// placing writes placed rows.
type placing struct {
	g      *gathered
	images *thumbs.Images // nil: there are no pictures
	wanted []bool         // which of the rows get one
	out    *outputs.PlacedWriter
	made   *Placed
	ev     conveyor.Events
}

// open finds the images, if any are wanted. Where they are not, and nobody said where they are, there are no pictures.
func (w *placing) open(ctx context.Context) error {
	j := w.g.job
	if j.Thumbnails == 0 {
		return nil
	}
	if j.Thumbnailing != nil {
		j.Thumbnailing()
	}
	w.wanted = make([]bool, w.made.Rows)
	for _, at := range forecast.Evenly(j.Thumbnails, w.made.Rows) {
		w.wanted[at] = true
	}
	var err error
	if w.images, err = thumbs.Open(ctx, w.g.manifest, j.DataSet); err != nil || w.images.Err == nil {
		return err
	}
	w.ev.TellNote(fmt.Sprintf("the images could not be opened as %s, so there are no pictures: --data says where they are (%s)", w.images.Spec, escape.Error(w.images.Err)))
	w.images = nil
	return nil
}

// picturesAtOnce bounds the pictures that wait to be written.
const picturesAtOnce = 256

// rows writes all rows, whose pictures are made some at a time.
func (w *placing) rows(ctx context.Context) error {
	began := time.Now()
	for first := 0; first < w.made.Rows; first += picturesAtOnce {
		end := min(first+picturesAtOnce, w.made.Rows)
		pictures, err := w.pictures(ctx, first, end)
		if err != nil {
			return err
		}
		for at := first; at < end; at++ {
			if err := w.out.Write(w.row(at, pictures[at-first])); err != nil {
				return err
			}
		}
		t := time.Since(began)
		w.ev.TellProgress(conveyor.Progress{Total: w.made.Rows, Done: end, Times: conveyor.Times{Elapsed: t, Waiting: t}})
	}
	return ctx.Err()
}

// row is that of present row at.
func (w *placing) row(at int, picture []byte) outputs.PlacedRow {
	i := w.g.n.present[at]
	of := w.g.o.Rows()[i]
	r := outputs.PlacedRow{Name: w.g.o.IDs[i], X: w.g.m.y[2*at], Y: w.g.m.y[2*at+1], Image: picture, Path: of.Image}
	if w.g.job.Paths {
		r.Path = of.Path
	}
	rows, squares := w.g.n.lists.Of(at)
	for k, row := range rows {
		r.IDs, r.Distances = append(r.IDs, int64(row)), append(r.Distances, neighbours.CosineDistance(squares[k]))
	}
	if labels := of.KnownLabels(); labels != nil {
		r.Label = joined(labels, "; ")
	}
	if len(of.Splits) > 0 {
		r.Split = joined(of.Splits, " ")
	}
	return r
}

func joined(texts []string, by string) *string {
	s := strings.Join(texts, by)
	return &s
}

// pictures makes those of rows first to end, nil where there is none.
func (w *placing) pictures(ctx context.Context, first, end int) ([][]byte, error) {
	all := make([][]byte, end-first)
	if w.images == nil {
		return all, context.Cause(ctx)
	}
	name := func(k int) string { return w.g.o.IDs[w.g.n.present[first+k]] }
	why := make([]string, end-first)
	err := thumbs.Several(ctx, end-first, 0, func(ctx context.Context, k int) (err error) {
		if w.wanted[first+k] {
			all[k], _, why[k], err = w.images.JPEG(ctx, name(k), w.g.job.Side, pictureQuality)
		}
		return err
	})
	for k, reason := range why {
		switch {
		case all[k] != nil:
			w.made.Pictures++
		case reason != "":
			if w.made.Missing++; w.made.Missing == 1 {
				w.made.Why = name(k) + ": " + reason
			}
		}
	}
	return all, err
}
