package protocol

import (
	"context"
	"fmt"

	"fc7/heads/metrics"
	"fc7/heads/svm"
)

// Choice is how C was chosen: the curve over the grid, measured on images that no score of the result counts.
type Choice struct {
	C        float64   `json:"c"`                   // the best cost of all classes together; the smallest of equals
	PerClass []float64 `json:"per_class,omitempty"` // the best one of each class, where each has its own
	On       string    `json:"on"`                  // what it was measured on
	Measure  string    `json:"measure"`
	Trained  int       `json:"trained"` // images; of the largest fold
	Held     int       `json:"held"`    // images; of all folds together
	Curve    []Point   `json:"curve"`
	Note     string    `json:"note,omitempty"`
}

// Point is a point of the curve of C.
type Point struct {
	C        float64         `json:"c"`
	Score    metrics.Value   `json:"score"`
	PerClass []metrics.Value `json:"per_class"`
	Folds    []metrics.Value `json:"folds,omitempty"` // the score of each fold
}

// choose trains on each part for each cost of the grid, and fills in the curve and the best cost. No other rows are
// looked at.
func (s Settings) choose(ctx context.Context, d Data, y [][]int8, parts []part, j judge) (Choice, error) {
	if s.C != 0 {
		return Choice{C: s.C, On: "nothing: C is fixed"}, nil
	}
	use := usable(d, parts)
	train, held := 0, 0
	for _, p := range parts {
		train, held = max(train, len(d.present(p.train))), held+len(d.present(p.held))
	}
	if len(use) == 0 {
		return Choice{C: fallbackC, On: "nothing", Note: fmt.Sprintf("%d images to train and %d to choose on: C is %v by default", train, held, float64(fallbackC))}, nil
	}
	c := Choice{Trained: train, Held: held, Curve: make([]Point, len(s.Grid))}
	figures := make([][]judged, len(s.Grid)) // [cost][part]
	for _, p := range use {
		if err := s.judgePart(ctx, d, y, p, j, figures); err != nil {
			return c, fmt.Errorf("protocol: choosing C: %w", err)
		}
	}
	for i := range c.Curve {
		c.Curve[i] = point(s.Grid[i], figures[i])
	}
	c.pick()
	if s.PerClass {
		c.perClass(len(y))
	}
	return c, nil
}

// judgePart adds the figures of one part at each cost.
func (s Settings) judgePart(ctx context.Context, d Data, y [][]int8, p part, j judge, figures [][]judged) error {
	models, _, err := svm.TrainPath(ctx, s.problem(d, y, p.train), s.options(), s.Grid)
	if err != nil {
		return err
	}
	for i, m := range models {
		scores, err := m.DecisionBatch(d.X, p.held)
		if err != nil {
			return err
		}
		f, err := j(p.held, scores)
		if err != nil {
			return err
		}
		figures[i] = append(figures[i], f)
	}
	return nil
}

// point sums the parts' figures up.
func point(c float64, figures []judged) Point {
	p := Point{C: c}
	for k := range figures[0].each {
		var of []metrics.Value
		for _, f := range figures {
			of = append(of, f.each[k])
		}
		mean, _ := metrics.Mean(of)
		p.PerClass = append(p.PerClass, mean)
	}
	var parts []metrics.Value
	for _, f := range figures {
		mean, _ := metrics.Mean(f.each)
		if f.all != nil {
			mean = *f.all
		}
		parts = append(parts, mean)
	}
	p.Score, _ = metrics.Mean(p.PerClass)
	if figures[0].all != nil {
		p.Score, _ = metrics.Mean(parts)
	}
	if len(figures) > 1 {
		p.Folds = parts
	}
	return p
}

// pick takes the best point of the curve, the smallest C of equals.
func (c *Choice) pick() {
	best := bestPoint(c.Curve, func(p Point) metrics.Value { return p.Score })
	if best < 0 {
		c.C = fallbackC
		c.Note = fmt.Sprintf("no class has a positive among the %d held-out images: C is %v by default", c.Held, float64(fallbackC))
		return
	}
	c.C = c.Curve[best].C
	if len(c.Curve) > 1 && (best == 0 || best == len(c.Curve)-1) {
		c.Note = fmt.Sprintf("the best C, %v, is at the end of the grid", c.C)
	}
}

// costs returns the cost of each of n classes.
func (c Choice) costs(n int) []float64 {
	v := make([]float64, n)
	for k := range v {
		v[k] = c.Cost(k)
	}
	return v
}

// Cost is that of class k.
func (c Choice) Cost(k int) float64 {
	if c.PerClass != nil {
		return c.PerClass[k]
	}
	return c.C
}

// perClass chooses a cost for each class from the curve; classes without a figure take the common one.
func (c *Choice) perClass(classes int) {
	for k := range classes {
		cost := c.C
		if best := bestPoint(c.Curve, func(p Point) metrics.Value { return p.PerClass[k] }); best >= 0 {
			cost = c.Curve[best].C
		}
		c.PerClass = append(c.PerClass, cost)
	}
}

// bestPoint returns the first of the points with the highest value, -1 where none is defined.
func bestPoint(curve []Point, value func(Point) metrics.Value) int {
	best := -1
	for i, p := range curve {
		if v := value(p); v.Defined() && (best < 0 || v > value(curve[best])) {
			best = i
		}
	}
	return best
}
