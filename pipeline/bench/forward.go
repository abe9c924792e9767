package bench

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"fc7/internal/f32"
	"fc7/internal/machine"
	"fc7/pipeline/backbone"
	"fc7/vgg"
)

// Bench is this machine's figures for one net.
type Forward struct {
	Net        string       `json:"net"`
	Threads    int          `json:"threads"`
	Kernels    string       `json:"kernels"`
	Weights    int          `json:"weights_bytes"` // packed, in memory
	Work       int64        `json:"work_bytes"`    // maps and work spaces, in memory
	PeakGFLOPs float64      `json:"peak_gflops"`   // measured, all threads, multiply-adds in registers
	Jobs       []ForwardJob `json:"jobs"`
}

// ForwardJob is one job of the bench: the median of several runs.
type ForwardJob struct {
	Name        string  `json:"name"`
	Millis      float64 `json:"ms_per_image"`
	GFLOPs      float64 `json:"gflops"` // as the direct method would need them
	PeakShare   float64 `json:"share_of_peak"`
	MemoryBytes uint64  `json:"peak_memory_bytes"` // of the process so far; 0: not known here
	Layers      []Layer `json:"layers"`
}

// Layer is a layer's share of a job.
type Layer struct {
	Name   string  `json:"name"`
	Millis float64 `json:"ms_per_image"`
	GFLOPs float64 `json:"gflops"`
}

// benchJob is a job as it is measured: views of these sizes, runs times.
type benchJob struct {
	name   string
	images int
	runs   int
	views  [][3]int // number, height, width
}

// benchJobs are those that the peers' scripts time, for a net that was made for images of that side.
func benchJobs(side int) []benchJob {
	name := fmt.Sprintf("%dx%[1]d batch ", side)
	return []benchJob{
		{name + "1", 1, 9, [][3]int{{1, side, side}}},
		{name + "8", 8, 5, [][3]int{{8, side, side}}},
		{"dense 4:3 Q=256,384,512 with flips", 1, 3, [][3]int{{2, 256, 341}, {2, 384, 512}, {2, 512, 683}}},
	}
}

// RunForward times the forward pass; each job is told to done when it is measured.
func RunForward(ctx context.Context, n *backbone.Net, threads int, done func(ForwardJob)) (Forward, error) {
	r := vgg.NewRunner(n.Model, threads)
	defer r.Close()
	b := Forward{Net: n.Config.Name, Threads: r.Threads(), Kernels: f32.Kernels(), Weights: n.Bytes()}
	b.PeakGFLOPs = f32.Peak(r.Threads())
	for _, j := range benchJobs(n.Config.Side()) {
		job, err := j.measure(ctx, r, n.Model)
		if err != nil {
			return b, err
		}
		job.PeakShare = job.GFLOPs / b.PeakGFLOPs
		b.Jobs = append(b.Jobs, job)
		if done != nil {
			done(job)
		}
	}
	b.Work = r.Bytes()
	return b, nil
}

func (j benchJob) measure(ctx context.Context, r *vgg.Runner, m *vgg.Model) (ForwardJob, error) {
	layer := m.Config.Layers()[len(m.Config.Layers())-1].Name
	var views [][][]byte
	random := rand.New(rand.NewPCG(1, 1))
	for _, v := range j.views {
		views = append(views, randomViews(random, v[0], v[1], v[2]))
	}
	t := newTally()
	r.Trace = t.add
	defer func() { r.Trace = nil }()
	var times []time.Duration
	for run := range j.runs + 1 { // the first brings memory and caches up
		t.reset()
		began := time.Now()
		for i, v := range j.views {
			if _, err := r.Forward(ctx, v[1], v[2], views[i], []string{layer}); err != nil {
				return ForwardJob{}, err
			}
		}
		if run > 0 {
			times = append(times, time.Since(began))
			t.keep()
		}
	}
	out := ForwardJob{Name: j.name, Millis: millis(median(times)) / float64(j.images), MemoryBytes: machine.PeakMemory()}
	out.Layers, out.GFLOPs = t.layers(j.images)
	out.GFLOPs /= out.Millis * 1e6
	return out, nil
}

// randomViews are n pictures of h x w.
func randomViews(random *rand.Rand, n, h, w int) [][]byte {
	views := make([][]byte, n)
	for i := range views {
		views[i] = make([]byte, 3*h*w)
		for k := range views[i] {
			views[i][k] = byte(random.Uint32())
		}
	}
	return views
}

func millis(d time.Duration) float64 { return d.Seconds() * 1e3 }

func median[T cmp.Ordered](x []T) T {
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}

// tally adds up what a Runner traces.
type tally struct {
	names []string
	work  map[string]int64
	now   map[string]time.Duration
	runs  map[string][]time.Duration
}

func newTally() *tally {
	return &tally{work: map[string]int64{}, now: map[string]time.Duration{}, runs: map[string][]time.Duration{}}
}

func (t *tally) reset() {
	clear(t.now)
	clear(t.work)
}

func (t *tally) add(layers string, d time.Duration, multiplyAdds int64) {
	if !slices.Contains(t.names, layers) {
		t.names = append(t.names, layers)
	}
	t.now[layers] += d
	t.work[layers] += multiplyAdds
}

func (t *tally) keep() {
	for name, d := range t.now {
		t.runs[name] = append(t.runs[name], d)
	}
}

// layers gives each layer's median, and all operations of an image.
func (t *tally) layers(images int) (out []Layer, flops float64) {
	for _, name := range t.names {
		ms := millis(median(t.runs[name])) / float64(images)
		work := 2 * float64(t.work[name]) / float64(images)
		flops += work
		out = append(out, Layer{name, ms, work / (ms * 1e6)})
	}
	return out, flops
}
