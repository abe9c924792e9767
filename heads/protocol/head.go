package protocol

import (
	"context"
	"fmt"
	"math"
	"slices"

	"fc7/heads/svm"
	"fc7/internal/few"
)

// Head is a trained set of linear classifiers with all that is needed to apply it to the descriptors of an image.
type Head struct {
	Classes  []string         `json:"classes"`
	Recipe   Recipe           `json:"recipe"` // how the descriptor is made from those of the scales
	Settings Settings         `json:"settings"`
	C        []float64        `json:"c"`       // cost of each class
	Weights  [][]float64      `json:"weights"` // [K][D]
	Bias     []float64        `json:"bias"`    // [K], added to the score
	Solver   []svm.ClassStats `json:"solver"`  // how training ended for each class
}

func (s Settings) problem(d Data, y [][]int8, rows []int) svm.Problem {
	return svm.Problem{X: d.X, Rows: rows, Y: y, Tell: d.Tell}
}

// fit trains a head on rows with one cost a class.
func (s Settings) fit(ctx context.Context, d Data, y [][]int8, rows []int, costs []float64) (*Head, error) {
	h := &Head{
		Classes: d.Classes, Recipe: d.Recipe, Settings: s, C: costs,
		Weights: make([][]float64, len(y)), Bias: make([]float64, len(y)), Solver: make([]svm.ClassStats, len(y)),
	}
	done := make([]bool, len(y))
	for k := range y {
		if done[k] {
			continue
		}
		var same []int
		var labels [][]int8
		for l := k; l < len(y); l++ {
			if costs[l] == costs[k] {
				same, labels, done[l] = append(same, l), append(labels, y[l]), true
			}
		}
		o := s.options()
		o.C = costs[k]
		m, stats, err := svm.Train(ctx, s.problem(d, labels, rows), o)
		if err != nil {
			return nil, fmt.Errorf("protocol: training heads at C = %v: %w", o.C, err)
		}
		for i, l := range same {
			h.Weights[l], h.Bias[l], h.Solver[l] = m.Weights[i], m.Bias[i], stats.Classes[i]
		}
	}
	return h, nil
}

// unsolved tells which classes' training ended before it kept to the tolerance; "": none's.
func (h *Head) unsolved() string {
	var names []string
	widest := 0.0
	for k, s := range h.Solver {
		if !s.Converged {
			names, widest = append(names, h.Classes[k]), math.Max(widest, s.Violation)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("the solver ended at its limit, not at the tolerance of %g, for %d of %d classes (%s), at most %.2g from the optimum's conditions: a smaller C is solved sooner",
		h.Settings.Epsilon, len(names), len(h.Solver), few.Names(names), widest)
}

// Check makes sure that a head from elsewhere is whole.
func (h *Head) Check() error {
	k := len(h.Classes)
	if k == 0 || len(h.Weights) != k || len(h.Bias) != k {
		return fmt.Errorf("protocol: a head of %d classes with %d weight vectors and %d biases", k, len(h.Weights), len(h.Bias))
	}
	r, err := h.Recipe.Complete()
	if err != nil {
		return err
	}
	for i, w := range h.Weights {
		if len(w) != r.Width() {
			return fmt.Errorf("protocol: class %s has %d weights, descriptors have %d values", h.Classes[i], len(w), r.Width())
		}
	}
	return nil
}

// Scores returns a score a class for one image, given its descriptor at each scale of the recipe, as they are in the
// feature table: neither joined nor normalised.
func (h *Head) Scores(parts [][]float32) ([]float64, error) {
	if err := h.Check(); err != nil {
		return nil, err
	}
	blocks := make([]svm.Block, len(parts))
	for i, p := range parts {
		blocks[i] = Block([][]float32{p}, len(p))
	}
	x, _, err := h.Recipe.Matrix(blocks, 1)
	if err != nil {
		return nil, err
	}
	scores, err := h.ScoreRows(x, nil)
	if err != nil {
		return nil, err
	}
	one := make([]float64, len(scores))
	for k := range one {
		one[k] = scores[k][0]
	}
	return one, nil
}

// Probabilities turns the scores of one row into the probability of each class: by the logistic loss of each class by
// itself, so that they need not sum to 1; by the softmax loss of all together, which do. It is nil for other losses,
// whose scores are no log odds.
func (h *Head) Probabilities(scores []float64) []float64 {
	p := make([]float64, len(scores))
	switch h.Settings.Loss {
	case svm.Logistic:
		for k, s := range scores {
			p[k] = 1 / (1 + math.Exp(-s))
		}
	case svm.Softmax:
		top, sum := slices.Max(scores), 0.0
		for k, s := range scores {
			p[k] = math.Exp(s - top)
			sum += p[k]
		}
		for k := range p {
			p[k] /= sum
		}
	default:
		return nil
	}
	return p
}

// ScoreRows returns the scores [K][len(rows)] of rows of final descriptors x, which are joined and normalised by the
// recipe; nil: all rows.
func (h *Head) ScoreRows(x svm.Matrix, rows []int) ([][]float64, error) {
	return h.model().DecisionBatch(x, rows)
}

// spread puts the scores of the rows that are present in the places of all rows; minus infinity for the others.
func spread(d Data, rows []int, scores []float64) []float64 {
	out := make([]float64, len(rows))
	n := 0
	for i, r := range rows {
		out[i] = math.Inf(-1)
		if !d.missing(r) {
			out[i] = scores[n]
			n++
		}
	}
	return out
}

func (h *Head) model() *svm.Model {
	m := &svm.Model{Weights: h.Weights, Bias: h.Bias}
	if len(h.Weights) > 0 {
		m.D = len(h.Weights[0])
	}
	return m
}
