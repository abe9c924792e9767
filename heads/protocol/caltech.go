package protocol

import (
	"context"
	"fmt"
	"slices"

	"fc7/heads/metrics"
)

// CaltechOptions of the Caltech protocol; the zero value is Caltech-101's. Caltech-256 has TrainPerClass 60 and
// TestPerClass AllOthers.
type CaltechOptions struct {
	Settings
	TrainPerClass int      `json:"train_per_class"` // 0: 30
	TestPerClass  int      `json:"test_per_class"`  // at most; 0: 50
	Seeds         []uint32 `json:"seeds"`           // one split each; nil: 0, 1, 2
}

// AllOthers as TestPerClass tests on all images that are not trained on.
const AllOthers = 1 << 30

// CaltechResult is the mean class recall over random splits with how it came about.
type CaltechResult struct {
	Protocol   string         `json:"protocol"` // "caltech"
	MeanRecall metrics.Value  `json:"mean_recall"`
	Deviation  metrics.Value  `json:"deviation"` // over splits, n-1 in the denominator; null for one
	Classes    []CaltechClass `json:"classes"`
	Splits     []CaltechSplit `json:"splits"`
	Recipe     Recipe         `json:"recipe"`
	Options    CaltechOptions `json:"options"`
	Notes      []string       `json:"notes,omitempty"`
}

// CaltechClass is one line of the table.
type CaltechClass struct {
	Name   string        `json:"name"`
	Images int           `json:"images"`
	Train  int           `json:"train"`  // images of each split
	Test   int           `json:"test"`   // images of each split
	Recall metrics.Value `json:"recall"` // mean over the splits
}

// CaltechSplit is one random split.
type CaltechSplit struct {
	Seed       uint32            `json:"seed"`
	MeanRecall metrics.Value     `json:"mean_recall"`
	Accuracy   metrics.Value     `json:"accuracy"`
	C          float64           `json:"c"` // Choice.C
	Choice     Choice            `json:"choice"`
	Images     CaltechCounts     `json:"images"`
	Confusion  metrics.Confusion `json:"confusion"` // in the order of CaltechResult.Classes
	Head       *Head             `json:"-"`
	TestIDs    []string          `json:"-"`
	Scores     [][]float64       `json:"-"` // [K][len(TestIDs)]; minus infinity where there is no descriptor
	True       []int             `json:"-"` // class of each of TestIDs
	Predicted  []int             `json:"-"` // -1 where there is no descriptor
}

// CaltechCounts counts images of a split; the missing ones have no descriptor.
type CaltechCounts struct {
	Train        int `json:"train"`
	TrainMissing int `json:"train_missing"` // left out
	Test         int `json:"test"`
	TestMissing  int `json:"test_missing"` // counted as not recognised
}

// Caltech trains one-vs-rest heads on random splits and scores them by mean class recall: of each class TrainPerClass images
// to train and up to TestPerClass of the rest to test; C is chosen on a fifth of the training images, by mean class recall, and the
// heads are trained again on all of them. The class of the highest score is predicted.
//
// A class without TrainPerClass+1 images has three quarters of them to train on; notes say which. A class with one image is an
// error; classes without any are left out.
func Caltech(ctx context.Context, d Data, o CaltechOptions) (*CaltechResult, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	of, err := d.checked()
	if err != nil {
		return nil, err
	}
	classes, err := d.caltechClasses(of)
	if err != nil {
		return nil, err
	}
	run := newCaltechRun(d, o, classes)
	r := &CaltechResult{Protocol: "caltech", Recipe: d.Recipe, Options: o}
	for _, seed := range o.Seeds {
		s, err := run.split(ctx, seed)
		if err != nil {
			return nil, fmt.Errorf("protocol: split of seed %d: %w", seed, err)
		}
		r.Splits = append(r.Splits, *s)
	}
	r.table(d, classes)
	return r, nil
}

func (o CaltechOptions) complete() (CaltechOptions, error) {
	var err error
	if o.Settings, err = o.withDefaults(); err != nil {
		return o, err
	}
	if o.TrainPerClass == 0 {
		o.TrainPerClass = 30
	}
	if o.TestPerClass == 0 {
		o.TestPerClass = 50
	}
	if o.Seeds == nil {
		o.Seeds = []uint32{0, 1, 2}
	}
	if o.TrainPerClass < 1 || o.TestPerClass < 1 || len(o.Seeds) == 0 {
		return o, fmt.Errorf("protocol: %d images to train and %d to test a class in %d splits; expected at least one of each", o.TrainPerClass, o.TestPerClass, len(o.Seeds))
	}
	return o, nil
}

// caltechRun is what all splits share. Its classes are those that have images, in byte order.
type caltechRun struct {
	d       Data
	o       CaltechOptions
	classes caltechClasses
	label   []int    // of each row of d
	y       [][]int8 // one-vs-rest
}

func newCaltechRun(d Data, o CaltechOptions, classes caltechClasses) *caltechRun {
	run := &caltechRun{o: o, classes: classes, label: make([]int, len(d.IDs)), y: make([][]int8, len(classes.class))}
	names := make([]string, len(classes.class))
	for k := range run.y {
		names[k] = d.Classes[classes.class[k]]
		run.y[k] = make([]int8, len(d.IDs))
		for i := range run.y[k] {
			run.y[k][i] = -1
		}
		for _, i := range classes.rows[k] {
			run.label[i], run.y[k][i] = k, 1
		}
	}
	d.Classes = names
	run.d = d
	return run
}

func (run *caltechRun) split(ctx context.Context, seed uint32) (*CaltechSplit, error) {
	s := run.classes.draw(seed, run.o.TrainPerClass, run.o.TestPerClass)
	train, test := run.d.present(s.train), run.d.present(s.test)
	out := &CaltechSplit{Seed: seed, Images: CaltechCounts{
		Train: len(train), TrainMissing: len(s.train) - len(train), Test: len(s.test), TestMissing: len(s.test) - len(test),
	}}
	if len(train) == 0 || len(test) == 0 {
		return nil, fmt.Errorf("%d images to train and %d to test have descriptors", len(train), len(test))
	}
	var err error
	if out.Choice, err = run.choose(ctx, s); err != nil {
		return nil, err
	}
	out.C = out.Choice.C
	if out.Head, err = run.o.fit(ctx, run.d, run.y, train, out.Choice.costs(len(run.y))); err != nil {
		return nil, err
	}
	return out, run.score(out, s.test)
}

func (run *caltechRun) choose(ctx context.Context, s split) (Choice, error) {
	parts, on := []part{{s.part, s.held}}, "a fifth of each class's training images"
	if run.o.Folds > 0 {
		parts, on = run.o.parts(run.d, s.train, "the training images")
	}
	by, measure := run.judgeRecall(), "mean class recall"
	if run.o.PerClass { // a recall depends on the other classes' costs, an average precision does not
		by, measure = judgeAP(run.y, metrics.AllPoint), "mean all-point AP"
	}
	choice, err := run.o.choose(ctx, run.d, run.y, parts, by)
	if len(choice.Curve) > 0 {
		choice.On, choice.Measure = on, measure
	}
	return choice, err
}

func (run *caltechRun) judgeRecall() judge {
	return func(rows []int, scores [][]float64) ([]metrics.Value, error) {
		c, err := metrics.NewConfusion(run.labels(rows), predict(scores, len(rows)), len(run.y))
		return c.Recalls(), err
	}
}

func (run *caltechRun) score(out *CaltechSplit, rows []int) error {
	scores, err := out.Head.ScoreRows(run.d.X, run.d.present(rows))
	if err != nil {
		return err
	}
	out.Scores = make([][]float64, len(scores))
	for k := range scores {
		out.Scores[k] = spread(run.d, rows, scores[k])
	}
	out.True, out.Predicted = run.labels(rows), predict(out.Scores, len(rows))
	for n, i := range rows {
		out.TestIDs = append(out.TestIDs, run.d.IDs[i])
		if run.d.missing(i) {
			out.Predicted[n] = -1
		}
	}
	if out.Confusion, err = metrics.NewConfusion(out.True, out.Predicted, len(run.y)); err != nil {
		return err
	}
	out.MeanRecall, out.Accuracy = out.Confusion.MeanRecall(), out.Confusion.Accuracy()
	return nil
}

func (run *caltechRun) labels(rows []int) []int {
	out := make([]int, len(rows))
	for n, i := range rows {
		out[n] = run.label[i]
	}
	return out
}

// predict returns the class of the highest of scores [K][n] for each of n rows.
func predict(scores [][]float64, n int) []int {
	out := make([]int, n)
	one := make([]float64, len(scores))
	for i := range out {
		for k := range scores {
			one[k] = scores[k][i]
		}
		out[i] = metrics.Best(one)
	}
	return out
}

// table sums the splits up.
func (r *CaltechResult) table(d Data, classes caltechClasses) {
	var means []metrics.Value
	for _, s := range r.Splits {
		means = append(means, s.MeanRecall)
		if s.Choice.Note != "" {
			r.Notes = append(r.Notes, fmt.Sprintf("split %d: %s", s.Seed, s.Choice.Note))
		}
	}
	r.MeanRecall, _ = metrics.Mean(means)
	r.Deviation = metrics.Deviation(means)
	smaller := 0
	for k, c := range classes.class {
		n := len(classes.rows[k])
		line := CaltechClass{Name: d.Classes[c], Images: n, Train: trainOf(n, r.Options.TrainPerClass)}
		line.Test = min(r.Options.TestPerClass, n-line.Train)
		if line.Train < r.Options.TrainPerClass {
			smaller++
		}
		var recalls []metrics.Value
		for _, s := range r.Splits {
			recalls = append(recalls, s.Confusion.Recalls()[k])
		}
		line.Recall, _ = metrics.Mean(recalls)
		r.Classes = append(r.Classes, line)
	}
	if smaller > 0 {
		least := slices.MinFunc(r.Classes, func(a, b CaltechClass) int { return a.Images - b.Images })
		r.Notes = append(r.Notes, fmt.Sprintf("%d of %d classes have too few images for %d to train and one to test; three quarters of theirs are to train (the smallest, %s: %d of %d)",
			smaller, len(r.Classes), r.Options.TrainPerClass, least.Name, least.Train, least.Images))
	}
	if empty := len(d.Classes) - len(classes.class); empty > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d of %d classes have no image and are left out", empty, len(d.Classes)))
	}
}
