package bench

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"time"

	"fc7/internal/f32"
	"fc7/vgg"
)

// measures are what layers are timed in: so many views on so many threads.
var measures = [4]struct{ threads, views int }{{1, fewViews}, {1, moreViews}, {1, foretoldViews}, {2, foretoldViews}}

// layerTime is what a layer, with the pooling that follows it, takes in each of the measures, in seconds.
type layerTime struct {
	name    string
	seconds [len(measures)]float64
}

// busy is the part of all processors that other programs may take while a figure is measured.
const busy = 0.05

// layerTimes are the medians of rounds of all measures by turns, since clocks drift, after one that brings memory and
// caches up. Passes that other programs disturb do not count, unless all of a measure were disturbed; there are up to
// twice as many rounds, until enough were not.
func (b *Teams) layerTimes(ctx context.Context, m *vgg.Model, last string, runs int) ([]layerTime, error) {
	runners := [2]*vgg.Runner{vgg.NewRunner(m, 1), vgg.NewRunner(m, 2)}
	defer runners[0].Close()
	defer runners[1].Close()
	side := m.Config.Side()
	views := randomViews(rand.New(rand.NewPCG(1, 1)), foretoldViews, side, side)
	var took [len(measures)]passes
	enough := func() bool {
		return !slices.ContainsFunc(took[:], func(p passes) bool { return len(p.quiet) < runs })
	}
	for round := 0; round <= 2*runs && !enough(); round++ {
		for i, of := range measures {
			p, err := timePass(ctx, runners[of.threads-1], side, views[:of.views], last)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				took[i].take(p)
			}
		}
	}
	var out []layerTime
	for _, name := range took[0].all[0].names {
		l := layerTime{name: name}
		for i := range took {
			l.seconds[i] = took[i].median(name)
		}
		out = append(out, l)
	}
	for i := range took {
		for _, p := range took[i].counted() {
			b.Others = max(b.Others, p.others)
		}
	}
	return out, nil
}

// timed is a pass: the time of each layer, and the processors that other programs took meanwhile.
type timed struct {
	names  []string
	layers map[string]time.Duration
	others float64
}

// passes are those of a measure.
type passes struct{ all, quiet []timed }

func (p *passes) take(t timed) {
	p.all = append(p.all, t)
	if t.others <= busy*float64(runtime.NumCPU()) {
		p.quiet = append(p.quiet, t)
	}
}

// counted are the passes that were not disturbed, if there are.
func (p *passes) counted() []timed {
	if len(p.quiet) > 0 {
		return p.quiet
	}
	return p.all
}

func (p *passes) median(layer string) float64 {
	var took []time.Duration
	for _, t := range p.counted() {
		took = append(took, t.layers[layer])
	}
	return median(took).Seconds()
}

// timePass is one pass of views of the net's own size up to a layer.
func timePass(ctx context.Context, r *vgg.Runner, side int, views [][]byte, last string) (timed, error) {
	t := timed{layers: map[string]time.Duration{}}
	r.Trace = func(layers string, d time.Duration, _ int64) {
		name, _, _ := strings.Cut(layers, "+")
		if _, known := t.layers[name]; !known {
			t.names = append(t.names, name)
		}
		t.layers[name] += d
	}
	before, _ := othersTime()
	began := time.Now()
	_, err := r.Forward(ctx, side, side, views, []string{last})
	after, _ := othersTime()
	t.others = max(0, (after-before-ticks).Seconds()/time.Since(began).Seconds())
	return t, err
}

// ticks is how far two readings of the processors' time may be off together.
const ticks = 20 * time.Millisecond

// readRate is how many bytes a second so many threads read together.
func readRate(threads int) float64 {
	const floats, pieces = 64 << 20, 256
	x := f32.Make(floats)
	for i := 0; i < floats; i += 1024 { // every page has memory of its own
		x[i] = 1
	}
	t := f32.NewTeam(threads)
	defer t.Close()
	best := 0.0
	for range 5 {
		began := time.Now()
		t.Run(pieces, reading(x))
		best = max(best, 4*floats/time.Since(began).Seconds())
	}
	return best
}

// reading reads a piece of memory, by multiplying its halves.
type reading []float32

func (x reading) Do(_, i int) {
	n := len(x) / 256
	part := x[i*n : (i+1)*n]
	f32.Dot(part[:n/2], part[n/2:])
}
