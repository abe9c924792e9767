package svm

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"fc7/internal/fault"
	"fc7/internal/machine"
)

// A table that is larger than memory passes by in blocks, which one reader copies out of it while the block before is
// worked on: Yu, Hsieh, Chang and Lin, "Large linear classification when data cannot fit in memory", KDD 2010. All
// groups of classes take their passes in step, so that each reading of the table serves all of them; a block is done
// when each group has visited its rows, in an order of its own. The steps, and how they end, are those of memory.
//
// The blocks of each pass are made anew, of small pieces from all over the table: with the same blocks in each pass
// descent took 431 passes where 21 are enough in memory, with new ones as many as there. What a class does depends on
// the division of the rows and the seed, and on the classes of its group, whose number depends on the memory alone.

// stream is the reading of a table.
type stream struct {
	x       Matrix // rows that are held lie in memory
	rows    []int
	piece   int // rows that stay together
	pieces  int
	blocks  int // of a pass
	held    int // as many rows as those of so many blocks stay in memory
	threads int
	seed    uint64
	free    chan []float32
	loaded  chan loadedBlock
	asks    chan ask
	own     []bool // of rows, those that are held already
	single  bool   // none is of half precision: what is held is used where it lies
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
	pieceBytes = 64 << 10 // of the table that lie together: less would take a disk longer
	aheadBytes = 2 << 20  // of a step that the system is told of before it is read
	aheadSteps = 8
)

// newStream divides the rows into blocks of at most size rows.
func newStream(x Matrix, rows []int, r room, seed uint64, threads int) *stream {
	s := &stream{
		x: x, rows: rows, threads: threads, seed: seed, own: make([]bool, len(rows)),
		free: make(chan []float32, 2), loaded: make(chan loadedBlock), asks: make(chan ask),
	}
	piece := min(max(1, pieceBytes/x.rowBytes()), max(1, r.block/leastOfBlock))
	s.pieces = (len(rows) + piece - 1) / piece
	s.piece, s.blocks = piece, (len(rows)+r.block-1)/r.block
	s.held = min(r.held, s.blocks)
	s.single = !slices.ContainsFunc(x.Blocks, func(b Block) bool { return b.Half != nil })
	s.x.Blocks = slices.Clone(x.Blocks)
	for k := range s.x.Blocks {
		b := &s.x.Blocks[k]
		b.Rows, b.Half = slices.Clone(b.Rows), slices.Clone(b.Half)
	}
	for range cap(s.free) {
		s.free <- make([]float32, (s.pieces+s.blocks-1)/s.blocks*piece*x.D)
	}
	return s
}

// divide makes the blocks of a pass: of as many pieces as there are blocks each gets one.
func (s *stream) divide(pass int) [][]int32 {
	blocks, order := make([][]int32, s.blocks), make([]int32, s.blocks)
	r := rand.New(rand.NewPCG(s.seed, uint64(pass)))
	for p := range s.pieces {
		at := p % s.blocks
		if at == 0 {
			for i := range order {
				order[i] = int32(i)
			}
			r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		b := &blocks[order[at]]
		for i := p * s.piece; i < min((p+1)*s.piece, len(s.rows)); i++ {
			*b = append(*b, int32(i))
		}
	}
	return blocks
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
			if s.single && s.own[i] {
				g.view = s.x.row(s.rows[i], g.view)
			} else {
				g.view = s.x.view(s.rows[i], b.x[n*s.x.D:(n+1)*s.x.D], g.view)
			}
			do(i, g.view)
		}
		return nil
	}}
	s.asks <- a
	return <-a.done
}

// pass lets all blocks pass by once.
func (s *stream) pass(ctx context.Context, all []ask) error {
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
	if ahead := slices.Sorted(slices.Values(s.rows)); s.x.Mapped { // what lies around a piece is for another block
		s.x.advise(machine.Random, ahead)
		defer s.x.advise(machine.Anywhere, ahead)
	}
	var blocks [][]int32
	for n := 0; ; n++ {
		if n%s.blocks == 0 {
			blocks = s.divide(n / s.blocks)
		}
		b := loadedBlock{number: n % s.blocks, places: blocks[n%s.blocks]}
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
	step := max(1, aheadBytes/s.x.rowBytes())
	advise := func(from int) {
		var rows []int
		for _, i := range b.places[min(from, len(b.places)):min(from+step, len(b.places))] {
			if !s.own[i] {
				rows = append(rows, s.rows[i])
			}
		}
		s.x.advise(machine.Soon, rows)
	}
	for n := 0; n < aheadSteps*step; n += step {
		advise(n)
	}
	for n, i := range b.places {
		if n%step == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			advise(n + aheadSteps*step)
		}
		r := s.rows[i]
		if int(i)/s.piece%s.blocks < s.held && !s.own[i] {
			s.x.own(r)
			s.own[i] = true
		}
		if !(s.single && s.own[i]) {
			s.x.widen(r, b.x[n*d:(n+1)*d])
		}
	}
	return nil
}
