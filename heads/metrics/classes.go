package metrics

import (
	"fmt"
	"math"
)

// Confusion counts predictions: Counts[t][p] items of true class t were taken for class p. An item without a prediction
// (-1) is in Missing of its class.
type Confusion struct {
	Counts  [][]int `json:"counts"`
	Missing []int   `json:"missing"`
}

// NewConfusion compares the classes predicted with the true ones, both 0 to classes-1; -1 predicted is a miss.
func NewConfusion(truth, predicted []int, classes int) (Confusion, error) {
	if len(truth) != len(predicted) {
		return Confusion{}, fmt.Errorf("metrics: %d predictions for %d truths", len(predicted), len(truth))
	}
	c := Confusion{Counts: make([][]int, classes), Missing: make([]int, classes)}
	for k := range c.Counts {
		c.Counts[k] = make([]int, classes)
	}
	for i, t := range truth {
		p := predicted[i]
		if t < 0 || t >= classes || p < -1 || p >= classes {
			return Confusion{}, fmt.Errorf("metrics: item %d is of class %d and predicted %d, with %d classes", i, t, p, classes)
		}
		if p < 0 {
			c.Missing[t]++
		} else {
			c.Counts[t][p]++
		}
	}
	return c, nil
}

// Recalls returns the share of each class's items that were found; undefined for a class without items.
func (c Confusion) Recalls() []Value {
	r := make([]Value, len(c.Counts))
	for k, row := range c.Counts {
		r[k] = Value(math.NaN())
		if n := c.items(k); n > 0 {
			r[k] = Value(float64(row[k]) / float64(n))
		}
	}
	return r
}

// MeanRecall returns the mean over the classes that have items: Caltech's figure.
func (c Confusion) MeanRecall() Value {
	mean, _ := Mean(c.Recalls())
	return mean
}

// Accuracy returns the share of all items that were found; undefined without items.
func (c Confusion) Accuracy() Value {
	hits, n := 0, 0
	for k, row := range c.Counts {
		hits += row[k]
		n += c.items(k)
	}
	return Value(float64(hits) / float64(n))
}

func (c Confusion) items(k int) int {
	n := c.Missing[k]
	for _, v := range c.Counts[k] {
		n += v
	}
	return n
}

// Best returns the index of the highest score, the first of equals; -1 for none. NaN is never best.
func Best[T float32 | float64](scores []T) int {
	best := -1
	for k, s := range scores {
		if s == s && (best < 0 || s > scores[best]) {
			best = k
		}
	}
	return best
}

// Rank returns how many classes come before class truth when scores are sorted from the highest down; equal ones keep
// their order, and NaN always comes before. It is 0 where the class is predicted first, len(scores) where there is no such class.
func Rank[T float32 | float64](scores []T, truth int) int {
	if truth < 0 || truth >= len(scores) {
		return len(scores)
	}
	rank := 0
	for k, s := range scores {
		behind := s < scores[truth] || s == scores[truth] && k > truth
		if k != truth && !behind {
			rank++
		}
	}
	return rank
}

// TopKError returns the share of items whose true class is not among the k first, given Rank of each; undefined
// without items.
func TopKError(ranks []int, k int) Value {
	missed := 0
	for _, r := range ranks {
		if r >= k {
			missed++
		}
	}
	return Value(float64(missed) / float64(len(ranks)))
}
