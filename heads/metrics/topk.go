package metrics

import (
	"cmp"
	"fmt"
	"slices"
)

// ClassError tells how many items of a class were missed.
type ClassError struct {
	Class int `json:"class"`
	Items int `json:"items"`
	Top1  int `json:"top1_missed"` // the class was not the first answer
	Top5  int `json:"top5_missed"` // nor among the first five
}

// ClassErrors counts the misses of each class, given the true class, 0 to classes-1, and Rank of each item.
func ClassErrors(truth, ranks []int, classes int) ([]ClassError, error) {
	if len(truth) != len(ranks) {
		return nil, fmt.Errorf("metrics: %d ranks for %d truths", len(ranks), len(truth))
	}
	errs := make([]ClassError, classes)
	for k := range errs {
		errs[k].Class = k
	}
	for i, t := range truth {
		if t < 0 || t >= classes || ranks[i] < 0 {
			return nil, fmt.Errorf("metrics: item %d is of class %d with rank %d, with %d classes", i, t, ranks[i], classes)
		}
		e := &errs[t]
		e.Items++
		if ranks[i] >= 1 {
			e.Top1++
		}
		if ranks[i] >= 5 {
			e.Top5++
		}
	}
	return errs, nil
}

// MeanRecall is the mean over the classes that have items of the share of them whose class was the first answer.
func MeanRecall(errs []ClassError) Value {
	var recalls []Value
	for _, e := range errs {
		if e.Items > 0 {
			recalls = append(recalls, 1-Value(e.Top1)/Value(e.Items))
		}
	}
	mean, _ := Mean(recalls)
	return mean
}

// WorstClasses returns the n classes of the greatest top-1 error, the worst first; among equals the one of the greater
// top-5 error, then of more items, then the first. Classes without items or misses are left out.
func WorstClasses(errs []ClassError, n int) []ClassError {
	var missed []ClassError
	for _, e := range errs {
		if e.Top1 > 0 {
			missed = append(missed, e)
		}
	}
	// a/b against c/d as a*d against c*b: exact
	slices.SortStableFunc(missed, func(a, b ClassError) int {
		return cmp.Or(cmp.Compare(b.Top1*a.Items, a.Top1*b.Items), cmp.Compare(b.Top5*a.Items, a.Top5*b.Items), cmp.Compare(b.Items, a.Items))
	})
	return missed[:max(0, min(n, len(missed)))]
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

// Top returns the indices of the k highest scores, the highest first; equal ones keep their order, NaN is left out. Without NaN,
// truth is in Top(scores, k) exactly where Rank(scores, truth) < k.
func Top[T float32 | float64](scores []T, k int) []int {
	best := make([]int, 0, max(0, k)+1)
	for i, s := range scores {
		if s != s {
			continue
		}
		at := len(best)
		for at > 0 && s > scores[best[at-1]] {
			at--
		}
		if at < k {
			best = slices.Insert(best, at, i)
			best = best[:min(k, len(best))]
		}
	}
	return best
}
