package localisation

import (
	"fmt"
	"math"
	"slices"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/heads/localise"
	"fc7/internal/forecast"
	"fc7/internal/origin"
	"fc7/internal/usage"
	"fc7/pipeline/backbone"
	"fc7/pipeline/evaluation"
	"fc7/vgg"
)

// Job says which nets look for objects in what. [DefaultJob] fills in the defaults.
type Job struct {
	DataSet string   // of Evaluate, KIND:PATH with boxes
	Inputs  []string // of Predict: image files and data sets
	Choice  datasets.Options

	Boxes   []string // weights of nets that predict boxes
	Weights []string // of nets that tell classes, whose posteriors are averaged; none: the class is given, or the only one
	As      backbone.Readings

	Scales []int // smallest sides Q of dense testing; empty: of each net of boxes its own S
	Merge  Merging
	Flip   bool // the mirror images are looked at, too, and their boxes united with the others

	Top int  // of Predict: boxes of an image that are written as CSV and XML, of as many classes; 1 to localise.MostPredictions
	XML bool // of Predict: write a VOC annotation an image, too
	// Submission, of Predict, takes the answers, of images that must be ILSVRC's test set; nil: there is none.
	Submission *evaluation.Submission

	Decode    picture.DecodeOptions
	Out       string // the run's folder
	Threads   int
	ShardRows int             // see extraction.Job
	Command   *origin.Command // by which the job was given; nil: not known

	forecast *forecast.Forecast // what is only foretold; nil: it is done
}

// Merging is how boxes of several windows become one; see localise.Merge.
type Merging struct {
	Rule      string  `json:"rule"` // RuleRelative or RuleLiteral
	Threshold float64 `json:"threshold"`
}

// The rules of Merging.
const (
	RuleRelative = "relative"
	RuleLiteral  = "literal"
)

// defaultThreshold is below which score boxes are merged by the relative rule: boxes around one centre that share more
// than half of what they cover. Of held-out training images (docs/training.md) nothing from 0.4 to 1 is told from it,
// and less is worse.
const defaultThreshold = 0.5

// DefaultJob is a job with the usual options.
func DefaultJob() Job { return Job{Merge: Merging{RuleRelative, defaultThreshold}, Top: 1} }

// Check tells what is wrong with the job, whatever its files.
func (j *Job) Check() error {
	switch {
	case len(j.Boxes) == 0:
		return usage.Errorf("no net that predicts boxes: --boxes-net names one, which fc7 localise train makes")
	case j.Merge.Rule != RuleRelative && j.Merge.Rule != RuleLiteral:
		return usage.Unknown("rule of merging", j.Merge.Rule, RuleRelative, RuleLiteral)
	case !(j.Merge.Threshold >= 0) || math.IsInf(j.Merge.Threshold, 0):
		return usage.Errorf("boxes merged below %v: expected a number of 0 or more", j.Merge.Threshold)
	case j.Top < 1 || j.Top > localise.MostPredictions:
		return usage.Errorf("%d boxes an image: expected 1 to %d", j.Top, localise.MostPredictions)
	}
	for i, q := range j.Scales {
		if q < vgg.MinSide || slices.Contains(j.Scales[:i], q) {
			return usage.Errorf("scale %d: expected %d or more, once", q, vgg.MinSide)
		}
	}
	return nil
}

// merge merges boxes by the job's rule.
func (m Merging) merge(boxes []localise.Box) []localise.Merged {
	rule := localise.Relative
	if m.Rule == RuleLiteral {
		rule = localise.Literal
	}
	return localise.Merge(boxes, rule, m.Threshold)
}

// String is for tables.
func (m Merging) String() string { return fmt.Sprintf("%s, below %g", m.Rule, m.Threshold) }
