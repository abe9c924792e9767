package protocol

import (
	"fmt"

	"fc7/heads/metrics"
)

// judge scores one model on held-out rows: a figure a class, scores [K][len(rows)].
type judge func(rows []int, scores [][]float64) ([]metrics.Value, error)

// judge is what C is chosen by. Where each class has a cost of its own that is average precision, which does not depend
// on the costs of the other classes as recall does; where there are rows of none of the classes too, since recall does
// not see them.
func (t *task) judge() (judge, string) {
	if t.class != nil && !t.o.PerClass && t.d.nones(allRows(t.d)) == 0 {
		return t.judgeRecall, "mean class recall"
	}
	rule := t.o.ChooseBy
	if rule == "" {
		rule = metrics.AllPoint
	}
	return judgeAP(t.held, rule), fmt.Sprintf("mean %s AP", rule)
}

func (t *task) judgeRecall(rows []int, scores [][]float64) ([]metrics.Value, error) {
	best := make([]int, len(rows))
	for i := range best {
		best[i] = metrics.Best(column(scores, i))
	}
	c, err := t.confusion(rows, best)
	return c.Recalls(), err
}

// judgeAP judges by the average precision of each class; truth is [K][N].
func judgeAP(truth [][]int8, rule metrics.Rule) judge {
	return func(rows []int, scores [][]float64) ([]metrics.Value, error) {
		ap := make([]metrics.Value, len(scores))
		for k, s := range scores {
			c, err := metrics.PrecisionRecall(s, subset(truth[k], rows))
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
