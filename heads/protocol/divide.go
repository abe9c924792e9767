package protocol

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// division is which rows of a set are trained on and scored.
type division struct {
	name        string
	seed        uint32
	train, test []int
	parts       []part // for the choice of C
	on          string // what the parts are
}

// divisions returns the set's own splits as one, or a random division for each seed.
func (run *setRun) divisions() ([]division, error) {
	if p := run.plan; p != nil {
		v := division{name: "the set's splits", train: p.fit, test: p.score, parts: []part{{p.train, p.held}}, on: p.heldFrom}
		return []division{run.folded(v)}, nil
	}
	if run.o.TrainPerClass > 0 && !run.single {
		return nil, fmt.Errorf("protocol: %d images a class to train, but images have several labels: give a share instead", run.o.TrainPerClass)
	}
	strata, err := run.strata()
	if err != nil {
		return nil, err
	}
	var all []division
	for _, seed := range run.o.Seeds {
		all = append(all, run.folded(run.draw(strata, seed)))
	}
	return all, nil
}

// folded replaces the held-out part by folds where they are asked for.
func (run *setRun) folded(v division) division {
	if run.o.Folds > 0 {
		v.parts, v.on = run.o.parts(run.d, v.train, "the training images")
	}
	return v
}

// strata groups the rows by label, by the rarest of several: labels in byte order, rows in byte order of their IDs, so that
// random splits do not depend on the order of the table.
func (run *setRun) strata() ([][]int, error) {
	count, of := map[string]int{}, map[string][]int{}
	for _, i := range run.rows {
		for _, l := range run.d.Labels[i] {
			count[l]++
		}
	}
	for _, i := range run.rows {
		name, least := "", math.MaxInt
		for _, l := range run.d.Labels[i] {
			if count[l] < least || count[l] == least && l < name {
				name, least = l, count[l]
			}
		}
		of[name] = append(of[name], i)
	}
	if len(count) == 0 {
		return nil, fmt.Errorf("protocol: none of %d rows has a label", len(run.d.IDs))
	}
	names := slices.Sorted(maps.Keys(of))
	out := make([][]int, 0, len(names))
	for _, n := range names {
		rows := of[n]
		if run.single && len(rows) < 2 {
			return nil, fmt.Errorf("protocol: class %s has one image; training and testing need at least two: add images, or leave the class out", n)
		}
		slices.SortFunc(rows, func(a, b int) int { return strings.Compare(run.d.IDs[a], run.d.IDs[b]) })
		out = append(out, rows)
	}
	return out, nil
}

// draw makes the division of a seed, as Caltech's splits are drawn: one numpy RandomState(seed) goes through the strata, whose first
// rows are for training, the last fifth of those for the choice of C.
func (run *setRun) draw(strata [][]int, seed uint32) division {
	v := division{name: fmt.Sprintf("split of seed %d", seed), seed: seed, on: "a fifth of each class's training images"}
	m := newMT19937(seed)
	var p part
	for _, rows := range strata {
		perm := permuted(m, rows)
		n := run.trainOf(len(rows))
		train, held := hold(perm[:n:n])
		v.train, p.train, p.held = append(v.train, perm[:n]...), append(p.train, train...), append(p.held, held...)
		end := len(perm)
		if run.o.TestPerClass > 0 {
			end = min(end, n+run.o.TestPerClass)
		}
		v.test = append(v.test, perm[n:end]...)
	}
	v.parts = []part{p}
	return v
}

func permuted(m *mt19937, rows []int) []int {
	out := make([]int, 0, len(rows))
	for _, i := range m.permutation(len(rows)) {
		out = append(out, rows[i])
	}
	return out
}

// trainOf returns how many of a stratum's n rows are for training; at least one, and one less than all where there are two.
func (run *setRun) trainOf(n int) int {
	if run.o.TrainPerClass > 0 {
		return trainOf(n, run.o.TrainPerClass)
	}
	return max(1, min(n-1, int(math.Round(run.o.TrainFraction*float64(n)))))
}
