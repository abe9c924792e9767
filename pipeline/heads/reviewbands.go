package heads

import (
	"fmt"
	"sort"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
)

// Bands are how far the curves of several splits are apart: Precision is then their mean.
type Bands struct {
	Low    []float64 `json:"low,omitempty"` // the lowest precision at each recall
	High   []float64 `json:"high,omitempty"`
	Splits int       `json:"splits,omitempty"` // with positives of the class; 0: the curve is of one
}

// average makes the curve of class k the mean of those of all splits that have positives of it, at the recalls of the
// first of them, thinned: a split's precision there is that of its first image with this recall or more.
func (c *ReviewClass) average(splits []protocol.Split, k int) error {
	c.Recall, c.Precision = nil, nil
	for _, s := range splits {
		curve, err := metrics.PrecisionRecall(s.Scores[k], s.True[k])
		if err != nil {
			return fmt.Errorf("class %s, seed %d: %w", c.Name, s.Seed, err)
		}
		if curve.Positives == 0 {
			continue
		}
		if c.Splits++; c.Splits == 1 {
			c.Recall, c.Precision = thinned(curve)
			clear(c.Precision)
		}
		for n, r := range c.Recall {
			p := precisionAt(curve, r)
			if c.Splits == 1 {
				c.Low, c.High = append(c.Low, p), append(c.High, p)
			}
			c.Low[n], c.High[n], c.Precision[n] = min(c.Low[n], p), max(c.High[n], p), c.Precision[n]+p
		}
	}
	for n := range c.Precision {
		c.Precision[n] /= float64(c.Splits)
	}
	return nil
}

// precisionAt is the precision at the first image with a recall of r or more.
func precisionAt(c metrics.Curve, r float64) float64 {
	const rounding = 1e-12 // recalls of splits with other numbers of positives
	if i := sort.SearchFloat64s(c.Recall, r-rounding); i < len(c.Recall) {
		return c.Precision[i]
	}
	return 0
}
