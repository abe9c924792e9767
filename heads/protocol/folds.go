package protocol

import (
	"fmt"
	"math"
)

// part is a division of training rows for the choice of C: heads of train are judged on held.
type part struct{ train, held []int }

// parts divides training rows into Settings.Folds parts, each of which is held out once, and says in words what that is;
// of names the rows.
func (s Settings) parts(d Data, rows []int, of string) ([]part, string) {
	return d.folds(rows, s.Folds, s.Seed), fmt.Sprintf("%d stratified folds of %s", s.Folds, of)
}

// folds deals rows to k folds of like composition, at random by seed: rows of one image stay together (Data.Images), and each unit
// counts for the rarest of its labels, so that even rare classes come to all folds. There are fewer folds where there are
// fewer units.
func (d Data) folds(rows []int, k int, seed uint64) []part {
	units := d.units(shuffled(rows, seed))
	count := map[string]int{}
	for _, r := range rows {
		for _, l := range d.Labels[r] {
			count[l]++
		}
	}
	strata := map[string][][]int{}
	for _, u := range units {
		name, least := "", math.MaxInt
		for _, r := range u {
			for _, l := range d.Labels[r] {
				if c := count[l]; c < least || c == least && l < name {
					name, least = l, c
				}
			}
		}
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
