package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// work is a trial of a job.
type work struct {
	r *prepared
	t trial
}

// torture prepares all jobs and lets all trials happen, in an order that does each job justice however early it ends.
func torture(ctx context.Context, o options, s *server, bin, home string, t *table) error {
	places := make([]*place, o.workers)
	for i := range places {
		places[i] = &place{s, fmt.Sprintf("w%d", i), bin, home}
	}
	world, err := drawWorld(ctx, places[0])
	if err != nil {
		return err
	}
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(find(world, r.URL.Path[1:]).data))
	}))
	defer files.Close()
	began := time.Now()
	ready, err := prepareAll(ctx, o, places, jobs(files.URL), world)
	if err != nil {
		return err
	}
	for _, r := range ready {
		t.add(r)
	}
	queue := o.trials(ready)
	fmt.Printf("%d jobs are prepared, %d trials to do, at %d places\n", len(ready), len(queue), len(places))
	return each(ctx, places, len(queue), func(p *place, i int) error {
		if o.budget > 0 && time.Since(began) > o.budget {
			return nil
		}
		w := queue[i]
		err := w.r.try(ctx, p, w.t)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t.tell(w, err, o.verbose)
		return nil
	})
}

// prepareAll runs each job undisturbed.
func prepareAll(ctx context.Context, o options, places []*place, all []*job, world *node) ([]*prepared, error) {
	all = slices.DeleteFunc(all, func(j *job) bool { return j.heavy && !o.heavy || !strings.HasPrefix(j.name, o.only) })
	ready := make([]*prepared, len(all))
	err := each(ctx, places, len(all), func(p *place, i int) (err error) {
		if ready[i], err = all[i].prepare(ctx, p, world); err != nil {
			err = fmt.Errorf("%s, undisturbed: %w", all[i].name, err)
		}
		return err
	})
	return ready, err
}

// each does f for all numbers below n, at all places at once, until one fails.
func each(ctx context.Context, places []*place, n int, f func(p *place, i int) error) error {
	var lock sync.Mutex
	var first error
	next := 0
	take := func() int {
		lock.Lock()
		defer lock.Unlock()
		if first != nil || ctx.Err() != nil || next == n {
			return -1
		}
		next++
		return next - 1
	}
	var wait sync.WaitGroup
	for _, p := range places {
		wait.Go(func() {
			for i := take(); i >= 0; i = take() {
				if err := f(p, i); err != nil {
					lock.Lock()
					if first == nil {
						first = err
					}
					lock.Unlock()
				}
			}
		})
	}
	wait.Wait()
	if first == nil {
		first = ctx.Err()
	}
	return first
}

// trials are all that are asked for, the jobs and parts by turns, each in an order drawn by the seed.
func (o options) trials(ready []*prepared) (queue []work) {
	random := chance(o.seed)
	var piles [][]work
	for _, r := range ready {
		for _, p := range o.parts {
			var pile []work
			for _, t := range o.trialsOf(r, p, random) {
				pile = append(pile, work{r, t})
			}
			random.Shuffle(len(pile), func(i, j int) { pile[i], pile[j] = pile[j], pile[i] })
			piles = append(piles, pile)
		}
	}
	for len(piles) > 0 {
		for i, pile := range piles {
			queue, piles[i] = append(queue, pile[0]), pile[1:]
		}
		piles = slices.DeleteFunc(piles, func(p []work) bool { return len(p) == 0 })
	}
	return queue
}

// trialsOf are the trials of one job and part. Points are spread evenly over its calls.
func (o options) trialsOf(r *prepared, p part, random *rand.Rand) (all []trial) {
	switch p {
	case power, kills:
		n := min(o.points, 2*r.writes)
		if p == kills {
			n = o.kills
		}
		if p == power {
			all = append(all, trial{part: p, plan: plan{what: end}, seed: random.Uint64()})
		}
		for i := range n {
			t := trial{part: p, seed: random.Uint64()}
			if p == power || i%2 == 0 {
				at := i * 2 * r.writes / n
				t.plan = plan{what: stop, at: at/2%r.writes + 1, done: at%2 == 1}
			} else {
				t.at = time.Duration(random.Float64() * r.took * float64(time.Second))
			}
			all = append(all, t)
		}
	case failed:
		for _, f := range faults(r.calls) {
			all = append(all, trial{part: p, plan: f, seed: random.Uint64()})
		}
		if o.faults > 0 && len(all) > o.faults {
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			all = all[:o.faults]
		}
	}
	return all
}

// table counts what was done.
type table struct {
	sync.Mutex
	lines []*line
}

type line struct {
	r     *prepared
	done  map[part]int
	wrong int
}

func (t *table) add(r *prepared) {
	t.lines = append(t.lines, &line{r: r, done: map[part]int{}})
}

// tell counts a trial, and tells what was wrong.
func (t *table) tell(w work, err error, all bool) {
	t.Lock()
	defer t.Unlock()
	for _, l := range t.lines {
		if l.r != w.r {
			continue
		}
		l.done[w.t.part]++
		if err != nil {
			l.wrong++
		}
	}
	if err != nil {
		fmt.Printf("FAIL %s: %v: %v\n", w.r.name, w.t, err)
	} else if all {
		fmt.Fprintf(os.Stderr, "ok   %s: %v\n", w.r.name, w.t)
	}
}

func (t *table) bad() (n int) {
	for _, l := range t.lines {
		n += l.wrong
	}
	return n
}

func (t *table) print(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "job\tchanges\tcalls\tpower cuts\tkills\tfaults\twrong\t")
	sum := line{done: map[part]int{}}
	row := func(name string, changes, calls any, l *line) {
		fmt.Fprintf(out, "%s\t%v\t%v\t%d\t%d\t%d\t%d\t\n", name, changes, calls, l.done[power], l.done[kills], l.done[failed], l.wrong)
	}
	for _, l := range t.lines {
		calls := 0
		for _, n := range l.r.calls {
			calls += n
		}
		row(l.r.name, l.r.writes, calls, l)
		for p, n := range l.done {
			sum.done[p] += n
		}
		sum.wrong += l.wrong
	}
	row("all", "", "", &sum)
	out.Flush()
}
