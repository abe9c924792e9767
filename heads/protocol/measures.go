package protocol

import (
	"cmp"
	"math"
	"slices"

	"fc7/heads/metrics"
)

// Measure is what a figure is.
type Measure struct {
	Figure string `json:"figure"` // its name among Figures
	Name   string `json:"name"`   // for people
	Unit   string `json:"unit"`   // Share
}

// share is the unit of figures between 0 and 1.
const share = "share"

// measure is how a figure comes about.
type measure struct {
	figure, name, short string
	kind                string // what figures of a class have in common: "recall"
	class               string // the figure of a class that it is the mean of; "": it is of all classes together
	single              bool   // it needs one label an image
	least               int    // it needs as many classes

	of   func(s *scored) metrics.Value
	each func(s *scored) ([]metrics.Value, error) // of each class, instead of of
}

// measures are all figures that a protocol may name, and those of a class after the ones that are their means.
func measures() []measure {
	recalls := func(s *scored) ([]metrics.Value, error) { return s.Confusion.Recalls(), nil }
	ap := func(rule metrics.Rule) func(s *scored) ([]metrics.Value, error) {
		return func(s *scored) ([]metrics.Value, error) { return s.precisions(rule) }
	}
	return []measure{
		{figure: "accuracy", name: "accuracy", single: true, of: func(s *scored) metrics.Value { return s.Confusion.Accuracy() }},
		{figure: "mean_recall", name: "mean class recall", class: "recall", single: true, each: recalls},
		{figure: "recall", name: "recall", kind: "recall"},
		{figure: "top5", name: "top-5", single: true, least: 6, of: func(s *scored) metrics.Value { return 1 - metrics.TopKError(s.ranks(), 5) }},
		{figure: "mean_ap", name: "mean AP, all points", short: "mean AP", class: "ap", each: ap(metrics.AllPoint)},
		{figure: "ap", name: "AP, all points", short: "AP all-point", kind: "average precision"},
		{figure: "mean_ap_11", name: "mean AP, 11-point", class: "ap_11", each: ap(metrics.ElevenPoint)},
		{figure: "ap_11", name: "AP, 11-point", short: "AP 11-point", kind: "average precision"},
	}
}

// measureOf is a line of measures; false for a figure that is none of them.
func measureOf(figure string) (measure, bool) {
	all := measures()
	i := slices.IndexFunc(all, func(m measure) bool { return m.figure == figure })
	if i < 0 {
		return measure{figure: figure, name: figure}, false
	}
	return all[i], true
}

// FiguresOfAll are the figures that results of any protocol may have, each once.
func FiguresOfAll() []string {
	var all []string
	for _, p := range Protocols() {
		for _, f := range p.figures {
			if !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	return all
}

// MeasureOf tells what a figure is; one that is not known keeps its name.
func MeasureOf(figure string) Measure {
	m, _ := measureOf(figure)
	return Measure{Figure: m.figure, Name: m.name, Unit: share}
}

// Short is the name for people where there is less room.
func (m Measure) Short() string {
	known, _ := measureOf(m.Figure)
	return cmp.Or(known.short, m.Name)
}

// Kind is what figures of classes have in common, such as "average precision"; "" of other figures.
func (m Measure) Kind() string {
	known, _ := measureOf(m.Figure)
	return known.kind
}

// MeanOf is the figure that is the mean of a figure of classes; "" if there is none.
func MeanOf(class string) string {
	for _, m := range measures() {
		if m.class == class {
			return m.figure
		}
	}
	return ""
}

// scored is a split's test rows as the measures see them.
type scored struct {
	*Split
	class     []int           // of each row, -1 for one of no class; nil where images have several labels
	untrained []bool          // classes that are left out of average precision, as nothing was there to learn them from; nil: none
	curves    []metrics.Curve // of each class, once they are asked for
}

// precisions are the average precisions of the classes.
func (s *scored) precisions(rule metrics.Rule) ([]metrics.Value, error) {
	if s.curves == nil {
		for k := range s.Scores {
			c, err := s.curve(k)
			if err != nil {
				return nil, err
			}
			s.curves = append(s.curves, c)
		}
	}
	ap := make([]metrics.Value, len(s.curves))
	for k, c := range s.curves {
		var err error
		if ap[k], err = c.AP(rule); err != nil {
			return nil, err
		}
		if s.untrained != nil && s.untrained[k] {
			ap[k] = metrics.Value(math.NaN())
		}
	}
	return ap, nil
}

// ranks are the places of the classes of the rows that have one among all, from 0; behind all others without a
// descriptor.
func (s *scored) ranks() []int {
	ranks := make([]int, 0, len(s.IDs))
	for i, class := range s.class {
		if class < 0 {
			continue
		}
		one := column(s.Scores, i)
		rank := metrics.Rank(one, class)
		if predicted(s.Scores, i) < 0 {
			rank = len(one)
		}
		ranks = append(ranks, rank)
	}
	return ranks
}

// column is the scores of row i, a class each.
func column(scores [][]float64, i int) []float64 {
	one := make([]float64, len(scores))
	for k := range scores {
		one[k] = scores[k][i]
	}
	return one
}

// predicted returns the class of the highest score of row i; -1 for a row without a descriptor, whose scores are minus
// infinity.
func predicted(scores [][]float64, i int) int {
	one := column(scores, i)
	best := metrics.Best(one)
	if best >= 0 && math.IsInf(one[best], -1) {
		return -1
	}
	return best
}
