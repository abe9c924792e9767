package protocol

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/heads/metrics"
	"fc7/internal/usage"
)

// LowShotOptions of a low-shot curve.
type LowShotOptions struct {
	Options       // of the protocol
	Shots   []int `json:"shots"` // images a class to train on
	Draws   int   `json:"draws"` // of each number, at random
}

// DefaultDraws is a number of draws that tells how far they differ.
const DefaultDraws = 5

// LowShotResult is how the figures of any labelled set grow with the number of training images.
type LowShotResult struct {
	Headline Measure        `json:"headline"` // the figure that sums the curve up
	Points   []LowShotPoint `json:"points"`   // in the order of Shots
	Draws    int            `json:"draws"`
	Options  LowShotOptions `json:"options"`
	Notes    []string       `json:"notes,omitempty"`
}

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

// add takes in the numbers of a draw's classes, the sum of which is the mean until it is divided.
func (u *Used) add(classes []map[int]bool) {
	for _, own := range classes {
		u.Least, u.Most, u.Mean = min(u.Least, len(own)), max(u.Most, len(own)), u.Mean+float64(len(own))
	}
}

// LowShotDraw is one draw.
type LowShotDraw struct {
	Seed    uint32  `json:"seed"`
	C       float64 `json:"c"`
	Figures Figures `json:"figures"`
	Images  Images  `json:"images"`
}

// maxLowShotFolds bounds the folds for choosing C on a few images a class.
const maxLowShotFolds = 5

// LowShot trains heads on k images a class, for each k of Shots and for some random draws, and scores all of them on
// the same images by the figures of any labelled set: the test split where the set has one, else what the largest draw
// of a seed leaves over. Draws of a seed are nested: the k images are the first ones of the next larger k. With several
// labels an image, each class has k positives, the other images drawn are its negatives, and an image drawn for another
// class that shows it too is left out for it.
//
// Images of none of the classes are drawn as though they were a class.
//
// C, unless fixed, is chosen by cross-validation within the drawn images alone; from one image a class nothing can be
// chosen, so C is 1.
func (p Protocol) LowShot(ctx context.Context, d Data, o LowShotOptions) (*LowShotResult, error) {
	if n, twice := repeated(o.Shots); twice {
		return nil, usage.Errorf("low-shot curve: %d images a class are given twice", n)
	}
	if len(o.Shots) == 0 || slices.Min(o.Shots) < 1 || o.Draws < 1 {
		return nil, usage.Errorf("low-shot curve of %v images a class in %d draws; expected at least one of each", o.Shots, o.Draws)
	}
	o.Seeds = nil
	for i := range o.Draws {
		o.Seeds = append(o.Seeds, uint32(i))
	}
	t, err := p.lowShotTask(d, o)
	if err != nil {
		return nil, err
	}
	r := &LowShotResult{Draws: o.Draws, Options: o, Notes: t.notes}
	for _, k := range o.Shots {
		point, err := t.lowShot(ctx, k, o)
		if err != nil {
			return nil, fmt.Errorf("protocol: %d images a class: %w", k, err)
		}
		r.Points = append(r.Points, point)
	}
	r.Headline = p.ofAnySet().headline(r.Points[0].Figures)
	return r, nil
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
	t, err := labelledTask(d, index, of)
	if err != nil {
		return nil, err
	}
	t.figures = set.figures
	return t, nil
}

// ofAnySet is the protocol, where its figures are those of any labelled set, else that for any.
func (p Protocol) ofAnySet() Protocol {
	if slices.Equal(p.figures, set.figures) {
		return p
	}
	return set
}

// lowShot is the point of k images a class.
func (t *task) lowShot(ctx context.Context, k int, o LowShotOptions) (LowShotPoint, error) {
	point := LowShotPoint{Shots: k, Used: &Used{Least: k}, Short: map[string]int{}}
	r := Result{}
	for _, seed := range o.Seeds {
		v := t.divisions[0]
		if len(t.divisions) > 1 {
			v = t.divisions[int(seed)%len(t.divisions)] // of the set's own there may be fewer
		}
		var y [][]int8
		v.seed = seed
		var own []map[int]bool
		v.train, y, own = t.shots(v.train, k, seed)
		point.Used.add(own)
		for c := range own {
			if n := len(own[c]); n < k {
				point.Short[t.d.Classes[c]] = min(n, cmp.Or(point.Short[t.d.Classes[c]], k))
			}
		}
		v.parts = nil
		if k > 1 {
			folds := maxLowShotFolds
			if o.Folds > 0 {
				folds = o.Folds
			}
			v.parts, v.on = t.d.folds(v.train, min(k, folds), uint64(seed)), fmt.Sprintf("%d folds of the drawn images", min(k, folds))
		}
		drawn := *t
		drawn.y, drawn.held = y, y
		s, err := drawn.split(ctx, v)
		if err != nil {
			return point, err
		}
		r.Splits = append(r.Splits, *s)
		point.Draws = append(point.Draws, LowShotDraw{Seed: seed, C: s.Choice.C, Figures: s.Figures, Images: s.Images})
	}
	r.sum()
	point.Used.Mean /= float64(len(o.Seeds) * len(t.y))
	point.Figures, point.Deviation = r.Figures, r.Deviation
	return point, nil
}

// shots draws k rows a class of a pool, or as many as there are. It returns all of them, their labels [K][N], and which
// were drawn for each class.
func (t *task) shots(pool []int, k int, seed uint32) (rows []int, y [][]int8, own []map[int]bool) {
	pool = slices.Clone(t.d.present(pool))
	slices.SortFunc(pool, func(a, b int) int { return strings.Compare(t.d.IDs[a], t.d.IDs[b]) })
	pool = permuted(newMT19937(seed), pool)
	y = make([][]int8, len(t.y))
	chosen := map[int]bool{}
	own = make([]map[int]bool, len(t.y))
	for c := range y {
		y[c], own[c] = make([]int8, len(t.d.IDs)), map[int]bool{}
		for _, i := range pool {
			if t.y[c][i] > 0 && len(own[c]) < k {
				own[c][i], chosen[i] = true, true
			}
		}
	}
	none := 0
	for _, i := range pool {
		if t.d.none(i) && none < k {
			chosen[i] = true
			none++
		}
	}
	for _, i := range pool {
		if chosen[i] {
			rows = append(rows, i)
		}
	}
	for c := range y {
		for _, i := range rows {
			if y[c][i] = t.y[c][i]; y[c][i] > 0 && !own[c][i] {
				y[c][i] = 0
			}
		}
	}
	return rows, y, own
}

// Figure is the figure that sums a point of the curve up, and its deviation over the draws.
func (r *LowShotResult) Figure(p LowShotPoint) (mean, deviation metrics.Value) {
	return p.Figures.Get(r.Headline.Figure), p.Deviation.Get(r.Headline.Figure)
}
