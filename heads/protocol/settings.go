package protocol

import (
	"math"
	"slices"

	"fc7/heads/svm"
	"fc7/internal/usage"
)

// Settings of the heads and of the choice of C, for all protocols; the zero value works.
type Settings struct {
	C    float64   `json:"c,omitempty"` // a fixed cost: nothing is chosen; 0: choose from Grid
	Grid []float64 `json:"grid"`        // costs to choose from; nil: DefaultGrid

	// Folds is the number of parts for choosing C by cross-validation on the training images; 0: on the protocol's
	// held-out part.
	Folds    int  `json:"folds,omitempty"`
	PerClass bool `json:"per_class,omitempty"` // choose C for each class by itself

	Loss           svm.Loss `json:"loss"`
	Bias           float64  `json:"bias"`                  // constant appended to descriptors, regularised (LIBLINEAR's -B); 0: none
	Standardise    bool     `json:"standardise,omitempty"` // softmax: columns, by the rows of training
	PositiveWeight float64  `json:"positive_weight,omitempty"`
	NegativeWeight float64  `json:"negative_weight,omitempty"`
	Epsilon        float64  `json:"epsilon,omitempty"` // 0: the solver's default; in files of before EarlierEpsilon
	MaxIterations  int      `json:"max_iterations,omitempty"`
	Seed           uint64   `json:"seed"` // up to math.MaxUint32; of the solver, and of rows held out where the data set has no list for it

	Threads int `json:"-"` // 0: all cores; no result depends on it
}

// DefaultGrid spans what L2-normalised descriptors need: below it all classes are underfit, above it all training
// images are separated.
func DefaultGrid() []float64 { return []float64{0.0625, 0.25, 1, 4, 16, 64, 256} }

// EarlierEpsilon is the tolerance of results and heads that name none: they are of an fc7 whose default it was.
const EarlierEpsilon = 0.01

// fallbackC is used where there is nothing to choose on.
const fallbackC = 1

func (s Settings) withDefaults() (Settings, error) {
	if s.Grid == nil {
		s.Grid = DefaultGrid()
	}
	if s.Epsilon == 0 {
		s.Epsilon = svm.DefaultEpsilon // which results and heads then tell
	}
	s.Grid = slices.Clone(s.Grid)
	slices.Sort(s.Grid)
	s.Grid = slices.Compact(s.Grid)
	if s.C == 0 && len(s.Grid) == 0 {
		return s, usage.Errorf("the grid of costs is empty: name some, or fix C")
	}
	if s.Seed > math.MaxUint32 { // numpy's generator, which holds rows out, has no more
		return s, usage.Errorf("the seed %d: want one up to %d", s.Seed, uint32(math.MaxUint32))
	}
	if s.Folds < 0 || s.Folds == 1 {
		return s, usage.Errorf("%d folds, expected at least 2, or 0 for the protocol's held-out part", s.Folds)
	}
	if s.Loss == svm.Softmax && s.PerClass {
		return s, usage.Errorf("the softmax loss trains all classes together: they have one C, not one each")
	}
	for _, c := range append([]float64{s.C}, s.costs()...) {
		o := s.options()
		if o.C = c; o.Check() != nil {
			return s, o.Check()
		}
	}
	return s, nil
}

// costs are those that there are to choose from; none where C is fixed.
func (s Settings) costs() []float64 {
	if s.C != 0 {
		return nil
	}
	return s.Grid
}

func (s Settings) options() svm.Options {
	return svm.Options{
		C: s.C, Loss: s.Loss, Bias: s.Bias, Standardise: s.Standardise, PositiveWeight: s.PositiveWeight, NegativeWeight: s.NegativeWeight,
		Epsilon: s.Epsilon, MaxIterations: s.MaxIterations, Seed: s.Seed, Threads: s.Threads,
	}
}
