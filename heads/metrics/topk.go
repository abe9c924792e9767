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

// Top returns the indices of the k highest scores, the highest first; equal ones keep their order, NaN is left out.
// Without NaN, truth is in Top(scores, k) exactly where Rank(scores, truth) < k.
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
// their order, and NaN always comes before. It is 0 where the class is predicted first, len(scores) where there is no
// such class.
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

// TopKError returns the share of items whose true class is not among the k first, given Rank of each; undefined without
// items.
func TopKError(ranks []int, k int) Value {
	missed := 0
	for _, r := range ranks {
		if r >= k {
			missed++
		}
	}
	return Value(float64(missed) / float64(len(ranks)))
}
