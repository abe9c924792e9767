package protocol

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"fc7/internal/usage"
)

// randomSplits draws a division for each seed of o, stratified by class. single tells that each row has one label.
func (d Data) randomSplits(rows []int, single bool, o Options) ([]division, error) {
	if err := o.checkRandom(); err != nil {
		return nil, err
	}
	if o.TrainPerClass > 0 && !single {
		return nil, usage.Errorf("protocol: %d images a class to train, but images have several labels: give a share instead", o.TrainPerClass)
	}
	strata, err := d.strata(rows, single)
	if err != nil {
		return nil, err
	}
	var all []division
	for _, seed := range o.Seeds {
		v, err := draw(strata, seed, o).folded(d, o.Settings, "the training images")
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// strata groups rows by label, by the rarest of several, in units that no split separates (Data.Images): labels in byte
// order, units in byte order of their first IDs, so that random splits do not depend on the order of the table. Units
// of none of the classes come last, so that the splits of the others are what they are without them.
func (d Data) strata(rows []int, single bool) ([][][]int, error) {
	rows = slices.SortedFunc(slices.Values(rows), func(a, b int) int { return strings.Compare(d.IDs[a], d.IDs[b]) })
	count, of := d.labelCounts(rows), map[string][][]int{}
	if len(count) == 0 {
		return nil, fmt.Errorf("protocol: none of %d rows has a label", len(d.IDs))
	}
	var none [][]int
	for _, u := range d.units(rows) {
		if !slices.ContainsFunc(u, func(i int) bool { return !d.none(i) }) {
			none = append(none, u)
			continue
		}
		name := rarest(count, subset(d.Labels, u)...)
		of[name] = append(of[name], u)
	}
	names := slices.Sorted(maps.Keys(of))
	out := make([][][]int, 0, len(names)+1)
	for _, n := range names {
		if single && len(of[n]) < 2 {
			return nil, fmt.Errorf("protocol: class %s has one image; training and testing need at least two: add images, or leave the class out", n)
		}
		out = append(out, of[n])
	}
	if len(none) > 0 {
		out = append(out, none)
	}
	return out, nil
}

// labelCounts counts the rows of each label.
func (d Data) labelCounts(rows []int) map[string]int {
	count := map[string]int{}
	for _, i := range rows {
		for _, l := range d.Labels[i] {
			count[l]++
		}
	}
	return count
}

// rarest returns the label of the least count among lists, the first in byte order of equals; "" without any.
func rarest(count map[string]int, lists ...[]string) string {
	name, least := "", math.MaxInt
	for _, labels := range lists {
		for _, l := range labels {
			if c := count[l]; c < least || c == least && l < name {
				name, least = l, c
			}
		}
	}
	return name
}

// draw makes the division of a seed: one numpy RandomState(seed) goes through the strata; of permutation(n) of a
// stratum's units the first are for training and the next ones for testing. The last fifth of its training units is
// held out for the choice of C.
func draw(strata [][][]int, seed uint32, o Options) division {
	v := division{name: fmt.Sprintf("split of seed %d", seed), label: fmt.Sprintf("seed %d", seed), seed: seed, on: "a fifth of each class's training images"}
	m := newMT19937(seed)
	var p part
	for _, units := range strata {
		perm := permuted(m, units)
		n := o.trainOf(len(units))
		train, held := hold(perm[:n:n])
		v.train, p.train, p.held = append(v.train, slices.Concat(perm[:n]...)...), append(p.train, slices.Concat(train...)...), append(p.held, slices.Concat(held...)...)
		v.test = append(v.test, slices.Concat(perm[n:min(len(perm), n+o.TestPerClass)]...)...)
	}
	v.parts = []part{p}
	return v
}

// trainOf returns how many of a stratum's n rows are for training. Of a number that is asked for: all of it where at
// least one is left to test, as with Caltech-101's smallest class (30 of 31), three quarters of the rows otherwise. Of
// a share: at least one, and one less than all where there are two.
func (o Options) trainOf(n int) int {
	switch {
	case o.TrainPerClass == 0:
		return max(1, min(n-1, int(math.Round(o.TrainFraction*float64(n)))))
	case n > o.TrainPerClass:
		return o.TrainPerClass
	}
	return max(1, n*3/4)
}

// permuted returns rows, or groups of them, in random order.
func permuted[T any](m *mt19937, rows []T) []T {
	out := make([]T, 0, len(rows))
	for _, i := range m.permutation(len(rows)) {
		out = append(out, rows[i])
	}
	return out
}

// shuffled returns rows in the random order of a seed.
func shuffled(rows []int, seed uint64) []int {
	return permuted(newMT19937(uint32(seed)), rows)
}
