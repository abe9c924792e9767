package training

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"fc7/datasets"
)

// split is what a run trains and validates on: indices of items, and the class of each item, or its labels.
type split struct {
	classes    []string
	class      []int    // of each item of the set; -1: not used
	labels     [][]int8 // of each item, by class: +1, -1, or 0 where it does not count; nil: there is one class an item
	boxes      *boxes   // of each item; nil: classes are learnt
	train, val []int
	held       bool // the validation images were held out by the seed
	notes      []string
}

// multi tells whether an item may have several labels.
func (s *split) multi() bool { return s.labels != nil }

// classesOf are the classes of items.
func (s *split) classesOf(items []int) []int {
	y := make([]int, len(items))
	for n, i := range items {
		y[n] = s.class[i]
	}
	return y
}

// labelsOf are the labels of items, [N, classes].
func (s *split) labelsOf(items []int) []int8 {
	y := make([]int8, 0, len(items)*len(s.classes))
	for _, i := range items {
		y = append(y, s.labels[i]...)
	}
	return y
}

// newSplit takes the data set's train and val splits. Where it has no val, it holds out a share of each class's images,
// one at least, chosen by the seed; a share of 0: none.
func newSplit(set *datasets.Set, heldOut float64, seed uint64) (*split, error) {
	s := &split{classes: set.Classes, class: make([]int, len(set.Items))}
	place := s.places()
	none, ofNone, several := 0, 0, 0
	for i, it := range set.Items {
		s.class[i] = -1
		switch {
		case len(it.Labels()) == 1:
			s.class[i] = place[it.Labels()[0]]
		case slices.Contains(it.Splits(), datasets.SplitTest):
		case len(it.Labels()) > 1:
			several++
		case it.None:
			ofNone++
		default:
			none++
		}
	}
	if none > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d images without a class are not used", none))
	}
	if ofNone > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d images of none of the classes are not used: the softmax loss takes one class an image, --loss sigmoid takes them as negatives of every class", ofNone))
	}
	if several > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d images with several labels are not used: the softmax loss takes one class an image, --loss sigmoid takes them all", several))
	}
	perClass := make([][]int, len(set.Classes))
	s.divide(set, func(i int) *[]int {
		if s.class[i] < 0 {
			return nil
		}
		return &perClass[s.class[i]]
	})
	return s, s.complete(set, perClass, heldOut, seed)
}

// newLabelSplit is newSplit for items of several labels, or of none of the classes, which are negatives of all; images
// are held out of all classes together.
func newLabelSplit(set *datasets.Set, heldOut float64, seed uint64) (*split, error) {
	s := &split{classes: set.Classes, class: make([]int, len(set.Items)), labels: make([][]int8, len(set.Items))}
	place := s.places()
	unused := 0
	for i, it := range set.Items {
		if !it.Labelled() {
			if !slices.Contains(it.Splits(), datasets.SplitTest) {
				unused++
			}
			continue
		}
		s.labels[i] = slices.Repeat([]int8{-1}, len(s.classes))
		for _, c := range it.Ignored() {
			s.labels[i][place[c]] = 0
		}
		for _, c := range it.Labels() {
			s.labels[i][place[c]] = 1
		}
	}
	if unused > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d images without a label are not used", unused))
	}
	all := make([][]int, 1)
	s.divide(set, func(i int) *[]int {
		if s.labels[i] == nil {
			return nil
		}
		return &all[0]
	})
	return s, s.complete(set, all, heldOut, seed)
}

func (s *split) places() map[string]int {
	place := map[string]int{}
	for i, c := range s.classes {
		place[c] = i
	}
	return place
}

// divide puts the items of the val split to val, and those to train on into the groups that of names; nil: not used.
func (s *split) divide(set *datasets.Set, of func(i int) *[]int) {
	for i, it := range set.Items {
		switch group := of(i); {
		case group == nil:
		case slices.Contains(it.Splits(), datasets.SplitVal):
			s.val = append(s.val, i)
		case slices.Contains(it.Splits(), datasets.SplitTrain) || len(it.Splits()) == 0:
			*group = append(*group, i)
		}
	}
}

// complete holds out validation images of each group where the set has none, and takes the rest to train on.
func (s *split) complete(set *datasets.Set, groups [][]int, heldOut float64, seed uint64) error {
	official := slices.ContainsFunc(set.Items, func(it datasets.Item) bool { return slices.Contains(it.Splits(), datasets.SplitVal) })
	if !official && heldOut > 0 {
		s.holdOut(groups, heldOut, seed)
	}
	for _, items := range groups {
		s.train = append(s.train, items...)
	}
	slices.Sort(s.train)
	slices.Sort(s.val)
	shown, sides := s.shown()
	if s.boxes != nil {
		sides = true // one class is enough
	}
	if len(s.train) == 0 || len(s.val) == 0 && heldOut > 0 || !sides {
		text := fmt.Sprintf("%s has %d images to train and %d to validate, of %d classes of which %d have images to train: training needs some of both, and ",
			set.Root, len(s.train), len(s.val), len(s.classes), shown)
		switch {
		case s.boxes != nil:
			text += "a class that has images"
		case s.multi():
			text += "two classes or more that have images, or one with images that are not of it"
		default:
			text += "two classes or more that have images"
		}
		if slices.ContainsFunc(set.SplitNames(), func(name string) bool { _, n := datasets.DividedSplit(name); return n > 0 }) {
			text += "; the set is divided several times: 'fc7 dataset splits --division 1' writes the splits of one division, for --splits"
		}
		return errors.New(strings.Join(append([]string{text}, s.notes...), "; "))
	}
	return nil
}

// shown returns how many classes have images to train, and whether there are two sides to tell apart: images of two
// classes or, where an image may have several labels, of a class and without it.
func (s *split) shown() (classes int, sides bool) {
	with, without := make([]bool, len(s.classes)), make([]bool, len(s.classes))
	for _, i := range s.train {
		if !s.multi() {
			with[s.class[i]] = true
			continue
		}
		for k, y := range s.labels[i] {
			with[k], without[k] = with[k] || y > 0, without[k] || y < 0
		}
	}
	for k := range with {
		if with[k] {
			classes++
		}
		sides = sides || with[k] && without[k]
	}
	return classes, sides || classes > 1 && !s.multi()
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
