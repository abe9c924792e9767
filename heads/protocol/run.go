package protocol

import (
	"context"
	"fmt"

	"fc7/heads/metrics"
	"fc7/internal/few"
)

// Run trains one-vs-rest heads on the data and scores them by the protocol; o is of [Protocol.Defaults] or
// [Protocol.Options].
//
// A row's way: the protocol takes what it looks at of the data and makes a task of it, whose divisions say which rows
// teach and which are scored; for each of them C is chosen on rows held out of the teaching ones, the heads are trained
// on all of these, and the others are scored; the figures are means over the divisions.
func (p Protocol) Run(ctx context.Context, d Data, o Options) (*Result, error) {
	t, err := p.task(d, o)
	if err != nil {
		return nil, err
	}
	r := t.result(p)
	for _, v := range t.divisions {
		if _, err := t.tried(ctx, v, r); err != nil {
			return nil, err
		}
	}
	return r, t.finish(p, r, t.divisions[0])
}

// result is one without splits.
func (t *task) result(p Protocol) *Result {
	return &Result{Protocol: p.Name, Trained: t.trained, Scored: t.scored, Recipe: t.d.Recipe, Options: t.o, Notes: t.notes}
}

// tried adds a division to a result.
func (t *task) tried(ctx context.Context, v division, r *Result) (*Split, error) {
	s, err := t.split(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("protocol: %s: %w", v.name, err)
	}
	if v.noted != "" && s.Choice.Note != "" {
		r.Notes = append(r.Notes, v.noted+": "+s.Choice.Note)
	}
	if note := s.Head.unsolved(); note != "" {
		r.Notes = append(r.Notes, v.name+": "+note)
	}
	r.Splits = append(r.Splits, *s)
	return s, nil
}

// finish sums up a result of all divisions, the first of which counts the images of the classes.
func (t *task) finish(p Protocol, r *Result, first division) error {
	r.sum()
	r.Headline = p.headline(r.Figures)
	r.addClasses(t, first)
	if t.end == nil {
		return nil
	}
	return t.end(r)
}

// task is what a protocol makes of data: which rows teach what, and how the others are judged.
type task struct {
	d       Data // classes are those of the heads
	o       Options
	figures []string // of Protocol.Figures
	counts  string   // the figure that counts, where data have it
	y       [][]int8 // [K][N] to train by: +1, -1, 0 left out
	held    [][]int8 // [K][N] to choose C by
	truth   [][]int8 // [K][N] to score by
	class   []int    // of each row, -1 for one of no class; nil where images have several: no class is predicted then

	trained, scored string
	divisions       []division
	learnt          bool // classes without a positive to train on have no average precision
	notes           []string
	count           func(k int, v division) Counts // of class k
	end             func(r *Result) error          // nil: nothing is left to say
}

// UnfitError tells that data are not of the kind that a protocol scores: a wrong call where the user named the
// protocol, and a fault of the data where it is their own.
type UnfitError struct{ reason string }

func (e *UnfitError) Error() string { return e.reason }

func unfit(format string, args ...any) error { return &UnfitError{fmt.Sprintf(format, args...)} }

// TooLittleError tells that data have too little to train heads on, or to score them.
type TooLittleError struct{ reason string }

func (e *TooLittleError) Error() string { return e.reason }

func tooLittle(format string, args ...any) error {
	return &TooLittleError{fmt.Sprintf(format, args...)}
}

// division is which rows are trained on and scored.
type division struct {
	name        string // for errors
	label       string // of the split
	noted       string // how notes on the choice of C name it; "": they are not among the result's
	seed        uint32
	train, test []int
	parts       []part // for the choice of C
	on          string // what the parts are
}

func (p Protocol) task(d Data, o Options) (*task, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	if p.data != nil {
		if d, err = p.data(d); err != nil {
			return nil, err
		}
	}
	t, err := p.prepare(d, o)
	if err != nil {
		return nil, err
	}
	t.figures, t.counts = p.figures, p.Headline[0]
	return t, nil
}

// started is a split of a division that is not trained yet, and the rows that are there to train and to test.
func (t *task) started(v division) (s *Split, train, test []int, err error) {
	train, test = t.d.present(v.train), t.d.present(v.test)
	s = &Split{Name: v.label, Seed: v.seed, Images: Images{
		Train: len(train), TrainMissing: len(v.train) - len(train), Test: len(v.test), TestMissing: len(v.test) - len(test),
	}}
	if len(train) == 0 || len(test) == 0 {
		return nil, nil, nil, tooLittle("%d images to train and %d to test have labels and descriptors", len(train), len(test))
	}
	return s, train, test, t.twoSides(train)
}

// split trains on a division and scores it.
func (t *task) split(ctx context.Context, v division) (*Split, error) {
	s, train, _, err := t.started(v)
	if err != nil {
		return nil, err
	}
	by, measure := t.judge()
	if s.Choice, err = t.o.choose(ctx, t.d, t.y, v.parts, by); err != nil {
		return nil, err
	}
	if len(s.Choice.Curve) > 0 {
		s.Choice.On, s.Choice.Measure = v.on, measure
	}
	if s.Head, err = t.o.fit(ctx, t.d, t.y, train, s.Choice.costs(len(t.y))); err != nil {
		return nil, err
	}
	if err := t.score(s, v.test); err != nil {
		return nil, fmt.Errorf("scoring: %w", err)
	}
	return s, t.figuresOf(s, v)
}

// twoSides refuses rows to train on of which no class has both images of it and images without it: there is nothing to
// tell it from.
func (t *task) twoSides(train []int) error {
	var with []string
	for k, y := range t.y {
		of, without := positives(y, train), count(y, train, -1)
		if of > 0 && without > 0 {
			return nil
		}
		if of > 0 {
			with = append(with, t.d.Classes[k])
		}
	}
	if len(with) == 0 {
		return tooLittle("none of %d classes has images among the %d to train on: extract more of the data set, or give labels", len(t.y), len(train))
	}
	return tooLittle("%d of %d classes have images to train on (%s), and none has images without it: a head needs images of two classes, or of one and of none of them",
		len(with), len(t.y), few.Names(with))
}

// score fills in the scores of rows by the head, and what is true of them.
func (t *task) score(s *Split, rows []int) error {
	scores, err := s.Head.ScoreRows(t.d.X, t.d.present(rows))
	if err != nil {
		return err
	}
	return t.scoredBy(s, rows, scores)
}

// scoredBy fills in the scores of rows, given those of the rows that are present, and what is true of them.
func (t *task) scoredBy(s *Split, rows []int, scores [][]float64) error {
	for k := range scores {
		s.Scores, s.True = append(s.Scores, spread(t.d, rows, scores[k])), append(s.True, subset(t.truth[k], rows))
	}
	for _, i := range rows {
		s.IDs, s.Keys = append(s.IDs, t.d.IDs[i]), append(s.Keys, t.d.key(i))
	}
	if t.class == nil {
		return nil
	}
	c, err := t.confusion(rows, s.Best())
	s.Confusion = &c
	return err
}

// confusion compares the classes predicted of rows with their own, of those that have one.
func (t *task) confusion(rows, predicted []int) (metrics.Confusion, error) {
	var truth, taken []int
	for n, i := range rows {
		if t.class[i] >= 0 {
			truth, taken = append(truth, t.class[i]), append(taken, predicted[n])
		}
	}
	return metrics.NewConfusion(truth, taken, len(t.y))
}

// figuresOf computes the figures of a scored split.
func (t *task) figuresOf(s *Split, v division) error {
	x := &scored{Split: s, class: subset(t.class, v.test)}
	if t.learnt {
		for k := range t.y {
			x.untrained = append(x.untrained, positives(t.y[k], t.d.present(v.train)) == 0)
		}
	}
	s.byClass = map[string][]metrics.Value{}
	for _, name := range t.figures {
		m, known := measureOf(name)
		switch {
		case !known:
			return fmt.Errorf("there is no measure %s", name)
		case m.single && t.class == nil || len(t.y) < m.least:
		case m.each == nil:
			s.Figures = s.Figures.with(name, m.of(x))
		default:
			each, err := m.each(x)
			if err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			mean, _ := metrics.Mean(each)
			s.byClass[m.class], s.Figures = each, s.Figures.with(name, mean)
		}
	}
	return nil
}
