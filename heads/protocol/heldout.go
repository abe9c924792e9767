package protocol

import (
	"fmt"
	"math"

	"fc7/internal/usage"
)

// heldOut is the share of training images that are held out where no list says which ("20 % of the training images",
// appendix B of the paper).
const heldOut = 0.2

// part is a division of training rows for the choice of C: heads of train are judged on held.
type part struct{ train, held []int }

// folded replaces the held-out part of a division by folds of its training rows where the settings ask for them; of
// says in words what the training rows are. Each fold is held out once. As in scikit-learn's StratifiedKFold, more
// folds than any class has images are an error, while a rarer class is in as many as it has.
func (v division) folded(d Data, s Settings, of string) (division, error) {
	if s.Folds == 0 {
		return v, nil
	}
	if most := d.mostFolds(v.train); s.Folds > most {
		return v, usage.Errorf("%d folds, but no class has more than %d images among %s: expected at most %[2]d folds", s.Folds, most, of)
	}
	v.parts = d.folds(v.train, s.Folds, s.Seed)
	v.on = fmt.Sprintf("%d stratified folds of %s", len(v.parts), of)
	return v, nil
}

// mostFolds is how many folds rows can be dealt to such that each has an image of some class.
func (d Data) mostFolds(rows []int) (most int) {
	count := map[string]int{}
	for _, u := range d.units(rows) {
		has := map[string]bool{}
		for _, r := range u {
			for _, l := range d.Labels[r] {
				has[l] = true
			}
		}
		for l := range has {
			count[l]++
			most = max(most, count[l])
		}
	}
	return most
}

// folds deals rows to k folds of like composition, at random by seed: rows of one image stay together (Data.Images),
// and each unit counts for the rarest of its labels, so that even rare classes come to all folds. There are fewer folds
// where there are fewer units.
func (d Data) folds(rows []int, k int, seed uint64) []part {
	units := d.units(shuffled(rows, seed))
	count, strata := d.labelCounts(rows), map[string][][]int{}
	for _, u := range units {
		name := rarest(count, subset(d.Labels, u)...)
		strata[name] = append(strata[name], u)
	}
	k = min(k, len(units))
	of, next := make(map[int]int, len(rows)), 0
	for _, name := range append([]string{""}, d.Classes...) {
		for _, u := range strata[name] {
			for _, r := range u {
				of[r] = next % k
			}
			next++
		}
	}
	parts := make([]part, k)
	for _, r := range rows {
		for f := range parts {
			if f == of[r] {
				parts[f].held = append(parts[f].held, r)
			} else {
				parts[f].train = append(parts[f].train, r)
			}
		}
	}
	return parts
}

// units groups rows that must stay together, in the order of their first rows: those of one image.
func (d Data) units(rows []int) [][]int {
	var units [][]int
	at := map[string]int{}
	for _, r := range rows {
		if d.Images == nil {
			units = append(units, []int{r})
			continue
		}
		i, ok := at[d.Images[r]]
		if !ok {
			i = len(units)
			at[d.Images[r]] = i
			units = append(units, nil)
		}
		units[i] = append(units[i], r)
	}
	return units
}

// fifth holds out a fifth of the units of rows, at random by seed.
func (d Data) fifth(rows []int, seed uint64) part {
	train, held := hold(d.units(shuffled(rows, seed)))
	var p part
	for _, u := range train {
		p.train = append(p.train, u...)
	}
	for _, u := range held {
		p.held = append(p.held, u...)
	}
	return p
}

// hold splits n shuffled rows, or groups of them, into those to train on and those held out: a fifth, rounded, but at
// least one where two are there.
func hold[T any](shuffled []T) (train, held []T) {
	n := int(math.Round(heldOut * float64(len(shuffled))))
	if n == 0 && len(shuffled) > 1 {
		n = 1
	}
	cut := len(shuffled) - n
	return shuffled[:cut], shuffled[cut:]
}
