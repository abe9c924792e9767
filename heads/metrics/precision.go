package metrics

import (
	"fmt"
	"math"
	"slices"
)

// Curve is precision against recall along a ranking, one point for each scored item from the best score down.
type Curve struct {
	Recall    []float64 `json:"recall"`
	Precision []float64 `json:"precision"`
	Score     []Value   `json:"score"`
	Positives int       `json:"positives"`
	Negatives int       `json:"negatives"`
	Ignored   int       `json:"ignored"`
}

// PrecisionRecall ranks items by score and counts hits and misses.
//
// truth is +1 for a positive, -1 for a negative, and 0 for an item that is neither a hit nor a miss (VOC: all its
// objects of the class are difficult); those have no point on the curve. Equal scores keep the order of the list, as
// the devkits' sort does. An item without a score has minus infinity: it ranks last, but it counts. NaN is an error.
func PrecisionRecall(scores []float64, truth []int8) (Curve, error) {
	if len(scores) != len(truth) {
		return Curve{}, fmt.Errorf("metrics: %d scores for %d truths", len(scores), len(truth))
	}
	rank := make([]int, 0, len(scores))
	var c Curve
	for i, s := range scores {
		if math.IsNaN(s) {
			return Curve{}, fmt.Errorf("metrics: score %d is NaN; a missing score is minus infinity", i)
		}
		switch {
		case truth[i] > 0:
			c.Positives++
		case truth[i] < 0:
			c.Negatives++
		default:
			c.Ignored++
			continue
		}
		rank = append(rank, i)
	}
	slices.SortStableFunc(rank, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	hits := 0
	for n, i := range rank {
		if truth[i] > 0 {
			hits++
		}
		c.Recall = append(c.Recall, float64(hits)/float64(c.Positives))
		c.Precision = append(c.Precision, float64(hits)/float64(n+1))
		c.Score = append(c.Score, Value(scores[i]))
	}
	if c.Positives == 0 {
		for i := range c.Recall {
			c.Recall[i] = 0 // not 0/0: the curve is written as JSON
		}
	}
	return c, nil
}

// Rule is a way to make one figure of a precision-recall curve.
type Rule string

// The rules of the VOC devkits.
const (
	// ElevenPoint is VOC 2007's: the mean over the recalls 0, 0.1 … 1 of the best precision at that recall or more.
	ElevenPoint Rule = "11-point"
	// AllPoint is that of VOC 2010 and later: the area under the curve made monotone.
	AllPoint Rule = "all-point"
)

// AP returns the average precision by a rule; undefined without positives.
func (c Curve) AP(rule Rule) (Value, error) {
	switch rule {
	case ElevenPoint:
		return c.AP11(), nil
	case AllPoint:
		return c.APAll(), nil
	}
	return 0, fmt.Errorf("metrics: unknown rule %q of average precision, expected %q or %q", rule, ElevenPoint, AllPoint)
}

// elevenRecalls are the devkit's 0:0.1:1 to the last bit. MATLAB counts the first half up from 0 and the second down
// from 1, so the fourth, 0.1·3, is above 3/10: with 10, 20, … positives the precision at a recall of just 0.3 does not
// count for it.
var elevenRecalls = func() (r [11]float64) {
	tenth := 0.1
	for i := range r {
		if up := float64(i) * tenth; i <= 5 {
			r[i] = up
		} else {
			down := float64(float64(10-i) * tenth)
			r[i] = 1 - down
		}
	}
	return r
}()

// AP11 returns the 11-point average precision of VOC 2007; undefined without positives.
func (c Curve) AP11() Value {
	if c.Positives == 0 {
		return Value(math.NaN())
	}
	best := c.envelope()
	sum, i := 0.0, 0
	for _, r := range elevenRecalls {
		for i < len(c.Recall) && c.Recall[i] < r {
			i++
		}
		if i < len(best) {
			sum += best[i]
		}
	}
	return Value(sum / 11)
}

// APAll returns the area under the monotone envelope, VOC 2010 and later; undefined without positives.
func (c Curve) APAll() Value {
	if c.Positives == 0 {
		return Value(math.NaN())
	}
	sum, before := 0.0, 0.0
	for i, p := range c.envelope() {
		sum += float64((c.Recall[i] - before) * p)
		before = c.Recall[i]
	}
	return Value(sum)
}

// envelope returns at each point the best precision from there on.
func (c Curve) envelope() []float64 {
	e := slices.Clone(c.Precision)
	for i := len(e) - 2; i >= 0; i-- {
		e[i] = max(e[i], e[i+1])
	}
	return e
}

// AP11 is Curve.AP11 of a ranking; see PrecisionRecall for the arguments.
func AP11(scores []float64, truth []int8) (Value, error) {
	c, err := PrecisionRecall(scores, truth)
	return c.AP11(), err
}

// APAll is Curve.APAll of a ranking; see PrecisionRecall for the arguments.
func APAll(scores []float64, truth []int8) (Value, error) {
	c, err := PrecisionRecall(scores, truth)
	return c.APAll(), err
}
