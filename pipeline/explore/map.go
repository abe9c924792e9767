package explore

import (
	"context"
	"fmt"
	"time"

	"fc7/heads/tsne"
	"fc7/internal/few"
	"fc7/internal/usage"
	"fc7/outputs"
)

// MapJob says of what a map is made.
type MapJob struct {
	Job     // K is of no account, and Threads are those of the options
	Options tsne.Options
	Add     string // folder of another run, whose images are placed on the map; "": none
}

// mapBasis is what a map depends on beside its rows.
type mapBasis struct {
	Method     string  `json:"method"`
	Perplexity float64 `json:"perplexity"`
	Steps      int     `json:"steps"`
	On         string  `json:"on,omitempty"` // SHA-256 of the map that rows were placed on
}

// method changes with any bit of a map.
const method = "t-SNE 1"

// Points are rows of a table on a map.
type Points struct {
	File    string  `json:"file"`  // where they are kept
	Table   string  `json:"table"` // digest of the table
	Rows    int     `json:"rows"`
	Failed  int     `json:"failed"` // rows without a descriptor, which have no place
	Kept    bool    `json:"kept"`   // they were there, and are of this table
	Seconds float64 `json:"seconds"`

	names []string  // of the rows that have a place
	y     []float64 // [names][2]
	sum   string    // SHA-256 of the file
}

// Map is a map of a table, and how true it is.
type Map struct {
	Points
	Quality tsne.Quality `json:"quality"`
	Added   *Points      `json:"added,omitempty"` // rows of another table on it
}

// mapColumns are those of a kept map. Rows of the table stand in its order; one that failed has no place.
var mapColumns = []outputs.ResultColumn{
	{Name: "image", Kind: outputs.ResultText, Required: true}, // IMAGE, or IMAGE#OBJECT
	{Name: "x", Kind: outputs.ResultFloat},
	{Name: "y", Kind: outputs.ResultFloat},
}

// DrawMap makes a map of all rows of a table, by the cosine of their descriptors, or reads one that is kept, if it is
// of it; and places the rows of another table on it, where the job names one. Its progress is that of the options.
func DrawMap(ctx context.Context, j MapJob) (m *Map, err error) {
	o, err := j.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = o.Close(err) }()
	var q *opened // first: what cannot be placed is told before the work
	if j.Add != "" {
		if q, err = o.other(j); err != nil {
			return nil, err
		}
		defer func() { err = q.Close(err) }()
	}
	return o.drawMap(ctx, j, q)
}

// other opens the other run, whose descriptors must be such as those of o.
func (o *opened) other(j MapJob) (*opened, error) {
	other := j.Job
	other.Run = j.Add
	q, err := other.open()
	if err != nil {
		return nil, err
	}
	if n := len(o.present); n < tsne.Fewest {
		return nil, q.Close(usage.Errorf("%s has %s with a descriptor, and on a map of fewer than %d none are placed: give the larger run as RUN, and this one to --add", j.Run, few.Count(n, "image"), tsne.Fewest))
	}
	if d := o.Made.Identity.DescriptorDifferences(q.Made.Identity); len(d) > 0 {
		return nil, q.Close(usage.Errorf("the images of %s cannot be placed among those of %s, whose descriptors are others: %s", j.Add, j.Run, d[0]))
	}
	return q, nil
}

// drawMap makes or reads the map, and places the rows of q on it; nil: there are none.
func (o *opened) drawMap(ctx context.Context, j MapJob, q *opened) (*Map, error) {
	m, err := o.ownMap(ctx, j)
	if err == nil && q != nil {
		m.Added, err = o.placeOn(ctx, j, m, q)
	}
	return m, err
}

func (o *opened) ownMap(ctx context.Context, j MapJob) (*Map, error) {
	began := time.Now()
	k := o.keptMap(j)
	m := &Map{Points: o.points(k)}
	if n := k.fresh(); n != nil && n.Quality != nil {
		m.Quality = *n.Quality
		return m, m.read(o, n.SHA256, began)
	}
	if err := k.writable(); err != nil {
		return nil, err
	}
	made, err := tsne.Make(ctx, o.x, o.classes(), j.Options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.Run, err)
	}
	m.y, m.Quality = made.Y, made.Quality
	k.quality = &m.Quality
	return m, m.write(o, k, began)
}

// placeOn places the rows of q on the map of o.
func (o *opened) placeOn(ctx context.Context, j MapJob, m *Map, q *opened) (*Points, error) {
	began := time.Now()
	k := keptIn(j.Run, "map-with-"+q.basis.Table[:12], q.mapped(j, m.sum))
	points := q.points(k)
	if n := k.fresh(); n != nil {
		return &points, points.read(q, n.SHA256, began)
	}
	if err := k.writable(); err != nil {
		return nil, err
	}
	var err error
	if points.y, err = tsne.Place(ctx, q.x, o.x, m.y, j.Options); err != nil {
		return nil, err
	}
	return &points, points.write(q, k, began)
}

// keptMap names the map of a job.
func (o *opened) keptMap(j MapJob) kept { return keptIn(j.Run, "map", o.mapped(j, "")) }

// mapped is the basis of a map, or of places on the map whose digest is on.
func (o *opened) mapped(j MapJob, on string) basis {
	b := o.basis
	b.Map = &mapBasis{Method: method, Perplexity: j.Options.Perplexity, Steps: j.Options.Steps, On: on}
	return b
}

// points are those of a table, without places.
func (o *opened) points(k kept) Points {
	p := Points{File: k.path, Table: o.basis.Table, Rows: len(o.IDs), Failed: len(o.IDs) - len(o.present)}
	for _, i := range o.present {
		p.names = append(p.names, o.IDs[i])
	}
	return p
}

// classes are numbers of the present rows' classes, of those that have one label.
func (o *opened) classes() []int {
	names := make([]string, len(o.present))
	for p, i := range o.present {
		if l := o.Labels[i]; len(l) == 1 {
			names[p] = l[0]
		}
	}
	return tsne.Numbers(names)
}
