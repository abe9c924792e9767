package svm

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fc7/internal/fault"
)

// Stats is how training ended, class by class in the order of Problem.Y.
type Stats struct {
	Classes []ClassStats
	elapsed time.Duration // of the whole call; in TrainPath of the whole path
}

// converged tells whether all classes kept to the tolerance.
func (s Stats) converged() bool {
	return !slices.ContainsFunc(s.Classes, func(c ClassStats) bool { return !c.Converged })
}

// Train fits one classifier a class. A class that did not converge is no error: Stats says so. A class with labels of
// one sign only is trained as the formula says; one without any label gets zero weights.
func Train(ctx context.Context, p Problem, o Options) (*Model, Stats, error) {
	models, stats, err := TrainPath(ctx, p, o, nil)
	if err != nil {
		return nil, Stats{}, err
	}
	return models[0], stats[0], nil
}

// TrainPath fits one model for each cost of cs (nil: Options.C alone) and returns models and statistics in the order of
// cs. It goes up the costs, each started from the solution of the one before; so a model agrees with that of Train
// within the tolerance, not to the last bit.
func TrainPath(ctx context.Context, p Problem, o Options, cs []float64) ([]*Model, []Stats, error) {
	start := time.Now()
	rows, err := p.rows()
	if err != nil {
		return nil, nil, err
	}
	if cs == nil {
		cs = []float64{o.C}
	}
	options := make([]Options, len(cs))
	for i, c := range cs {
		o.C = c
		if options[i], err = o.withDefaults(); err != nil {
			return nil, nil, err
		}
	}
	var norms []float64
	err = fault.Guard(func() (err error) {
		norms, err = p.X.squares(rows)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if o.Loss == Softmax && len(options) > 0 {
		return trainSoftmax(ctx, p, rows, options)
	}
	r := newResults(p, options)
	if err := r.run(ctx, p, rows, norms); err != nil {
		return nil, nil, fmt.Errorf("svm: training %d classes on %d rows: %w", len(p.Y), len(rows), err)
	}
	for i := range r.stats {
		r.stats[i].elapsed = time.Since(start)
	}
	return r.models, r.stats, nil
}

// results collects what the groups find; each writes to the places of its own classes only.
type results struct {
	options []Options
	models  []*Model
	stats   []Stats
}

func newResults(p Problem, options []Options) *results {
	r := &results{options: options}
	for range options {
		r.models = append(r.models, &Model{D: p.X.D, Weights: make([][]float64, len(p.Y)), Bias: make([]float64, len(p.Y))})
		r.stats = append(r.stats, Stats{Classes: make([]ClassStats, len(p.Y))})
	}
	return r
}

// run shares the classes out in groups over the threads. Grouping changes the speed only.
func (r *results) run(ctx context.Context, p Problem, rows []int, norms []float64) error {
	if len(r.options) == 0 {
		return nil
	}
	o := r.options[0]
	memory := o.memory()
	if room := plan(p, rows, o.Threads, memory); room != nil {
		return r.streamed(ctx, p, rows, norms, *room, memory)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	threads := min(r.options[0].Threads, len(p.Y))
	size := groupSize(len(p.Y), p.X.D, threads)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range threads {
		wg.Go(func() {
			for {
				last := int(next.Add(int64(size)))
				first := last - size
				if first >= len(p.Y) {
					return
				}
				g := newGroup(p, r.options[0], rows, norms, first, min(last, len(p.Y)))
				if err := fault.Guard(func() error { return r.path(ctx, g) }); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// streamed trains on rows that are larger than memory.
func (r *results) streamed(ctx context.Context, p Problem, rows []int, norms []float64, room room, memory int64) error {
	ctx, cancel := context.WithCancel(ctx)
	o := r.options[0]
	s := newStream(p.X, rows, room, o.Seed, o.Threads)
	s.told = &progress{tell: o.Tell, last: time.Now()}
	s.told.say("%s", room.says(p, rows, len(s.blocks), memory))
	var reading sync.WaitGroup
	reading.Go(func() { s.read(ctx) })
	defer reading.Wait()
	defer cancel()
	size := groupSize(room.classes, p.X.D, o.Threads)
	for first := 0; first < len(p.Y); first += room.classes {
		end := min(first+room.classes, len(p.Y))
		var groups []*group
		for k := first; k < end; k += size {
			groups = append(groups, newGroup(p, o, rows, norms, k, min(k+size, end)))
		}
		if err := s.run(ctx, groups, r.path); err != nil {
			return err
		}
		groups = nil
		debug.FreeOSMemory() // what is known of the classes that are done makes room for that of the next
	}
	return nil
}

// groupBytes is how much the weights of a group may take: about half of a core's L2 cache.
const groupBytes = 512 << 10

// groupSize returns how many classes one goroutine trains together: as many as the cache holds, but at least two groups
// a thread where there are enough classes, so that no core waits long for another at the end.
func groupSize(classes, d, threads int) int {
	fit := max(1, groupBytes/(4*d))
	rounds := max(2, (classes+threads*fit-1)/(threads*fit))
	return max(1, (classes+threads*rounds-1)/(threads*rounds))
}

// upwards are the options' places in the order of their costs.
func upwards(options []Options) []int {
	up := make([]int, len(options))
	for i := range up {
		up[i] = i
	}
	slices.SortStableFunc(up, func(a, b int) int { return cmp.Compare(options[a].C, options[b].C) })
	return up
}

// path trains the group for each of the costs, upwards.
func (r *results) path(ctx context.Context, g *group) error {
	for n, i := range upwards(r.options) {
		if n > 0 {
			g.rescale(r.options[i])
		}
		g.o = r.options[i]
		if err := g.solve(ctx); err != nil {
			return err
		}
		for _, c := range g.classes {
			r.models[i].Weights[c.k] = slices.Clone(c.w)
			r.models[i].Bias[c.k] = g.o.Bias * c.b
			r.stats[i].Classes[c.k] = c.stats
		}
	}
	return nil
}

// solve brings all classes of the group to the tolerance at cost g.o.C, or as near as the limits allow: a round with
// short weights, rounds with exact ones where the audit says that they are needed, Newton's method where those do not
// suffice.
func (g *group) solve(ctx context.Context) error {
	if g.o.Loss == Logistic {
		return g.logistic(ctx)
	}
	g.shorten()
	for g.round = 0; ; g.round++ {
		for _, c := range g.classes {
			c.settled = g.round > 0 && c.stats.Converged
		}
		if err := g.descend(ctx); err != nil {
			return err
		}
		if g.round == 0 {
			if err := g.lengthen(ctx); err != nil {
				return err
			}
		}
		if err := g.audit(ctx, 0, len(g.classes)); err != nil {
			return err
		}
		again := false
		for _, c := range g.classes {
			again = again || !c.stats.Converged && c.passes < g.o.MaxIterations
		}
		if !again {
			return g.polish(ctx)
		}
	}
}

// shorten starts the first round from the present weights, but for problems that single precision cannot hold:
// |wᵀx|² is at most 2 n C_i max ‖x‖², since g(α) never falls below 0.
func (g *group) shorten() {
	highest := max(g.o.cost(1), g.o.cost(-1)) * float64(len(g.rows))
	if 2*highest*max(g.largest, 1) > 1e60 || !g.modest {
		return
	}
	for _, c := range g.classes {
		c.short = make([]float32, len(c.w))
		for d, v := range c.w {
			c.short[d] = float32(v)
		}
	}
}

// lengthen ends the first round: w = Σ α_i y_i x_i in double precision.
func (g *group) lengthen(ctx context.Context) error {
	for _, c := range g.classes {
		c.short = nil
	}
	return g.rebuild(ctx, 0, len(g.classes))
}

// polish hands what descent left unfinished to Newton's method, and keeps what comes back where it is better.
func (g *group) polish(ctx context.Context) error {
	if g.o.noNewton {
		return nil
	}
	for j, c := range g.classes {
		if c.stats.Converged {
			continue
		}
		before := g.save(j)
		if err := g.finish(ctx, j); err != nil {
			return err
		}
		was := c.stats
		if err := g.audit(ctx, j, j+1); err != nil {
			return err
		}
		if !c.stats.Converged && !(c.stats.Gap < was.Gap) {
			was.NewtonSteps = c.newton
			c.stats = was
			g.load(j, before)
		}
	}
	return nil
}

// saved is the solution of one class.
type saved struct {
	alpha, w []float64
	b        float64
}

func (g *group) save(j int) saved {
	s := saved{alpha: make([]float64, len(g.rows)), w: slices.Clone(g.classes[j].w), b: g.classes[j].b}
	for i := range s.alpha {
		s.alpha[i] = g.cell(i, j).alpha
	}
	return s
}

func (g *group) load(j int, s saved) {
	for i, a := range s.alpha {
		g.cell(i, j).alpha = a
	}
	g.classes[j].w, g.classes[j].b = s.w, s.b
}
