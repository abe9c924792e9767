package tsne

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"fc7/heads/neighbours"
	"fc7/heads/svm"
	"fc7/internal/usage"
)

// Options of a map. Defaults has those of the field.
type Options struct {
	Perplexity float64 // effective number of neighbours; of few rows a third of the others at most
	Steps      int     // of gradient descent
	Early      int     // of these, the first, in which attraction is exaggerated
	Threads    int     // 0: all cores; the result does not depend on it

	Progress func(s Stage, done, of int) // is told of rows or steps, if it is set; from one goroutine
}

// Stage is a part of the work that takes long.
type Stage int

// The stages of Make, in their order; Place has the first alone.
const (
	Searching  Stage = iota // neighbours; progress is of rows
	Descending              // progress is of steps
)

// Defaults are van der Maaten's (2014, section 5), with the steps of scikit-learn.
func Defaults() Options {
	return Options{Perplexity: 30, Steps: 1000, Early: 250}
}

func (o Options) check() error {
	switch {
	case !(o.Perplexity >= 1) || math.IsInf(o.Perplexity, 0):
		return usage.Errorf("tsne: perplexity %g, expected at least 1", o.Perplexity)
	case o.Steps < 0 || o.Early < 0:
		return usage.Errorf("tsne: %d steps, %d of them early, expected none below 0", o.Steps, o.Early)
	}
	return nil
}

// perplexityOf is that asked for, or a third of the other rows, where these are few.
func (o Options) perplexityOf(n int) float64 { return max(1, min(o.Perplexity, float64(n-1)/3)) }

// neighboursOf is how many of each of n rows a map and its judgement need: three times the perplexity (van der Maaten
// 2014, section 4.1), and 15.
func (o Options) neighboursOf(n int) int { return min(n-1, max(trusted, int(3*o.perplexityOf(n)))) }

func (o Options) search(k int) neighbours.Options {
	s := neighbours.Options{K: k, Threads: o.Threads}
	if o.Progress != nil {
		s.Progress = func(done, of int) { o.Progress(Searching, done, of) }
	}
	return s
}

// Fewest is how many rows a map has at least; places of fewer say nothing.
const Fewest = 4

// apart are places of fewer rows, as far from each other as from the next: a point, the ends of a line, the corners of
// a triangle.
var apart = [Fewest][]float64{1: {0, 0}, 2: {-1, 0, 1, 0}, 3: {0, 1, -0.8660254037844386, -0.5, 0.8660254037844386, -0.5}}

// Map is a map of rows.
type Map struct {
	Y       []float64 // [N][2], its mean the origin
	Quality Quality
	Times   Times
}

// Times of the parts of the work, in seconds.
type Times struct {
	Neighbours float64 `json:"neighbours_s"`
	Start      float64 `json:"start_s"`
	Descent    float64 `json:"descent_s"`
	Judging    float64 `json:"judging_s"`
}

// Made is the time until the map was there.
func (t Times) Made() float64 { return t.Neighbours + t.Start + t.Descent }

// Make maps the rows of x, by cosine, and judges the map: see Quality. classes are numbers of the rows' classes, below
// 0: none; nil: of no row. All rows must be there and finite; they may lie in mapped files. Equal rows have no map;
// fewer than Fewest stand in the table's order, as far apart as they can.
func Make(ctx context.Context, x svm.Matrix, classes []int, o Options) (*Map, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if x.N == 0 {
		return nil, errors.New("a map of no rows, expected one at least")
	}
	x, err := neighbours.Unit(x)
	if err != nil {
		return nil, err
	}
	if x.N < Fewest {
		return &Map{Y: slices.Clone(apart[x.N]), Quality: Quality{Rows: x.N, Judged: x.N, Trustworthiness: 1, Kept: 1}}, nil
	}
	m, watch := &Map{}, time.Now()
	lap := func(seconds *float64) {
		*seconds = time.Since(watch).Seconds()
		watch = time.Now()
	}
	start, err := components(ctx, x, o.Threads) // first, as it tells what cannot be mapped
	if err != nil {
		return nil, err
	}
	lap(&m.Times.Start)
	near, err := neighbours.Within(ctx, x, o.search(o.neighboursOf(x.N)))
	if err != nil {
		return nil, err
	}
	lap(&m.Times.Neighbours)
	if m.Y, err = embed(ctx, near, start, o); err != nil {
		return nil, err
	}
	lap(&m.Times.Descent)
	q, err := measure(ctx, x, near, m.Y, classes, o.Threads)
	if err != nil {
		return nil, err
	}
	m.Quality = *q
	lap(&m.Times.Judging)
	return m, nil
}

// Place puts rows q on a map y, [N][2], of the rows x, which stays as it is, as Make compares them.
func Place(ctx context.Context, q, x svm.Matrix, y []float64, o Options) ([]float64, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(y) != 2*x.N || x.N < Fewest {
		return nil, fmt.Errorf("a map of %d numbers of %d rows, expected two each of at least %d", len(y), x.N, Fewest)
	}
	q, err := neighbours.Unit(q)
	if err != nil {
		return nil, err
	}
	if x, err = neighbours.Unit(x); err != nil {
		return nil, err
	}
	near, err := neighbours.Among(ctx, q, x, o.search(o.neighboursOf(x.N)))
	if err != nil {
		return nil, err
	}
	return place(ctx, y, near, o)
}
