package protocol

import (
	"context"
	"fmt"
	"math"
	"slices"

	"fc7/heads/metrics"
	"fc7/heads/svm"
	"fc7/internal/usage"
)

// VOCOptions of the VOC protocol; the zero value works.
type VOCOptions struct {
	Settings
	Difficult Difficult    `json:"difficult"` // what difficult-only images are in training; "": leave them out
	ChooseBy  metrics.Rule `json:"choose_by"` // "": all-point, whose steps are finer than those of 11 points
}

// Difficult is the part of images all of whose objects of a class are difficult, in training that class. In scoring they are
// always ignored, as in the devkit.
type Difficult string

// The choices. The devkit's lists have label 0 there, and its example classifier leaves them out.
const (
	DifficultOut      Difficult = "out"
	DifficultPositive Difficult = "positive"
	DifficultNegative Difficult = "negative"
)

// Difficults lists the treatments.
func Difficults() []Difficult { return []Difficult{DifficultOut, DifficultPositive, DifficultNegative} }

// VOCResult is a table of average precisions with how it came about.
type VOCResult struct {
	Protocol   string        `json:"protocol"` // "voc" or "voc-action"
	Trained    string        `json:"trained"`  // the split of the final heads
	Scored     string        `json:"scored"`   // the split of the figures
	MeanAP11   metrics.Value `json:"mean_ap_11"`
	MeanAPAll  metrics.Value `json:"mean_ap_all"`
	Undefined  []string      `json:"undefined,omitempty"` // classes without a figure, left out of the means
	Classes    []VOCClass    `json:"classes"`
	Choice     Choice        `json:"choice"`
	Images     VOCCounts     `json:"images"`
	Recipe     Recipe        `json:"recipe"`
	Options    VOCOptions    `json:"options"`
	Notes      []string      `json:"notes,omitempty"`
	Head       *Head         `json:"-"`
	ScoredIDs  []string      `json:"-"` // rows of the scored split, in the order of the table
	Keys       []metrics.Key `json:"-"` // their names in result files
	Scores     [][]float64   `json:"-"` // [K][len(ScoredIDs)]; minus infinity where there is no descriptor
	ScoredTrue [][]int8      `json:"-"` // [K][len(ScoredIDs)]: +1, -1, 0 ignored
}

// VOCClass is one line of the table.
type VOCClass struct {
	Name           string         `json:"name"`
	AP11           metrics.Value  `json:"ap_11"`
	APAll          metrics.Value  `json:"ap_all"`
	C              float64        `json:"c"`
	TrainPositives int            `json:"train_positives"`
	Positives      int            `json:"positives"` // of the scored split
	Negatives      int            `json:"negatives"`
	Ignored        int            `json:"ignored"` // difficult only
	Solver         svm.ClassStats `json:"solver"`
}

// VOCCounts counts images; the missing ones have no descriptor.
type VOCCounts struct {
	Trained        int `json:"trained"`
	TrainedMissing int `json:"trained_missing"` // left out
	Scored         int `json:"scored"`
	ScoredMissing  int `json:"scored_missing"` // scored minus infinity
}

// VOC trains one-vs-rest heads on image labels and scores them by average precision, as VOC's classification task does: C is chosen on val after training on train, the heads are
// trained on trainval and scored on test.
//
// A table without test images is scored on val, with heads trained on train; so that val stays unseen, C is then chosen on
// a fifth of train. A table without val and train has C chosen on a fifth of trainval. Notes say so.
//
// Test images may have no labels, as those of VOC 2012: then there are scores, but no figures.
func VOC(ctx context.Context, d Data, o VOCOptions) (*VOCResult, error) {
	return voc(ctx, d, o, "voc")
}

func voc(ctx context.Context, d Data, o VOCOptions, name string) (*VOCResult, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	of, err := d.checked()
	if err != nil {
		return nil, err
	}
	p, err := d.vocPlan(o.Settings)
	if err != nil {
		return nil, err
	}
	r := &VOCResult{Protocol: name, Trained: p.trained, Scored: p.scored, Recipe: d.Recipe, Options: o, Notes: p.notes}
	y := d.vocLabels(of, map[Difficult]int8{DifficultOut: 0, DifficultPositive: 1, DifficultNegative: -1}[o.Difficult])
	truth := d.vocLabels(of, 0)
	if err := r.choose(ctx, d, o, p, y, truth); err != nil {
		return nil, err
	}
	fit := d.present(p.fit)
	if r.Head, err = o.fit(ctx, d, y, fit, r.Choice.costs(len(y))); err != nil {
		return nil, err
	}
	r.Images = VOCCounts{Trained: len(fit), TrainedMissing: len(p.fit) - len(fit), Scored: len(p.score)}
	return r, r.score(d, p.score, truth)
}

func (o VOCOptions) complete() (VOCOptions, error) {
	var err error
	if o.Settings, err = o.withDefaults(); err != nil {
		return o, err
	}
	if o.Difficult == "" {
		o.Difficult = DifficultOut
	}
	if o.ChooseBy == "" {
		o.ChooseBy = metrics.AllPoint
	}
	if !slices.Contains(Difficults(), o.Difficult) {
		return o, usage.Unknown("treatment of difficult images", string(o.Difficult), texts(Difficults())...)
	}
	if o.ChooseBy != metrics.AllPoint && o.ChooseBy != metrics.ElevenPoint {
		return o, fmt.Errorf("protocol: C by %q, expected %s or %s", o.ChooseBy, metrics.ElevenPoint, metrics.AllPoint)
	}
	return o, nil
}

func (r *VOCResult) choose(ctx context.Context, d Data, o VOCOptions, p vocPlan, y, truth [][]int8) (err error) {
	parts, on := []part{{p.train, p.held}}, p.heldFrom
	if o.Folds > 0 {
		parts, on = o.parts(d, p.fit, p.trained)
	}
	r.Choice, err = o.Settings.choose(ctx, d, y, parts, judgeAP(truth, o.ChooseBy))
	if len(r.Choice.Curve) > 0 {
		r.Choice.On, r.Choice.Measure = on, fmt.Sprintf("mean %s AP", o.ChooseBy)
	}
	return err
}

// judgeAP judges by the average precision of each class; truth is [K][N].
func judgeAP(truth [][]int8, rule metrics.Rule) judge {
	return func(rows []int, scores [][]float64) ([]metrics.Value, error) {
		ap := make([]metrics.Value, len(scores))
		for k, s := range scores {
			c, err := metrics.PrecisionRecall(s, pick(truth[k], rows))
			if err != nil {
				return nil, err
			}
			if ap[k], err = c.AP(rule); err != nil {
				return nil, err
			}
		}
		return ap, nil
	}
}

// score fills in scores, truths and the table.
func (r *VOCResult) score(d Data, rows []int, truth [][]int8) error {
	present := d.present(rows)
	r.Images.ScoredMissing = len(rows) - len(present)
	scores, err := r.Head.ScoreRows(d.X, present)
	if err != nil {
		return fmt.Errorf("protocol: scoring %s: %w", r.Scored, err)
	}
	for _, i := range rows {
		r.ScoredIDs, r.Keys = append(r.ScoredIDs, d.IDs[i]), append(r.Keys, d.key(i))
	}
	var ap11, apAll []metrics.Value
	for k, name := range d.Classes {
		all := spread(d, rows, scores[k])
		c, err := metrics.PrecisionRecall(all, pick(truth[k], rows))
		if err != nil {
			return fmt.Errorf("protocol: scoring class %s: %w", name, err)
		}
		line := VOCClass{
			Name: name, AP11: c.AP11(), APAll: c.APAll(), C: r.Head.C[k], TrainPositives: r.Head.Solver[k].Positives,
			Positives: c.Positives, Negatives: c.Negatives, Ignored: c.Ignored, Solver: r.Head.Solver[k],
		}
		if line.TrainPositives == 0 {
			line.AP11, line.APAll = metrics.Value(math.NaN()), metrics.Value(math.NaN())
			r.Notes = append(r.Notes, fmt.Sprintf("class %s has no positive image to train on", name))
		}
		if !line.AP11.Defined() {
			r.Undefined = append(r.Undefined, name)
		}
		ap11, apAll = append(ap11, line.AP11), append(apAll, line.APAll)
		r.Classes, r.Scores, r.ScoredTrue = append(r.Classes, line), append(r.Scores, all), append(r.ScoredTrue, pick(truth[k], rows))
	}
	r.MeanAP11, _ = metrics.Mean(ap11)
	r.MeanAPAll, _ = metrics.Mean(apAll)
	if !d.labelled(rows) {
		r.Notes = append(r.Notes, fmt.Sprintf("%s has no labels: there are scores and result files of it, but no figures; the curve of C has those of its held-out images", r.Scored))
		return nil
	}
	if len(r.Undefined) == len(d.Classes) {
		return fmt.Errorf("protocol: no class has positive images both in %s (%d images) and in %s (%d images): extract more of the data set",
			r.Trained, r.Images.Trained, r.Scored, r.Images.Scored)
	}
	return nil
}

// Results returns the lines of class k's devkit result file; see metrics.WriteResults.
func (r *VOCResult) Results(k int) []metrics.Result {
	out := make([]metrics.Result, len(r.Keys))
	for i, key := range r.Keys {
		out[i] = metrics.Result{Image: key.Image, Object: key.Object, Confidence: r.Scores[k][i]}
	}
	return out
}

// Curve returns the precision-recall curve of class k.
func (r *VOCResult) Curve(k int) (metrics.Curve, error) {
	return metrics.PrecisionRecall(r.Scores[k], r.ScoredTrue[k])
}
