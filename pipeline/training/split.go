package training

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"fc7/datasets"
)

// split is what a run trains and validates on: indices of items, and the class of each item.
type split struct {
	classes    []string
	class      []int // of each item of the set; -1: not used
	train, val []int
	held       bool // the validation images were held out by the seed
	notes      []string
}

// newSplit takes the data set's train and val splits. Where it has none, it holds out a share of each class's images, one at
// least, chosen by the seed.
func newSplit(set *datasets.Set, heldOut float64, seed uint64) (*split, error) {
	s := &split{classes: set.Classes, class: make([]int, len(set.Items))}
	place := map[string]int{}
	for i, c := range set.Classes {
		place[c] = i
	}
	official, unused := false, 0
	for i, it := range set.Items {
		s.class[i] = -1
		if len(it.Labels) == 1 {
			s.class[i] = place[it.Labels[0]]
		} else if !slices.Contains(it.Splits, "test") {
			unused++
		}
		official = official || slices.Contains(it.Splits, "val")
	}
	if unused > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d images without a class, or with several, are not used: training takes one class an image", unused))
	}
	perClass := make([][]int, len(set.Classes))
	for i, it := range set.Items {
		switch {
		case s.class[i] < 0:
		case slices.Contains(it.Splits, "val"):
			s.val = append(s.val, i)
		case slices.Contains(it.Splits, "train") || len(it.Splits) == 0:
			perClass[s.class[i]] = append(perClass[s.class[i]], i)
		}
	}
	if !official {
		s.holdOut(perClass, heldOut, seed)
	}
	for _, items := range perClass {
		s.train = append(s.train, items...)
	}
	slices.Sort(s.train)
	slices.Sort(s.val)
	if len(s.train) == 0 || len(s.val) == 0 || len(s.classes) < 2 {
		return nil, fmt.Errorf("%s has %d images to train and %d to validate, of %d classes: training needs some of both, and two classes or more",
			set.Root, len(s.train), len(s.val), len(s.classes))
	}
	return s, nil
}

// holdOut moves a share of each class's images from perClass to val.
func (s *split) holdOut(perClass [][]int, share float64, seed uint64) {
	s.held = true
	r := rand.New(rand.NewPCG(seed, 1))
	for k, items := range perClass {
		if len(items) < 2 {
			continue
		}
		r.Shuffle(len(items), func(a, b int) { items[a], items[b] = items[b], items[a] })
		n := min(len(items)-1, max(1, int(share*float64(len(items))+0.5)))
		s.val = append(s.val, items[:n]...)
		perClass[k] = items[n:]
	}
}
