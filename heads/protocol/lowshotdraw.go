package protocol

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"fc7/heads/svm"
	"fc7/internal/fault"
)

// lowShotHead is what a curve is of.
type lowShotHead struct {
	name     string
	trained  bool     // else the class means
	settings Settings // of training
	note     string   // what is to be known of them
}

// lowShotHeads are those of the task with its settings and the folds that are asked for.
func (t *task) lowShotHeads(folds int) []lowShotHead {
	asked := t.o.Settings
	asked.Folds = folds
	machine, logistic := asked, asked
	if asked.Loss != svm.Hinge {
		machine.Loss = svm.SquaredHinge
	}
	machine.Standardise = false
	several := t.class == nil || t.d.nones(allRows(t.d)) > 0
	last := lowShotHead{name: HeadLogistic, trained: true}
	if several || asked.Loss == svm.Logistic {
		logistic.Loss, logistic.Standardise = svm.Logistic, false
		if asked.Loss != svm.Logistic {
			last.note = "the logistic heads of the low-shot curves are one a class: images have several labels, or none of the classes, and softmax wants one"
		}
	} else {
		logistic.Loss = svm.Softmax
		if asked.Bias != 0 || asked.PositiveWeight != 0 || asked.NegativeWeight != 0 || asked.PerClass {
			last.note = "a bias, weights of positive and negative images and C for each class are those of the SVM in the low-shot curves: softmax has none"
		}
		logistic.Bias, logistic.PositiveWeight, logistic.NegativeWeight, logistic.PerClass = 0, 0, 0, false
	}
	last.settings = logistic
	return []lowShotHead{{name: HeadMean}, {name: HeadSVM, trained: true, settings: machine}, last}
}

// maxLowShotFolds bounds the folds for choosing C on a few images a class.
const maxLowShotFolds = 5

// lowShot is the point of k images a class of a head's curve.
func (t *task) lowShot(ctx context.Context, k int, o LowShotOptions, h lowShotHead, kept LowShotKept) (LowShotPoint, error) {
	point := LowShotPoint{Shots: k, Used: &Used{Least: k}, Short: map[string]int{}}
	r := Result{}
	for i, seed := range o.Seeds {
		v := t.divisions[i%len(t.divisions)] // of the set's own there may be fewer
		v.seed = seed
		drawn := *t
		var own []map[int]bool
		v.train, drawn.y, own = t.shots(v.train, k, seed)
		drawn.held = drawn.y
		point.add(own, t.d.Classes)
		one, done := LowShotDraw{}, false
		if kept != nil && h.trained {
			one, done = kept.Draw(h.name, k, seed)
		}
		if !done {
			s, err := drawn.lowShotSplit(ctx, v, k, h)
			if err != nil {
				return point, err
			}
			one = LowShotDraw{Seed: seed, C: s.Choice.C, Figures: s.Figures, Images: s.Images}
			if kept != nil && h.trained {
				if err := kept.Keep(h.name, k, one); err != nil {
					return point, err
				}
			}
		}
		point.Draws, r.Splits = append(point.Draws, one), append(r.Splits, Split{Figures: one.Figures})
	}
	r.sum()
	point.Used.Mean /= float64(len(o.Seeds) * len(t.y))
	point.Figures, point.Deviation = r.Figures, r.Deviation
	return point, nil
}

// lowShotSplit trains a head on a draw and scores it.
func (t *task) lowShotSplit(ctx context.Context, v division, k int, h lowShotHead) (*Split, error) {
	if !h.trained {
		return t.meanSplit(ctx, v)
	}
	folds := min(k, cmp.Or(h.settings.Folds, maxLowShotFolds))
	v.parts = nil
	if k > 1 {
		v.parts, v.on = t.d.folds(v.train, folds, uint64(v.seed)), fmt.Sprintf("%d folds of the drawn images", folds)
	}
	t.o.Settings = h.settings
	t.o.Folds = 0
	return t.split(ctx, v)
}

// add takes in the numbers of images of a draw's classes, the sum of which is the mean until it is divided.
func (p *LowShotPoint) add(own []map[int]bool, classes []string) {
	u := p.Used
	for c, rows := range own {
		n := len(rows)
		u.Least, u.Most, u.Mean = min(u.Least, n), max(u.Most, n), u.Mean+float64(n)
		if n < p.Shots {
			p.Short[classes[c]] = min(n, cmp.Or(p.Short[classes[c]], p.Shots))
		}
	}
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

// meanSplit scores each row by its cosine to the mean of a class's rows of norm 1 (Snell, Swersky, Zemel 2017, arXiv
// 1703.05175, section 2.3, with the cosine for a distance). A class without rows is never recognised.
func (t *task) meanSplit(ctx context.Context, v division) (*Split, error) {
	s, train, test, err := t.started(v)
	if err != nil {
		return nil, err
	}
	scores := make([][]float64, len(t.y))
	err = fault.Guard(func() error {
		m, norms := svm.Model{D: t.d.X.D, Bias: make([]float64, len(t.y))}, make([]float64, len(test))
		for c := range t.y {
			m.Weights = append(m.Weights, t.classMean(t.y[c], train))
		}
		if scores, err = m.DecisionBatch(t.d.X, test); err != nil {
			return err
		}
		for n, i := range test {
			norms[n] = math.Sqrt(t.d.X.Square(i))
		}
		for c := range scores {
			for n := range scores[c] {
				if positives(t.y[c], train) == 0 {
					scores[c][n] = math.Inf(-1)
				} else if norms[n] > 0 {
					scores[c][n] /= norms[n]
				}
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	if err := t.scoredBy(s, v.test, scores); err != nil {
		return nil, fmt.Errorf("scoring: %w", err)
	}
	return s, t.figuresOf(s, v)
}

// classMean is the mean of the rows that are of a class, each of norm 1, of norm 1 itself.
func (t *task) classMean(y []int8, rows []int) []float64 {
	mean := make([]float64, t.d.X.D)
	for _, i := range rows {
		if norm := math.Sqrt(t.d.X.Square(i)); y[i] > 0 && norm > 0 {
			t.d.X.AddRow(i, 1/norm, mean)
		}
	}
	sum := 0.0
	for _, x := range mean {
		sum += float64(x * x)
	}
	if sum > 0 {
		for d := range mean {
			mean[d] /= math.Sqrt(sum)
		}
	}
	return mean
}
