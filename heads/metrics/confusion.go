package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
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

// Confused is a wrong answer and how often it was given.
type Confused struct {
	Truth     int `json:"truth"`
	Predicted int `json:"predicted"`
	Count     int `json:"count"`
}

// WorstConfusions returns the n most frequent wrong answers, the most frequent first, then in the order of the classes.
// Items without a prediction (-1) are no confusion.
func WorstConfusions(truth, predicted []int, n int) ([]Confused, error) {
	if len(truth) != len(predicted) {
		return nil, fmt.Errorf("metrics: %d predictions for %d truths", len(predicted), len(truth))
	}
	counts := map[[2]int]int{}
	for i, t := range truth {
		if p := predicted[i]; p >= 0 && p != t {
			counts[[2]int{t, p}]++
		}
	}
	all := make([]Confused, 0, len(counts))
	for pair, c := range counts {
		all = append(all, Confused{pair[0], pair[1], c})
	}
	slices.SortFunc(all, func(a, b Confused) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Truth, b.Truth), cmp.Compare(a.Predicted, b.Predicted))
	})
	return all[:max(0, min(n, len(all)))], nil
}
