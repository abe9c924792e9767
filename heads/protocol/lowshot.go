package protocol

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"fc7/heads/metrics"
	"fc7/heads/svm"
	"fc7/internal/usage"
)

// LowShotOptions of low-shot curves.
type LowShotOptions struct {
	Options            // of the protocol
	Shots     []int    `json:"shots"`                // images a class to train on
	Draws     int      `json:"draws"`                // of each number, at random
	DrawSeeds []uint32 `json:"draw_seeds,omitempty"` // of the draws; nil: 0 to Draws-1
}

// DefaultDraws is a number of draws that tells how far they differ.
const DefaultDraws = 5

// LowShotResult is how the figures of any labelled set grow with the number of training images, by several heads.
type LowShotResult struct {
	Headline Measure        `json:"headline"` // the figure that sums the curves up
	Curves   []LowShotCurve `json:"curves"`   // of the same draws
	Draws    int            `json:"draws"`
	Options  LowShotOptions `json:"options"`
	Notes    []string       `json:"notes,omitempty"`
}

// LowShotCurve is that of one head.
type LowShotCurve struct {
	Head   string         `json:"head"`           // HeadMean, HeadSVM or HeadLogistic
	Loss   *svm.Loss      `json:"loss,omitempty"` // nil: none is trained
	Points []LowShotPoint `json:"points"`         // in the order of Shots
}

// Name is the head for people, with the loss that it is trained by.
func (c LowShotCurve) Name() string {
	switch {
	case c.Loss == nil:
		return "nearest " + c.Head
	case c.Head == HeadSVM:
		return fmt.Sprintf("SVM (%v)", *c.Loss)
	case *c.Loss == svm.Softmax:
		return "logistic (softmax)"
	}
	return c.Head
}

// The heads of low-shot curves.
const (
	HeadMean     = "class mean" // the nearest mean of a class, by the cosine
	HeadSVM      = "svm"
	HeadLogistic = "logistic" // of all classes together (softmax) where each image has one label
)

// LowShotPoint is the mean over the draws of k images a class.
type LowShotPoint struct {
	Shots     int            `json:"shots"`          // as asked for
	Used      *Used          `json:"used,omitempty"` // nil in files of before
	Figures   Figures        `json:"figures"`
	Deviation Figures        `json:"deviation"` // over the draws, n-1 in the denominator
	Draws     []LowShotDraw  `json:"draws"`
	Short     map[string]int `json:"short,omitempty"` // classes with fewer images, and how many they have
}

// Used is how many images a class the draws had: fewer than asked for where a class has no more.
type Used struct {
	Least int     `json:"least"` // of the class with the fewest
	Most  int     `json:"most"`
	Mean  float64 `json:"mean"` // over classes and draws
}

// Images is how many images a class the draws of the point had.
func (p LowShotPoint) Images() Used {
	if p.Used != nil {
		return *p.Used
	}
	u := Used{p.Shots, p.Shots, float64(p.Shots)}
	for _, n := range p.Short {
		u.Least = min(u.Least, n)
	}
	return u
}

// String is "5", or "3–5" where classes differ.
func (u Used) String() string {
	if u.Least == u.Most {
		return strconv.Itoa(u.Most)
	}
	return fmt.Sprintf("%d–%d", u.Least, u.Most)
}

// LowShotDraw is one draw.
type LowShotDraw struct {
	Seed    uint32  `json:"seed"`
	C       float64 `json:"c,omitempty"` // 0: none is needed
	Figures Figures `json:"figures"`
	Images  Images  `json:"images"`
}

// LowShotKept holds draws that were made before.
type LowShotKept interface {
	Draw(head string, shots int, seed uint32) (LowShotDraw, bool)
	Keep(head string, shots int, d LowShotDraw) error
}

// UnmarshalJSON reads the shape of today, or that of one curve by the head of the options.
func (r *LowShotResult) UnmarshalJSON(text []byte) error {
	type plain LowShotResult
	before := struct {
		*plain
		Points []LowShotPoint `json:"points"`
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(text, &before); err != nil {
		return err
	}
	if len(r.Curves) == 0 && len(before.Points) > 0 {
		c := LowShotCurve{Head: HeadSVM, Loss: &r.Options.Loss, Points: before.Points}
		if *c.Loss == svm.Logistic || *c.Loss == svm.Softmax {
			c.Head = HeadLogistic
		}
		r.Curves = []LowShotCurve{c}
	}
	return nil
}

// Figure is the figure that sums a point of a curve up, and its deviation over the draws.
func (r *LowShotResult) Figure(p LowShotPoint) (mean, deviation metrics.Value) {
	return p.Figures.Get(r.Headline.Figure), p.Deviation.Get(r.Headline.Figure)
}

// LowShot trains heads on k images a class, for each k of Shots and for some random draws, and scores all of them on
// the same images by the figures of any labelled set: the test split where the set has one, else what the largest draw
// of a seed leaves over. Draws of a seed are nested: the k images are the first ones of the next larger k. Of a set
// that its authors divided several times, each draw is of the next division. With several labels an image, each class
// has k positives, the other images drawn are its negatives, and an image drawn for another class that shows it too is
// left out for it.
//
// The heads are the nearest class mean, an SVM a class (of the hinge loss that is asked for, else the squared hinge),
// and logistic regression: softmax where each image has one label, else, or where it is asked for, one a class.
//
// Images of none of the classes are drawn as though they were a class; the class means do not see them.
//
// C, unless fixed, is chosen by cross-validation within the drawn images alone; from one image a class nothing can be
// chosen, so C is 1.
func (p Protocol) LowShot(ctx context.Context, d Data, o LowShotOptions, kept LowShotKept) (*LowShotResult, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	t, err := p.lowShotTask(d, o)
	if err != nil {
		return nil, err
	}
	r := &LowShotResult{Draws: o.Draws, Options: o, Notes: t.notes}
	for _, h := range t.lowShotHeads(o.Folds) {
		c := LowShotCurve{Head: h.name}
		if h.trained {
			c.Loss = &h.settings.Loss
		}
		for _, k := range o.Shots {
			point, err := t.lowShot(ctx, k, o, h, kept)
			if err != nil {
				return nil, fmt.Errorf("protocol: %d images a class: %s: %w", k, h.name, err)
			}
			c.Points = append(c.Points, point)
		}
		r.Curves = append(r.Curves, c)
		if h.note != "" {
			r.Notes = append(r.Notes, h.note)
		}
	}
	r.Headline = p.ofAnySet().headline(r.Curves[0].Points[0].Figures)
	return r, nil
}

// check refuses curves that cannot be made, and fills in the seeds of the draws.
func (o LowShotOptions) check() (LowShotOptions, error) {
	if n, twice := repeated(o.Shots); twice {
		return o, usage.Errorf("low-shot curve: %d images a class are given twice", n)
	}
	if seed, twice := repeated(o.DrawSeeds); twice {
		return o, usage.Errorf("low-shot curve: the seed %d is given twice: its draw would count double", seed)
	}
	o.Seeds = o.DrawSeeds
	if len(o.DrawSeeds) == 0 {
		for i := range o.Draws {
			o.Seeds = append(o.Seeds, uint32(i))
		}
	}
	o.Draws = len(o.Seeds)
	if len(o.Shots) == 0 || slices.Min(o.Shots) < 1 || o.Draws < 1 {
		return o, usage.Errorf("low-shot curve of %v images a class in %d draws; expected at least one of each", o.Shots, o.Draws)
	}
	return o, nil
}

// lowShotTask divides what the protocol looks at of the data as that of any set does, with what the largest draw needs
// to train.
func (p Protocol) lowShotTask(d Data, o LowShotOptions) (*task, error) {
	var err error
	if p.data != nil {
		if d, err = p.data(d); err != nil {
			return nil, err
		}
	}
	index, err := d.checked()
	if err != nil {
		return nil, err
	}
	of, err := o.Options.check()
	if err != nil {
		return nil, err
	}
	of.Folds = 0 // the folds of the pool are of no use
	if _, single := d.labelledRows(); single {
		of.TrainPerClass = slices.Max(o.Shots)
	}
	t, err := labelledTask(d.withoutUnknown(), index, of)
	if err != nil {
		return nil, err
	}
	t.figures, t.counts = set.figures, p.ofAnySet().Headline[0]
	return t, nil
}

// withoutUnknown is d whose rows of which nothing is known are in no split, so that a test whose labels are secret is
// none, and val is scored.
func (d Data) withoutUnknown() Data {
	d.Splits = slices.Clone(d.Splits)
	for i := range d.Splits {
		if !d.known(i) {
			d.Splits[i] = nil
		}
	}
	return d
}

// ofAnySet is the protocol, where its figures are those of any labelled set, else that for any, by average precision
// where the protocol knows nothing else.
func (p Protocol) ofAnySet() Protocol {
	if slices.Equal(p.figures, set.figures) {
		return p
	}
	p, own := set, p
	if !slices.Contains(own.figures, "mean_recall") {
		p.Headline = []string{"mean_ap"}
	}
	return p
}
