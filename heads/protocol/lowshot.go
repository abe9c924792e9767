package protocol

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fc7/heads/metrics"
)

// LowShotOptions of a low-shot curve; the zero value but for Shots works.
type LowShotOptions struct {
	SetOptions
	Shots []int `json:"shots"` // images a class to train on
	Draws int   `json:"draws"` // 0: DefaultDraws
}

// DefaultDraws is how often images are drawn for each point of a low-shot curve.
const DefaultDraws = 5

// LowShotResult is how figures grow with the number of training images.
type LowShotResult struct {
	Points  []LowShotPoint `json:"points"` // in the order of Shots
	Draws   int            `json:"draws"`
	Options LowShotOptions `json:"options"`
	Notes   []string       `json:"notes,omitempty"`
}

// LowShotPoint is the mean over the draws of k images a class.
type LowShotPoint struct {
	Shots     int            `json:"shots"`
	Figures   Figures        `json:"figures"`
	Deviation Figures        `json:"deviation"` // over the draws, n-1 in the denominator
	Draws     []LowShotDraw  `json:"draws"`
	Short     map[string]int `json:"short,omitempty"` // classes with fewer images, and how many they have
}

// LowShotDraw is one draw.
type LowShotDraw struct {
	Seed    uint32        `json:"seed"`
	C       float64       `json:"c"`
	Figures Figures       `json:"figures"`
	Images  CaltechCounts `json:"images"`
}

// maxLowShotFolds bounds the folds for choosing C on a few images a class.
const maxLowShotFolds = 5

// LowShot trains heads on k images a class, for each k of Shots and for some random draws, and scores all of them on the same
// images: the test split where the set has one, else what the largest draw of a seed leaves over. Draws of a seed are nested: the k
// images are the first ones of the next larger k. With several labels an image, each class has k positives, the other images drawn
// are its negatives, and an image drawn for another class that shows it too is left out for it.
//
// C, unless fixed, is chosen by cross-validation within the drawn images alone; from one image a class nothing can be chosen, so C
// is 1.
func LowShot(ctx context.Context, d Data, o LowShotOptions) (*LowShotResult, error) {
	if o.Draws == 0 {
		o.Draws = DefaultDraws
	}
	if len(o.Shots) == 0 || slices.Min(o.Shots) < 1 || o.Draws < 1 {
		return nil, fmt.Errorf("protocol: low-shot curve of %v images a class in %d draws; expected at least one of each", o.Shots, o.Draws)
	}
	o.Seeds = nil
	for i := range o.Draws {
		o.Seeds = append(o.Seeds, uint32(i))
	}
	run, err := newSetRun(d, o.SetOptions)
	if err != nil {
		return nil, err
	}
	if run.single && run.plan == nil {
		run.o.TrainPerClass = slices.Max(o.Shots)
	}
	run.o.Folds = 0 // the folds of the pool are of no use
	divisions, err := run.divisions()
	if err != nil {
		return nil, err
	}
	r := &LowShotResult{Draws: o.Draws, Options: o, Notes: run.notes}
	for _, k := range o.Shots {
		p, err := run.lowShot(ctx, divisions, k, o)
		if err != nil {
			return nil, fmt.Errorf("protocol: %d images a class: %w", k, err)
		}
		r.Points = append(r.Points, p)
	}
	return r, nil
}

func (run *setRun) lowShot(ctx context.Context, divisions []division, k int, o LowShotOptions) (LowShotPoint, error) {
	point := LowShotPoint{Shots: k}
	var splits []SetSplit
	for _, seed := range o.Seeds {
		v := divisions[0]
		if len(divisions) > 1 {
			v = divisions[seed]
		}
		var y [][]int8
		v.seed = seed
		v.train, y, point.Short = run.shots(v.train, k, seed)
		v.parts = nil
		if k > 1 {
			folds := maxLowShotFolds
			if o.Folds > 0 {
				folds = o.Folds
			}
			v.parts, v.on = run.d.folds(v.train, min(k, folds), uint64(seed)), fmt.Sprintf("%d folds of the drawn images", min(k, folds))
		}
		s, err := run.split(ctx, v, y)
		if err != nil {
			return point, err
		}
		splits = append(splits, *s)
		point.Draws = append(point.Draws, LowShotDraw{Seed: seed, C: s.Choice.C, Figures: s.Figures, Images: s.Images})
	}
	point.Figures, point.Deviation = overSplits(splits)
	return point, nil
}

// shots draws k rows a class of a pool. It returns all of them, their labels [K][N], and the classes that have fewer.
func (run *setRun) shots(pool []int, k int, seed uint32) (rows []int, y [][]int8, short map[string]int) {
	pool = slices.Clone(run.d.present(pool))
	slices.SortFunc(pool, func(a, b int) int { return strings.Compare(run.d.IDs[a], run.d.IDs[b]) })
	pool = permuted(newMT19937(seed), pool)
	y = make([][]int8, len(run.y))
	chosen := map[int]bool{}
	own := make([]map[int]bool, len(run.y))
	for c := range y {
		y[c], own[c] = make([]int8, len(run.d.IDs)), map[int]bool{}
		for _, i := range pool {
			if run.y[c][i] > 0 && len(own[c]) < k {
				own[c][i], chosen[i] = true, true
			}
		}
		if len(own[c]) < k {
			if short == nil {
				short = map[string]int{}
			}
			short[run.d.Classes[c]] = len(own[c])
		}
	}
	for _, i := range pool {
		if chosen[i] {
			rows = append(rows, i)
		}
	}
	for c := range y {
		for _, i := range rows {
			if y[c][i] = run.y[c][i]; y[c][i] > 0 && !own[c][i] {
				y[c][i] = 0
			}
		}
	}
	return rows, y, short
}

// Figure names the figure that sums a curve up: mean class recall with one label an image, else mean AP.
func (p LowShotPoint) Figure() (name string, mean, deviation metrics.Value) {
	if p.Figures.MeanRecall.Defined() {
		return "mean class recall", p.Figures.MeanRecall, p.Deviation.MeanRecall
	}
	return "mean AP", p.Figures.MeanAP, p.Deviation.MeanAP
}
