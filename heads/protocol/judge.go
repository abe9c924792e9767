package protocol

import (
	"fmt"

	"fc7/heads/metrics"
)

// judge scores one model on held-out rows, scores [K][len(rows)].
type judge func(rows []int, scores [][]float64) (judged, error)

// judged is what a model scores on held-out rows.
type judged struct {
	each []metrics.Value // of each class
	all  *metrics.Value  // of all rows together; nil: the mean of each
}

// judge is what C is chosen by: the figure that counts by the protocol. Where each class has a cost of its own that is
// average precision, which does not depend on the costs of the other classes as recall and accuracy do; where there are
// rows of none of the classes too, since these do not see them.
func (t *task) judge() (judge, string) {
	if t.class != nil && !t.o.PerClass && t.d.nones(allRows(t.d)) == 0 {
		switch t.counts {
		case "accuracy":
			return t.judgeAccuracy, MeasureOf("accuracy").Name
		case "mean_recall":
			return t.judgeRecall, MeasureOf("mean_recall").Name
		}
	}
	rule := t.o.ChooseBy
	if rule == "" {
		rule = metrics.AllPoint
	}
	return judgeAP(t.held, rule), fmt.Sprintf("mean %s AP", rule)
}

func (t *task) judgeRecall(rows []int, scores [][]float64) (judged, error) {
	j, err := t.judgeAccuracy(rows, scores)
	j.all = nil
	return j, err
}

func (t *task) judgeAccuracy(rows []int, scores [][]float64) (judged, error) {
	best := make([]int, len(rows))
	for i := range best {
		best[i] = metrics.Best(column(scores, i))
	}
	c, err := t.confusion(rows, best)
	if err != nil {
		return judged{}, err
	}
	all := c.Accuracy()
	return judged{c.Recalls(), &all}, nil
}

// judgeAP judges by the average precision of each class; truth is [K][N].
func judgeAP(truth [][]int8, rule metrics.Rule) judge {
	return func(rows []int, scores [][]float64) (judged, error) {
		ap := make([]metrics.Value, len(scores))
		for k, s := range scores {
			c, err := metrics.PrecisionRecall(s, subset(truth[k], rows))
			if err != nil {
				return judged{}, err
			}
			if ap[k], err = c.AP(rule); err != nil {
				return judged{}, err
			}
		}
		return judged{each: ap}, nil
	}
}
