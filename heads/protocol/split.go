package protocol

import (
	"fmt"
	"slices"
	"strings"
)

// caltechClasses groups the rows of Data by class: classes in byte order of their names, the rows of a class in byte order of
// their IDs. Random splits are drawn in that order, so they do not depend on the order of the table.
type caltechClasses struct {
	class []int   // index in Data.Classes
	rows  [][]int // of each class
}

func (d Data) caltechClasses(of map[string]int) (caltechClasses, error) {
	rows := make([][]int, len(d.Classes))
	for i, labels := range d.Labels {
		if len(labels) != 1 {
			return caltechClasses{}, fmt.Errorf("protocol: %s has %d labels, Caltech's images have one", d.IDs[i], len(labels))
		}
		k := of[labels[0]]
		rows[k] = append(rows[k], i)
	}
	var c caltechClasses
	for k, r := range rows {
		if len(r) == 1 {
			return c, fmt.Errorf("protocol: class %s has one image; training and testing need at least two: extract more images a class, or leave the class out", d.Classes[k])
		}
		if len(r) > 0 {
			c.class = append(c.class, k)
		}
	}
	slices.SortFunc(c.class, func(a, b int) int { return strings.Compare(d.Classes[a], d.Classes[b]) })
	for _, k := range c.class {
		slices.SortFunc(rows[k], func(a, b int) int { return strings.Compare(d.IDs[a], d.IDs[b]) })
		c.rows = append(c.rows, rows[k])
	}
	if len(c.class) < 2 {
		return c, fmt.Errorf("protocol: %d of %d classes have images; recall needs at least two", len(c.class), len(d.Classes))
	}
	return c, nil
}

// split is one random division; its rows lie class by class in the order of caltechClasses.
type split struct {
	train, test []int
	part, held  []int // train divided for the choice of C
}

// draw makes the split of a seed: one numpy RandomState(seed) goes through the classes; of permutation(n) of a class's rows the
// first are for training and the next ones for testing. The last fifth of a class's training rows is held out.
func (c caltechClasses) draw(seed uint32, train, test int) split {
	var s split
	m := newMT19937(seed)
	for _, rows := range c.rows {
		perm := permuted(m, rows)
		n := trainOf(len(rows), train)
		part, held := hold(perm[:n:n])
		s.train, s.part, s.held = append(s.train, perm[:n]...), append(s.part, part...), append(s.held, held...)
		s.test = append(s.test, perm[n:min(len(perm), n+test)]...)
	}
	return s
}

// trainOf returns how many of a class's n images are for training when want are asked for: want where at least one is left to
// test, as with Caltech-101's smallest class (30 of 31), three quarters of them otherwise.
func trainOf(n, want int) int {
	if n > want {
		return want
	}
	return max(1, n*3/4)
}
