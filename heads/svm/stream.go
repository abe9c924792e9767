package svm

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"fc7/internal/fault"
)

// A table that is larger than memory passes by in blocks, which one reader copies out of it while the block before is
// worked on: Yu, Hsieh, Chang and Lin, "Large linear classification when data cannot fit in memory", KDD 2010. All
// groups of classes take their passes in step, so that each reading of the table serves all of them; a block is done
// when each group has visited its rows, in an order of its own. The steps, and how they end, are those of memory.
//
// A block is made of pieces from all over the table, since tables lie class by class. The blocks are the same in each
// pass, and what a class does depends on them, the seed and its own rounds only: not on the classes beside it.

// stream is the reading of a table.
type stream struct {
	x       Matrix // rows that are held lie in memory
	rows    []int
	blocks  [][]int32 // places in rows, upwards
	held    int       // of the blocks, the first ones, stay in memory
	threads int
	free    chan []float32
	loaded  chan loadedBlock
	asks    chan ask
	own     []bool // of rows, those that are held already
	told    *progress
}

// loadedBlock is a block of rows of D values that lie one behind the other, without their factors.
type loadedBlock struct {
	number int
	places []int32
	x      []float32
	err    error
}

// ask is a group's wish for a pass; without work it has left.
type ask struct {
	work func(*loadedBlock) error
	done chan error
}

const (
	ahead       = 512     // rows that the system is told of before they are read one by one
	pieceBytes  = 2 << 20 // of the table that lie together: a disk reads so much as fast as any
	aheadPieces = 8       // that the system is told of before they are read
)

// newStream divides the rows into blocks of at most size rows.
func newStream(x Matrix, rows []int, r room, seed uint64, threads int) *stream {
	s := &stream{
		x: x, rows: rows, threads: threads, own: make([]bool, len(rows)),
		free: make(chan []float32, 2), loaded: make(chan loadedBlock), asks: make(chan ask),
	}
	piece := min(max(1, pieceBytes/x.rowBytes()), max(1, r.block/8))
	order := make([]int32, (len(rows)+piece-1)/piece)
	turn{seed: seed, pass: -1}.order(order, 0)
	each := max(1, r.block/piece)
	for pieces := range slices.Chunk(order, each) {
		slices.Sort(pieces)
		var block []int32
		for _, p := range pieces {
			for i := int(p) * piece; i < min((int(p)+1)*piece, len(rows)); i++ {
				block = append(block, int32(i))
			}
		}
		s.blocks = append(s.blocks, block)
	}
	s.held = min(r.held, len(s.blocks))
	s.x.Blocks = slices.Clone(x.Blocks)
	for k := range s.x.Blocks {
		b := &s.x.Blocks[k]
		b.Rows, b.Half = slices.Clone(b.Rows), slices.Clone(b.Half)
	}
	for range cap(s.free) {
		s.free <- make([]float32, each*piece*x.D)
	}
	return s
}

// run solves the groups in step.
func (s *stream) run(ctx context.Context, groups []*group, solve func(context.Context, *group) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	defer work.Wait()
	for _, g := range groups {
		g.stream = s
		work.Go(func() {
			if err := solve(ctx, g); err != nil {
				cancel(err)
			}
			s.asks <- ask{}
		})
	}
	for live := len(groups); ; {
		var all []ask
		for len(all) < live {
			if a := <-s.asks; a.work != nil {
				all = append(all, a)
			} else {
				live--
			}
		}
		if live == 0 {
			return context.Cause(ctx)
		}
		err := s.pass(ctx, all)
		for _, a := range all {
			a.done <- err
		}
	}
}

// each is group.each.
func (s *stream) each(ctx context.Context, g *group, t *turn, do func(i int, x vector)) error {
	a := ask{done: make(chan error), work: func(b *loadedBlock) error {
		perm := g.order(t, b.number, len(b.places))
		for n := range b.places {
			if n&63 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if perm != nil {
				n = int(perm[n])
			}
			i := int(b.places[n])
			g.view = s.x.view(s.rows[i], b.x[n*s.x.D:(n+1)*s.x.D], g.view)
			do(i, g.view)
		}
		return nil
	}}
	s.asks <- a
	return <-a.done
}

// pass lets all blocks pass by once.
func (s *stream) pass(ctx context.Context, all []ask) error {
	defer s.told.pass()
	for range s.blocks {
		var b loadedBlock
		select {
		case b = <-s.loaded:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if b.err != nil {
			return b.err
		}
		errs := make([]error, len(all))
		var next atomic.Int64
		var work sync.WaitGroup
		for range min(s.threads, len(all)) {
			work.Go(func() {
				for i := int(next.Add(1)) - 1; i < len(all); i = int(next.Add(1)) - 1 {
					errs[i] = all[i].work(&b)
				}
			})
		}
		work.Wait()
		s.free <- b.x
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// read fills the blocks, round and round, until the context ends.
func (s *stream) read(ctx context.Context) {
	for n := 0; ; n = (n + 1) % len(s.blocks) {
		b := loadedBlock{number: n, places: s.blocks[n]}
		select {
		case b.x = <-s.free:
		case <-ctx.Done():
			return
		}
		b.err = fault.Guard(func() error { return s.fill(ctx, &b) })
		select {
		case s.loaded <- b:
		case <-ctx.Done():
			return
		}
	}
}

// fill copies the rows of a block.
func (s *stream) fill(ctx context.Context, b *loadedBlock) error {
	d := s.x.D
	step := max(1, pieceBytes/s.x.rowBytes())
	advise := func(from int) {
		for _, i := range b.places[min(from, len(b.places)):min(from+step, len(b.places))] {
			if !s.own[i] {
				s.x.wanted(s.rows[i])
			}
		}
	}
	for n := 0; n < aheadPieces*step; n += step {
		advise(n)
	}
	for n, i := range b.places {
		if n%step == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			advise(n + aheadPieces*step)
		}
		r := s.rows[i]
		if b.number < s.held && !s.own[i] {
			s.x.own(r)
			s.own[i] = true
		}
		s.x.widen(r, b.x[n*d:(n+1)*d])
	}
	return nil
}
