package report

import (
	"errors"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
)

// manyClasses is the number from which tables and figures by class are summed up before they are shown whole.
const manyClasses = 40

// lowest is how many of many classes stand in the summing-up.
const lowest = 12

type scoreView struct {
	Title   string
	Columns []string
	Rows    []scoreRow
	Mean    []string
	Lowest  []scoreRow    // of many classes, ascending
	Sorted  template.HTML // of many classes: all scores in their order
	All     string        // what the whole table is called where it is folded away
}

type scoreRow struct {
	Class     string
	Positives string
	Bar       string // 0 to 100, for the first score; "" if it is not defined
	Scores    []string
}

func newScoreView(t *ScoreTable) (*scoreView, error) {
	if len(t.Columns) == 0 {
		return nil, errors.New("the table has no score column")
	}
	s := &scoreView{Title: t.Title, Columns: t.Columns}
	for _, row := range t.Rows {
		scores, err := percents(row.Scores, len(t.Columns))
		if err != nil {
			return nil, fmt.Errorf("class %s: %w", row.Class, err)
		}
		bar := ""
		if !math.IsNaN(row.Scores[0]) {
			bar = strconv.FormatFloat(100*row.Scores[0], 'f', 2, 64)
		}
		s.Rows = append(s.Rows, scoreRow{row.Class, Grouped(row.Positives), bar, scores})
	}
	if t.Mean != nil {
		mean, err := percents(t.Mean, len(t.Columns))
		if err != nil {
			return nil, fmt.Errorf("mean: %w", err)
		}
		s.Mean = mean
	}
	if len(t.Rows) > manyClasses {
		s.sumUp(t)
	}
	return s, nil
}

// sumUp adds the lowest classes and the figure of all, sorted.
func (s *scoreView) sumUp(t *ScoreTable) {
	var order []int
	for i, r := range t.Rows {
		if !math.IsNaN(r.Scores[0]) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := t.Rows[a].Scores[0], t.Rows[b].Scores[0]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	all := line{}
	for n, i := range order {
		if n < lowest {
			s.Lowest = append(s.Lowest, s.Rows[i])
		}
		all.x, all.y = append(all.x, float64(n+1)), append(all.y, t.Rows[i].Scores[0])
	}
	s.All = fmt.Sprintf("All %d classes", len(t.Rows))
	if len(order) < 2 {
		return
	}
	c := chart{w: 340, h: 170, x: axis{label: "classes, from the lowest", min: 1, max: float64(len(order)), ticks: rounds(1, float64(len(order)), 1)}, y: axis{max: 1, ticks: shares(4)}, lines: []line{all}}
	at := func(share float64) string { return percent(all.y[int(share*float64(len(order)-1))]) }
	s.Sorted = c.svg(fmt.Sprintf("%s in percent, sorted: lowest %s, a quarter of the classes up to %s, half up to %s, three quarters up to %s, highest %s",
		t.Columns[0], at(0), at(0.25), at(0.5), at(0.75), at(1)))
}

type curvesView struct {
	Curves []curveView
	Note   string
	Head   []string // recalls
}

type curveView struct {
	Class, AP string
	Figure    template.HTML
	At        []string // precision at the recalls of Head
}

// tableRecalls are where the table of curves gives their precision.
var tableRecalls = []float64{0.1, 0.25, 0.5, 0.75, 0.9, 1}

// newCurvesView draws a small figure for each class; of many classes for those with the lowest AP.
func newCurvesView(curves []Curve, note string) (*curvesView, error) {
	if len(curves) == 0 {
		return nil, nil
	}
	v := &curvesView{Note: note}
	if n := len(curves); n > manyClasses {
		curves = slices.Clone(curves)
		slices.SortStableFunc(curves, func(a, b Curve) int {
			switch {
			case a.AP < b.AP || !math.IsNaN(a.AP) && math.IsNaN(b.AP):
				return -1
			case a.AP > b.AP || math.IsNaN(a.AP) && !math.IsNaN(b.AP):
				return 1
			}
			return 0
		})
		curves = curves[:lowest]
		v.Note += fmt.Sprintf(" The %d of %d classes with the lowest average precision.", lowest, n)
	}
	for _, r := range tableRecalls {
		v.Head = append(v.Head, strconv.FormatFloat(100*r, 'f', -1, 64))
	}
	for _, c := range curves {
		one, err := newCurveView(c)
		if err != nil {
			return nil, fmt.Errorf("class %s: %w", c.Class, err)
		}
		v.Curves = append(v.Curves, one)
	}
	return v, nil
}

func (c Curve) check() error {
	n := len(c.Recall)
	if len(c.Precision) != n || c.Low != nil && (len(c.Low) != n || len(c.High) != n) {
		return fmt.Errorf("%d recalls for %d precisions, and a band of %d and %d", n, len(c.Precision), len(c.Low), len(c.High))
	}
	for i := range n {
		if err := errors.Join(checkShare(c.Recall[i]), checkShare(c.Precision[i])); err != nil {
			return err
		}
		if c.Low != nil && !(0 <= c.Low[i] && c.Low[i] <= c.High[i] && c.High[i] <= 1) {
			return fmt.Errorf("a band from %g to %g, expected 0 to 1", c.Low[i], c.High[i])
		}
	}
	return nil
}

func newCurveView(c Curve) (curveView, error) {
	v := curveView{Class: c.Class, AP: percent(c.AP)}
	if err := c.check(); err != nil {
		return v, err
	}
	text := ""
	for _, r := range tableRecalls {
		best := math.NaN()
		for i := range c.Recall {
			if c.Recall[i] >= r && !(c.Precision[i] <= best) {
				best = c.Precision[i]
			}
		}
		v.At = append(v.At, percent(best))
		if r == 0.5 && !math.IsNaN(best) {
			text = fmt.Sprintf(", precision %s %% at half of the recall", percent(best))
		}
	}
	ch := chart{
		w: 160, h: 124, text: 9, x: axis{max: 1, ticks: shares(2)}, y: axis{max: 1, ticks: shares(2)},
		lines: []line{{x: c.Recall, y: c.Precision, low: c.Low, high: c.High, points: len(c.Recall) == 1}},
	}
	v.Figure = ch.svg(fmt.Sprintf("Precision against recall of %s: average precision %s %%%s", c.Class, v.AP, text))
	return v, nil
}
