package protocol

import (
	"context"
	"fmt"
	"math"
	"slices"

	"fc7/heads/metrics"
)

// SetOptions of the protocol for sets that have none of their own; the zero value works.
type SetOptions struct {
	Settings
	TrainPerClass int      `json:"train_per_class,omitempty"` // random splits, one label an image: images to train; 0: TrainFraction
	TrainFraction float64  `json:"train_fraction,omitempty"`  // random splits: share of each class to train; 0: 0.8
	TestPerClass  int      `json:"test_per_class,omitempty"`  // random splits: at most; 0: all others
	Seeds         []uint32 `json:"seeds,omitempty"`           // one random split each; nil: 0, 1, 2
}

// Figures are the scores of one split, or means or deviations over several.
type Figures struct {
	Accuracy   metrics.Value `json:"accuracy"`    // one label an image only
	MeanRecall metrics.Value `json:"mean_recall"` // mean over the classes; one label an image only
	Top5       metrics.Value `json:"top5"`        // share of images whose class is among the five best; null up to five classes
	MeanAP     metrics.Value `json:"mean_ap"`     // all-point
	MeanAP11   metrics.Value `json:"mean_ap_11"`
}

// fields lists the figures in a fixed order.
func (f *Figures) fields() []*metrics.Value {
	return []*metrics.Value{&f.Accuracy, &f.MeanRecall, &f.Top5, &f.MeanAP, &f.MeanAP11}
}

// overSplits returns mean and deviation of each figure.
func overSplits(splits []SetSplit) (mean, deviation Figures) {
	for i := range mean.fields() {
		var v []metrics.Value
		for _, s := range splits {
			v = append(v, *s.Figures.fields()[i])
		}
		*mean.fields()[i], _ = metrics.Mean(v)
		*deviation.fields()[i] = metrics.Deviation(v)
	}
	return mean, deviation
}

// SetResult is how well heads do on a set, with how it came about.
type SetResult struct {
	Protocol    string     `json:"protocol"`     // "set"
	SingleLabel bool       `json:"single_label"` // every image has just one label
	Trained     string     `json:"trained"`
	Scored      string     `json:"scored"`
	Figures     Figures    `json:"figures"`   // means over the splits
	Deviation   Figures    `json:"deviation"` // over the splits, n-1 in the denominator; null for one
	Classes     []SetClass `json:"classes"`
	Splits      []SetSplit `json:"splits"`
	Recipe      Recipe     `json:"recipe"`
	Options     SetOptions `json:"options"`
	Notes       []string   `json:"notes,omitempty"`
}

// SetClass is one line of the table; figures are means over the splits.
type SetClass struct {
	Name   string        `json:"name"`
	Train  int           `json:"train"` // positives of the first split
	Test   int           `json:"test"`  // positives of the first split
	Recall metrics.Value `json:"recall"`
	AP     metrics.Value `json:"ap"` // all-point
	AP11   metrics.Value `json:"ap_11"`
}

// SetSplit is one division into images to train and to test.
type SetSplit struct {
	Seed      uint32             `json:"seed"` // of random splits
	Figures   Figures            `json:"figures"`
	Choice    Choice             `json:"choice"`
	Images    CaltechCounts      `json:"images"`
	Confusion *metrics.Confusion `json:"confusion,omitempty"` // one label an image only
	Head      *Head              `json:"-"`
	TestIDs   []string           `json:"-"`
	Scores    [][]float64        `json:"-"` // [K][len(TestIDs)]; minus infinity where there is no descriptor
	True      [][]int8           `json:"-"` // [K][len(TestIDs)]: +1, -1, 0 ignored
	ap, ap11  []metrics.Value
}

// Set trains and scores one-vs-rest heads on any labelled set: by accuracy, recall and top-5 where each image has one label, and
// by average precision a class.
//
// Splits that the set gives are used as VOC does: C chosen on val, heads trained on trainval, scored on test. A set without any has
// seeded random splits, stratified by class, with a fifth of each class's training images held out for C. Rows without labels
// are left out; notes say how many.
func Set(ctx context.Context, d Data, o SetOptions) (*SetResult, error) {
	run, err := newSetRun(d, o)
	if err != nil {
		return nil, err
	}
	divisions, err := run.divisions()
	if err != nil {
		return nil, err
	}
	r := &SetResult{
		Protocol: "set", SingleLabel: run.single, Trained: run.trained, Scored: run.scored,
		Recipe: d.Recipe, Options: run.o, Notes: run.notes,
	}
	for _, v := range divisions {
		s, err := run.split(ctx, v, run.y)
		if err != nil {
			return nil, fmt.Errorf("protocol: %s: %w", v.name, err)
		}
		if s.Choice.Note != "" {
			r.Notes = append(r.Notes, v.name+": "+s.Choice.Note)
		}
		r.Splits = append(r.Splits, *s)
	}
	r.Figures, r.Deviation = overSplits(r.Splits)
	r.table(run, divisions[0])
	return r, nil
}

// table sums the classes up over the splits.
func (r *SetResult) table(run *setRun, first division) {
	for k, name := range run.d.Classes {
		line := SetClass{Name: name, Train: positives(run.y[k], first.train), Test: positives(run.truth[k], first.test)}
		var recall, ap, ap11 []metrics.Value
		for _, s := range r.Splits {
			ap, ap11 = append(ap, s.ap[k]), append(ap11, s.ap11[k])
			if s.Confusion != nil {
				recall = append(recall, s.Confusion.Recalls()[k])
			}
		}
		line.Recall, _ = metrics.Mean(recall)
		line.AP, _ = metrics.Mean(ap)
		line.AP11, _ = metrics.Mean(ap11)
		r.Classes = append(r.Classes, line)
	}
}

func positives(y []int8, rows []int) (n int) {
	for _, r := range rows {
		if y[r] > 0 {
			n++
		}
	}
	return n
}

func (o SetOptions) complete() (SetOptions, error) {
	var err error
	if o.Settings, err = o.withDefaults(); err != nil {
		return o, err
	}
	if o.TrainFraction == 0 {
		o.TrainFraction = 0.8
	}
	if o.Seeds == nil {
		o.Seeds = []uint32{0, 1, 2}
	}
	if o.TrainPerClass < 0 || o.TestPerClass < 0 || len(o.Seeds) == 0 || !(o.TrainFraction > 0 && o.TrainFraction < 1) {
		return o, fmt.Errorf("protocol: %d images or a share of %v to train and %d images to test a class in %d splits; expected none below 0, a share between 0 and 1 and a split",
			o.TrainPerClass, o.TrainFraction, o.TestPerClass, len(o.Seeds))
	}
	return o, nil
}

// setRun is what all splits share.
type setRun struct {
	d               Data
	o               SetOptions
	single          bool
	rows            []int    // with a label
	y, truth        [][]int8 // [K][N]
	plan            *vocPlan // of the set's own splits; nil: random ones
	trained, scored string
	notes           []string
}

func newSetRun(d Data, o SetOptions) (*setRun, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	of, err := d.checked()
	if err != nil {
		return nil, err
	}
	run := &setRun{d: d, o: o, single: true, trained: "random splits", scored: "random splits"}
	for i, l := range d.Labels {
		if !d.labelled([]int{i}) {
			continue
		}
		run.rows = append(run.rows, i)
		run.single = run.single && len(l) == 1 && (d.Ignored == nil || len(d.Ignored[i]) == 0)
	}
	if n := len(d.IDs) - len(run.rows); n > 0 {
		run.notes = append(run.notes, fmt.Sprintf("%d of %d rows have no label and are left out", n, len(d.IDs)))
	}
	run.y = d.vocLabels(of, 0)
	run.truth = run.y
	if !slices.ContainsFunc(d.Splits, func(s []string) bool { return len(s) > 0 }) {
		return run, nil
	}
	p, err := d.vocPlan(o.Settings)
	if err != nil {
		return nil, err
	}
	for _, rows := range []*[]int{&p.fit, &p.score, &p.train, &p.held} {
		*rows = slices.DeleteFunc(slices.Clone(*rows), func(i int) bool { return !d.labelled([]int{i}) })
	}
	run.plan, run.trained, run.scored = &p, p.trained, p.scored
	run.notes = append(run.notes, p.notes...)
	return run, nil
}

// split trains on a division by the labels y and scores it.
func (run *setRun) split(ctx context.Context, v division, y [][]int8) (*SetSplit, error) {
	train, test := run.d.present(v.train), run.d.present(v.test)
	s := &SetSplit{Seed: v.seed, Images: CaltechCounts{
		Train: len(train), TrainMissing: len(v.train) - len(train), Test: len(v.test), TestMissing: len(v.test) - len(test),
	}}
	if len(train) == 0 || len(test) == 0 {
		return nil, fmt.Errorf("%d images to train and %d to test have labels and descriptors", len(train), len(test))
	}
	by, measure := judgeAP(y, metrics.AllPoint), "mean all-point AP"
	if run.single && !run.o.PerClass {
		by, measure = run.judgeRecall(), "mean class recall"
	}
	var err error
	if s.Choice, err = run.o.choose(ctx, run.d, y, v.parts, by); err != nil {
		return nil, err
	}
	if len(s.Choice.Curve) > 0 {
		s.Choice.On, s.Choice.Measure = v.on, measure
	}
	if s.Head, err = run.o.fit(ctx, run.d, y, train, s.Choice.costs(len(y))); err != nil {
		return nil, err
	}
	return s, run.score(s, v.test)
}

func (run *setRun) judgeRecall() judge {
	return func(rows []int, scores [][]float64) ([]metrics.Value, error) {
		c, err := metrics.NewConfusion(run.labels(rows), predict(scores, len(rows)), len(run.y))
		return c.Recalls(), err
	}
}

// labels returns the class of each of rows, which have one.
func (run *setRun) labels(rows []int) []int {
	out := make([]int, len(rows))
	for n, i := range rows {
		out[n] = slices.Index(run.d.Classes, run.d.Labels[i][0])
	}
	return out
}

// score fills in scores, truths and figures.
func (run *setRun) score(s *SetSplit, rows []int) error {
	scores, err := s.Head.ScoreRows(run.d.X, run.d.present(rows))
	if err != nil {
		return err
	}
	for _, i := range rows {
		s.TestIDs = append(s.TestIDs, run.d.IDs[i])
	}
	for k := range scores {
		all, truth := spread(run.d, rows, scores[k]), pick(run.truth[k], rows)
		c, err := metrics.PrecisionRecall(all, truth)
		if err != nil {
			return err
		}
		s.Scores, s.True = append(s.Scores, all), append(s.True, truth)
		s.ap, s.ap11 = append(s.ap, c.APAll()), append(s.ap11, c.AP11())
	}
	nan := metrics.Value(math.NaN())
	s.Figures = Figures{Accuracy: nan, MeanRecall: nan, Top5: nan}
	s.Figures.MeanAP, _ = metrics.Mean(s.ap)
	s.Figures.MeanAP11, _ = metrics.Mean(s.ap11)
	if !run.single {
		return nil
	}
	return run.scoreSingle(s, rows)
}

// scoreSingle adds the figures of images with one label.
func (run *setRun) scoreSingle(s *SetSplit, rows []int) error {
	truth, predicted := run.labels(rows), predict(s.Scores, len(rows))
	ranks, one := make([]int, len(rows)), make([]float64, len(s.Scores))
	for n, i := range rows {
		for k := range one {
			one[k] = s.Scores[k][n]
		}
		if ranks[n] = metrics.Rank(one, truth[n]); run.d.missing(i) {
			ranks[n], predicted[n] = len(one), -1
		}
	}
	c, err := metrics.NewConfusion(truth, predicted, len(s.Scores))
	if err != nil {
		return err
	}
	s.Confusion, s.Figures.Accuracy, s.Figures.MeanRecall = &c, c.Accuracy(), c.MeanRecall()
	if len(s.Scores) > 5 {
		s.Figures.Top5 = 1 - metrics.TopKError(ranks, 5)
	}
	return nil
}
