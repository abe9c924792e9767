package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"fc7/datasets"
	"fc7/extract"
	"fc7/internal/f32"
	"fc7/internal/machine"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
)

// ExtractWanted says what whole extractions are timed on.
type ExtractWanted struct {
	DataSet string
	Choice  datasets.Options
	Net     backbone.Wanted
	Images  []int // of each job, or one number for all; see ExtractImages
	Runs    int
	Job     extraction.Job // limits of its images, threads
}

// ExtractImages are how many images the jobs take where nothing is said: each then takes about as long.
func ExtractImages() []int { return []int{400, 100, 30} }

// Extract is how fast whole jobs go on this machine: images read, decoded, through the net, into a table on the disk.
type Extract struct {
	DataSet string       `json:"data_set"`
	Net     string       `json:"net"`
	Threads int          `json:"threads"`
	Kernels string       `json:"kernels"`
	Runs    int          `json:"runs"`           // of each job
	Load    *float64     `json:"load,omitempty"` // of the machine before the first, on average over a minute
	Jobs    []ExtractJob `json:"jobs"`
}

// ExtractJob is one job: the median of several runs.
type ExtractJob struct {
	Name        string          `json:"name"`
	Images      int             `json:"images"`
	Failed      int             `json:"failed"`       // of them, that could not be read
	Rate        float64         `json:"images_per_s"` // the median
	Rates       []float64       `json:"runs_images_per_s"`
	Together    float64         `json:"together"`          // images that went through the net at once, on average
	Others      []float64       `json:"others,omitempty"`  // processors that other programs took during each run, on average
	MemoryBytes uint64          `json:"peak_memory_bytes"` // of all runs, weights and all; 0: not known here
	Tensors     []ExtractTensor `json:"tensors"`
}

// ExtractTensor is what the net saw of some images at one scale.
type ExtractTensor struct {
	extract.Pictures
	Images int `json:"images"`
}

// extractJobs are what people extract: torchvision's crop, the paper's descriptor at one scale, and at three.
var extractJobs = []struct {
	name string
	o    extract.Options
}{
	{"centre 224", extract.Options{Scales: []int{256}, Views: extract.ViewsCentre}},
	{"dense Q=256 with flips", extract.Options{Scales: []int{256}}},
	{"dense Q=256,384,512 with flips", extract.Options{Scales: []int{256, 384, 512}}},
}

// RunExtract times whole extractions of images that are spread evenly over a data set, by a net that is loaded, into a
// temporary folder that is removed after each. Each job is told to done when it is measured.
func RunExtract(ctx context.Context, w ExtractWanted, ev conveyor.Events, done func(ExtractJob)) (Extract, error) {
	if err := backbone.Distinct(ctx, []backbone.Wanted{w.Net}, new(extract.Options)); err != nil {
		return Extract{}, err
	}
	set, err := datasets.Open(ctx, w.DataSet, w.Choice)
	if err != nil {
		return Extract{}, err
	}
	w.Net.Threads = w.Job.Threads
	net, err := backbone.LoadFor(ctx, w.Net, extract.Options{})
	if err != nil {
		return Extract{}, err
	}
	team := f32.NewTeam(w.Job.Threads)
	b := Extract{DataSet: w.DataSet, Net: net.Config.Name, Threads: team.Size(), Kernels: f32.Kernels(), Runs: w.Runs}
	team.Close()
	if n := machine.Load(); n >= 0 {
		b.Load = &n
	}
	ev = conveyor.Events{Warning: ev.Warning, Note: ev.Note}.WarnOnce()
	for i, j := range extractJobs {
		one := w.Job
		one.DataSet, one.Describe = w.DataSet, j.o.For(net.Config.Side())
		job, err := timeExtract(ctx, one, spread(set, w.Images[min(i, len(w.Images)-1)]), net, w.Runs, ev)
		if err != nil {
			return b, fmt.Errorf("%s: %w", j.name, err)
		}
		job.Name = strings.Replace(j.name, "224", strconv.Itoa(net.Config.Side()), 1)
		b.Jobs = append(b.Jobs, job)
		if done != nil {
			done(job)
		}
	}
	return b, nil
}

// spread takes n images of a set, as far apart as may be: neighbours are often of one class, and of one size.
func spread(set *datasets.Set, n int) *datasets.Set {
	some, all := *set, set.Items
	n = min(n, len(all))
	some.Items = make([]datasets.Item, n)
	for i := range some.Items {
		some.Items[i] = all[i*len(all)/n]
	}
	return &some
}

func timeExtract(ctx context.Context, j extraction.Job, set *datasets.Set, net *backbone.Net, runs int, ev conveyor.Events) (ExtractJob, error) {
	out := ExtractJob{Images: len(set.Items)}
	debug.FreeOSMemory()
	reset := machine.ResetPeak()
	for run := range runs {
		if err := out.run(ctx, j, set, net, ev); err != nil {
			return out, err
		}
		if run == 0 && !reset {
			ev.TellNote("the peak memory of one job cannot be told here: it is that of the process so far")
		}
	}
	out.MemoryBytes = machine.PeakMemory()
	out.Rate = median(out.Rates)
	return out, nil
}

// run does the job once.
func (e *ExtractJob) run(ctx context.Context, j extraction.Job, set *datasets.Set, net *backbone.Net, ev conveyor.Events) (err error) {
	dir, err := os.MkdirTemp("", "fc7-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	j.Out = filepath.Join(dir, "run")
	before, _ := othersTime()
	began := time.Now()
	r, err := extraction.ExtractSet(ctx, j, set, net, ev)
	took := time.Since(began)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !errors.Is(err, conveyor.ErrSomeFailed):
		return err
	}
	if after, ok := othersTime(); ok {
		e.Others = append(e.Others, max(0, (after-before).Seconds()/took.Seconds()))
	}
	e.Rates = append(e.Rates, float64(len(set.Items))/took.Seconds())
	e.Failed, e.Together = r.Manifest.Counts.Failed, r.Progress.Batches.Mean()
	if e.Tensors != nil {
		return nil
	}
	e.Tensors, err = tensorsOf(j)
	return err
}

// othersTime is what other programs have had of the processors so far; not ok: it is not known.
func othersTime() (_ time.Duration, ok bool) {
	all, own, ok := machine.ProcessorTime()
	return all - own, ok
}

// tensorsOf counts what the net saw, by the sizes of the images in the table.
func tensorsOf(j extraction.Job) ([]ExtractTensor, error) {
	t, err := outputs.OpenTable(j.Out, outputs.ReadOptions{})
	if err != nil {
		return nil, err
	}
	count := map[extract.Pictures]int{}
	for _, row := range t.Rows {
		if row.Status != outputs.StatusOK {
			continue
		}
		for _, p := range j.Describe.Pictures(row.Width, row.Height) {
			count[p]++
		}
	}
	out := []ExtractTensor{}
	for _, p := range slices.SortedFunc(maps.Keys(count), func(a, b extract.Pictures) int {
		return cmp.Or(a.Height*a.Width-b.Height*b.Width, a.Height-b.Height, a.Count-b.Count)
	}) {
		out = append(out, ExtractTensor{p, count[p]})
	}
	return out, nil
}

// Busiest is the most that other programs took of the processors in a run; NaN: not known here.
func (e *ExtractJob) Busiest() float64 {
	if len(e.Others) == 0 {
		return math.NaN()
	}
	return slices.Max(e.Others)
}
