package protocol

import (
	"slices"

	"fc7/heads/metrics"
	"fc7/heads/svm"
)

// Result is how well heads do by a protocol, with how it came about: one shape for all. Fields that do not stand in
// JSON are known where the heads were trained, not where the result was read back.
type Result struct {
	Protocol  string   `json:"protocol"`  // the name of one of [Protocols]
	Headline  Measure  `json:"headline"`  // which of Figures counts
	Figures   Figures  `json:"figures"`   // means over the splits
	Deviation Figures  `json:"deviation"` // of Figures over the splits, n-1 in the denominator; null for one split
	Trained   string   `json:"trained"`   // what the heads were trained on: a split of the set's, or randomSplitsName
	Scored    string   `json:"scored"`    // likewise, of the figures
	Undefined []string `json:"undefined,omitempty"`
	Classes   []Class  `json:"classes"`
	Splits    []Split  `json:"splits"`
	Recipe    Recipe   `json:"recipe"`
	Options   Options  `json:"options"`
	Notes     []string `json:"notes,omitempty"`
}

// randomSplitsName is Trained and Scored of a result of random splits.
const randomSplitsName = "random splits"

// Class is a class of a result.
type Class struct {
	Name    string          `json:"name"`
	Figures Figures         `json:"figures"`          // means over the splits; null for a class that is left out of the result's own
	Counts  Counts          `json:"counts"`           // images of the first split: "train" and "test" are positives; others as the protocol tells
	Solver  *svm.ClassStats `json:"solver,omitempty"` // how training on the first split ended
}

// Split is one division into images to train and to test.
type Split struct {
	Name      string             `json:"name,omitempty"` // "" where a result needs no names for its splits
	Seed      uint32             `json:"seed"`           // of random splits
	Figures   Figures            `json:"figures"`
	Choice    Choice             `json:"choice"`
	Images    Images             `json:"images"`
	Confusion *metrics.Confusion `json:"confusion,omitempty"` // of Result.Classes; nil where images have several labels

	Head   *Head         `json:"-"`
	IDs    []string      `json:"-"` // the rows that are scored, in the order of the division
	Keys   []metrics.Key `json:"-"` // their names in result files
	Scores [][]float64   `json:"-"` // [K][len(IDs)]; minus infinity where there is no descriptor
	True   [][]int8      `json:"-"` // [K][len(IDs)]: +1, -1, 0 ignored

	byClass map[string][]metrics.Value // the figures of each class, by the name of their measure
}

// Images counts the images, or objects, of a split; the missing ones have no descriptor.
type Images struct {
	Train        int `json:"train"`
	TrainMissing int `json:"train_missing"` // left out, and not among Train
	Test         int `json:"test"`
	TestMissing  int `json:"test_missing"` // among Test: scored minus infinity, not recognised
}

// Head is the head that predictions use: that of the first split.
func (r *Result) Head() *Head { return r.Splits[0].Head }

// Figure is the figure that counts, NaN where it is undefined, and its deviation over the splits.
func (r *Result) Figure() (value, deviation metrics.Value) {
	return r.Figures.Get(r.Headline.Figure), r.Deviation.Get(r.Headline.Figure)
}

// Summary are the figures that a reader sees first.
func (r *Result) Summary() Figures {
	p, _ := Find(r.Protocol)
	var out Figures
	for _, name := range p.summary {
		if r.Figures.Has(name) {
			out = out.with(name, r.Figures.Get(name))
		}
	}
	return out
}

// Columns are what is told of each class; none where the splits are told instead. See [Protocol.Columns].
func (r *Result) Columns() []string {
	p, _ := Find(r.Protocol)
	return p.columns
}

// HasFiles tells whether there are result files for an evaluation server.
func (r *Result) HasFiles() bool {
	p, _ := Find(r.Protocol)
	return p.file != nil
}

// FileOf names the result file of a class; "" where there are none.
func (r *Result) FileOf(class string) string {
	p, err := Find(r.Protocol)
	if err != nil || p.file == nil {
		return ""
	}
	return p.file(r.Options.Competition, r.Scored, class)
}

// Seeded tells whether the protocol draws splits by seeds, be it only where the set has none of its own.
func (r *Result) Seeded() bool { return len(r.Options.Seeds) > 0 }

// Random tells whether the splits are random ones.
func (r *Result) Random() bool { return r.Trained == randomSplitsName }

// SingleLabel tells whether each image has just one label, so that its class can be predicted.
func (r *Result) SingleLabel() bool {
	return slices.ContainsFunc(r.Splits, func(s Split) bool { return s.Confusion != nil })
}

// curve returns the precision-recall curve of class k.
func (s *Split) curve(k int) (metrics.Curve, error) {
	return metrics.PrecisionRecall(s.Scores[k], s.True[k])
}

// Results are the lines of class k's file for an evaluation server; see [metrics.WriteResults].
func (s *Split) Results(k int) []metrics.Result {
	out := make([]metrics.Result, len(s.Keys))
	for i, key := range s.Keys {
		out[i] = metrics.Result{Image: key.Image, Object: key.Object, Confidence: s.Scores[k][i]}
	}
	return out
}

// Best returns the class of the highest score of each scored row, as an index of Result.Classes; -1 where there is no
// descriptor.
func (s *Split) Best() []int {
	best := make([]int, len(s.IDs))
	for i := range best {
		best[i] = predicted(s.Scores, i)
	}
	return best
}

// sum makes the means over the splits.
func (r *Result) sum() {
	for _, f := range r.Splits[0].Figures {
		var values []metrics.Value
		for _, s := range r.Splits {
			values = append(values, s.Figures.Get(f.Name))
		}
		mean, _ := metrics.Mean(values)
		r.Figures, r.Deviation = r.Figures.with(f.Name, mean), r.Deviation.with(f.Name, metrics.Deviation(values))
	}
}

// addClasses makes the lines of the classes, whose figures are means over the splits.
func (r *Result) addClasses(t *task, first division) {
	for k, name := range t.d.Classes {
		c := Class{Name: name, Counts: t.count(k, first), Solver: &r.Splits[0].Head.Solver[k]}
		defined := 0
		for _, figure := range t.figures {
			m, _ := measureOf(figure)
			if m.class == "" || !r.Figures.Has(figure) {
				continue
			}
			var values []metrics.Value
			for _, s := range r.Splits {
				values = append(values, s.byClass[m.class][k])
			}
			mean, n := metrics.Mean(values)
			c.Figures = c.Figures.with(m.class, mean)
			defined += n
		}
		if defined == 0 {
			r.Undefined = append(r.Undefined, name)
		}
		r.Classes = append(r.Classes, c)
	}
}
