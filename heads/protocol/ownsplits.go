package protocol

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// hasSplits tells whether the set has lists of splits.
func (d Data) hasSplits() bool {
	return slices.ContainsFunc(d.Splits, func(s []string) bool { return len(s) > 0 })
}

// numbered are the numbers of the set's divisions, in order, of which each has splits of its own ("train1", "test1"); 0
// alone: there is one, whose splits have no number.
func (d Data) numbered() []int {
	var has [64]bool
	for _, splits := range d.Splits {
		for _, s := range splits {
			if n := divisionOf(s); n > 0 && n < len(has) {
				has[n] = true
			}
		}
	}
	var all []int
	for n, is := range has {
		if is {
			all = append(all, n)
		}
	}
	if len(all) == 0 || slices.ContainsFunc(d.Splits, func(s []string) bool {
		return slices.ContainsFunc(s, func(name string) bool { return divisionOf(name) == 0 })
	}) {
		return []int{0}
	}
	return all
}

// divisionOf is the number at the end of a split's name; 0: there is none.
func divisionOf(split string) int {
	n, _ := strconv.Atoi(split[len(strings.TrimRight(split, "0123456789")):])
	return n
}

// divided is d with the splits of one of its numbered divisions, without their number.
func (d Data) divided(n int) Data {
	splits := make([][]string, len(d.Splits))
	for i := range splits {
		for _, s := range d.Splits[i] {
			if divisionOf(s) == n {
				splits[i] = append(splits[i], strings.TrimRight(s, "0123456789"))
			}
		}
	}
	d.Splits = splits
	return d
}

// ownPlan is what the set's splits are for.
type ownPlan struct {
	trained, scored string
	fit, score      []int // the final training and scoring
	train, held     []int // the choice of C
	heldFrom        string
	notes           []string
}

// ownSplits plans as VOC's tasks do: C is chosen on val after training on train, heads are trained on trainval and
// scored on test.
//
// A table without test images is scored on val, with heads trained on train; so that val stays unseen, C is then chosen
// on a fifth of train. A table without val and train has C chosen on a fifth of trainval. Notes say so.
func (d Data) ownSplits(s Settings) (ownPlan, error) {
	var train, val, trainval, test []int
	for i := range d.IDs {
		tr, va, te := d.in(i, "train"), d.in(i, "val"), d.in(i, "test")
		tv := d.in(i, "trainval") || tr || va
		if te && tv || tr && va {
			return ownPlan{}, fmt.Errorf("protocol: %s is in splits %s; training and scoring must not share images", d.IDs[i], strings.Join(d.Splits[i], ", "))
		}
		for _, split := range []struct {
			in   bool
			rows *[]int
		}{{tr, &train}, {va, &val}, {tv, &trainval}, {te, &test}} {
			if split.in {
				*split.rows = append(*split.rows, i)
			}
		}
	}
	p := ownPlan{trained: "trainval", scored: "test", fit: trainval, score: test, train: train, held: val, heldFrom: "val"}
	switch {
	case len(trainval) > 0 && len(test) > 0:
		if len(train) > 0 && len(val) > 0 {
			return p, nil
		}
	case len(train) > 0 && len(val) > 0:
		p.trained, p.scored, p.fit, p.score = "train", "val", train, val
		p.notes = append(p.notes, "the table has no test images: heads are trained on train and scored on val")
	default:
		return p, unfit("protocol: the table has %d train, %d val, %d trainval and %d test images; scoring needs trainval and test, or train and val: "+
			"extract the other splits", len(train), len(val), len(trainval), len(test))
	}
	held := d.fifth(p.fit, s.Seed)
	p.train, p.held, p.heldFrom = held.train, held.held, "a random fifth of "+p.trained
	if s.C == 0 && s.Folds == 0 {
		p.notes = append(p.notes, "C is chosen on "+p.heldFrom)
	}
	return p, nil
}

// division is the plan as a division, with folds of its training rows in place of the held-out ones where they are
// asked for; of says what the folds are of.
func (p ownPlan) division(d Data, s Settings, of string) (division, error) {
	v := division{name: "the set's splits", train: p.fit, test: p.score, parts: []part{{p.train, p.held}}, on: p.heldFrom}
	return v.folded(d, s, of)
}
