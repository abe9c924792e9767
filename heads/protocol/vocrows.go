package protocol

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// vocLabels returns [K][N]: +1, -1, and difficult for classes of which an image has difficult objects only.
func (d Data) vocLabels(of map[string]int, difficult int8) [][]int8 {
	y := make([][]int8, len(d.Classes))
	for k := range y {
		y[k] = make([]int8, len(d.IDs))
		for i := range y[k] {
			y[k][i] = -1
		}
	}
	for i, names := range d.Ignored {
		for _, name := range names {
			y[of[name]][i] = difficult
		}
	}
	for i, names := range d.Labels {
		for _, name := range names {
			y[of[name]][i] = 1
		}
	}
	return y
}

// vocPlan is which rows do what.
type vocPlan struct {
	trained, scored string
	fit, score      []int // the final training and scoring
	train, held     []int // the choice of C
	heldFrom        string
	notes           []string
}

func (d Data) vocPlan(s Settings) (vocPlan, error) {
	var train, val, trainval, test []int
	for i := range d.IDs {
		tr, va, te := d.in(i, "train"), d.in(i, "val"), d.in(i, "test")
		tv := d.in(i, "trainval") || tr || va
		if te && tv || tr && va {
			return vocPlan{}, fmt.Errorf("protocol: %s is in splits %s; training and scoring must not share images", d.IDs[i], strings.Join(d.Splits[i], ", "))
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
	p := vocPlan{trained: "trainval", scored: "test", fit: trainval, score: test, train: train, held: val, heldFrom: "val"}
	switch {
	case len(trainval) > 0 && len(test) > 0:
		if len(train) > 0 && len(val) > 0 {
			return p, nil
		}
	case len(train) > 0 && len(val) > 0:
		p.trained, p.scored, p.fit, p.score = "train", "val", train, val
		p.notes = append(p.notes, "the table has no test images: heads are trained on train and scored on val")
	default:
		return p, fmt.Errorf("protocol: the table has %d train, %d val, %d trainval and %d test images; scoring needs trainval and test, or train and val: "+
			"extract the other splits", len(train), len(val), len(trainval), len(test))
	}
	held := d.fifth(p.fit, s.Seed)
	p.train, p.held, p.heldFrom = held.train, held.held, "a random fifth of "+p.trained
	if s.C == 0 && s.Folds == 0 {
		p.notes = append(p.notes, "C is chosen on "+p.heldFrom)
	}
	return p, nil
}

// labelled tells whether any of rows has a label.
func (d Data) labelled(rows []int) bool {
	return slices.ContainsFunc(rows, func(i int) bool { return len(d.Labels[i]) > 0 || d.Ignored != nil && len(d.Ignored[i]) > 0 })
}

// shuffled returns rows in random order.
func shuffled(rows []int, seed uint64) []int {
	return permuted(newMT19937(uint32(seed)), rows)
}

// spread puts the scores of the rows that are present in the places of all rows; minus infinity for the others.
func spread(d Data, rows []int, scores []float64) []float64 {
	out := make([]float64, len(rows))
	n := 0
	for i, r := range rows {
		out[i] = math.Inf(-1)
		if !d.missing(r) {
			out[i] = scores[n]
			n++
		}
	}
	return out
}

func pick(truth []int8, rows []int) []int8 {
	out := make([]int8, len(rows))
	for i, r := range rows {
		out[i] = truth[r]
	}
	return out
}
