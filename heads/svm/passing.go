package svm

import (
	"context"
	"runtime/debug"
	"slices"
	"sync"

	"fc7/internal/few"
)

// passing trains on rows that are larger than memory: by descent in blocks, or by the method of batch.go where the loss
// has a gradient and memory does not hold what descent knows of all classes. The logistic loss goes by the latter
// always: two matrix products take less than Newton's passes do.
func (r *results) passing(ctx context.Context, p Problem, rows []int, norms []float64, room room, memory int64) error {
	o := r.options[0]
	told := &progress{tell: p.Tell, size: sizeOf(p, rows, memory)}
	left := make([]int, len(p.Y))
	for k := range left {
		left[k] = k
	}
	if o.Loss == Logistic || o.Loss == SquaredHinge && room.classes < len(p.Y) {
		var err error
		if left, err = r.batched(ctx, p, rows, norms, memory, told); err != nil || len(left) == 0 {
			return err
		}
		told.say("%s left to descent in blocks: single precision is not enough for the tolerance", few.Are(len(left), "class"))
	}
	rest := p
	rest.Y = make([][]int8, len(left))
	for i, k := range left {
		rest.Y[i] = p.Y[k]
	}
	found := newResults(rest, r.options)
	if again := plan(rest, rows, o.Threads, memory); again != nil {
		room = *again
	}
	if err := found.inBlocks(ctx, rest, rows, norms, room, told); err != nil {
		return err
	}
	for i := range r.models {
		for at, k := range left {
			r.models[i].Weights[k], r.models[i].Bias[k] = found.models[i].Weights[at], found.models[i].Bias[at]
			r.stats[i].Classes[k] = found.stats[i].Classes[at]
		}
	}
	return nil
}

// batched solves the classes in order of the rows, and tells which of them are left at some cost.
func (r *results) batched(ctx context.Context, p Problem, rows []int, norms []float64, memory int64, told *progress) (left []int, err error) {
	size, plain := batchRoom(len(p.Y), p.X.D, memory)
	told.method("passes in their order, each for %s", few.Count(size, "class"))
	for first := 0; first < len(p.Y); first += size {
		b := newBatch(ctx, p, rows, norms, r.options[0], first, min(first+size, len(p.Y)))
		b.told, b.plain = told, plain
		err := r.costs(b)
		b.team.Close()
		if err != nil {
			return nil, err
		}
		for _, c := range b.all {
			if slices.ContainsFunc(r.stats, func(s Stats) bool { return !s.Classes[c.k].Converged }) {
				left = append(left, c.k)
			}
		}
	}
	return left, nil
}

// costs solves the classes of a batch at each cost, upwards.
func (r *results) costs(b *batch) error {
	for _, i := range upwards(r.options) {
		if err := b.solve(r.options[i]); err != nil {
			return err
		}
		for _, c := range b.all {
			r.models[i].Weights[c.k] = slices.Clone(c.model[:b.d])
			r.models[i].Bias[c.k] = b.o.Bias * c.model[b.d]
			r.stats[i].Classes[c.k] = c.stats
		}
	}
	return nil
}

// inBlocks is descent on blocks of rows.
func (r *results) inBlocks(ctx context.Context, p Problem, rows []int, norms []float64, room room, told *progress) error {
	ctx, cancel := context.WithCancel(ctx)
	o := r.options[0]
	s := newStream(p.X, rows, room, o.Seed, o.Threads)
	s.told = told
	told.method("%s", room.cut(len(p.Y), s.blocks))
	var reading sync.WaitGroup
	reading.Go(func() { s.read(ctx) })
	defer reading.Wait()
	defer cancel()
	const share = 2 // threads, whatever their number: heads do not depend on it
	size := groupSize(room.classes, p.X.D, share)
	for first := 0; first < len(p.Y); first += room.classes {
		end := min(first+room.classes, len(p.Y))
		var groups []*group
		for k := first; k < end; k += size {
			groups = append(groups, newGroup(p, o, rows, norms, k, min(k+size, end)))
		}
		if err := s.run(ctx, groups, r.path); err != nil {
			return err
		}
		if end < len(p.Y) {
			groups = nil
			debug.FreeOSMemory() // what is known of the classes that are done makes room for that of the next
		}
	}
	return nil
}
