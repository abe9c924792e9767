package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"fc7/datasets"
	"fc7/extract"
	"fc7/outputs"
	"fc7/vgg"
)

// ExtractJob says what to extract; the zero value of an option is its default.
type ExtractJob struct {
	DataSet   string // KIND:PATH
	Choice    datasets.Options
	Net       string // expected net; empty: whatever the weights are of
	Weights   string // file
	Describe  extract.Options
	Decode    extract.DecodeOptions
	Dtype     string // outputs.Float32 (default) or outputs.Float16
	Out       string // the run's folder
	Threads   int    // of the net; 0: GOMAXPROCS
	Decoders  int    // images read and decoded at once; 0: as many as threads
	ShardRows int    // rows a shard; 0: see DefaultShardRows
}

// DefaultShardRows is few enough that an interruption costs two minutes of a full net at
// three scales. Large sets have more rows a shard, so that there are at most maxAutoShards.
const DefaultShardRows = 64

const maxAutoShards = 1000

// shardRows is the number of rows a shard of a set of n items.
func (j ExtractJob) shardRows(n int) int {
	if j.ShardRows != 0 {
		return j.ShardRows
	}
	return max(DefaultShardRows, (n+maxAutoShards-1)/maxAutoShards)
}

// ExtractResult is a finished extraction.
type ExtractResult struct {
	Out      string
	Set      *datasets.Set
	Manifest outputs.Manifest
	Progress Progress
	Trained  bool // false: the weights are random
}

// Extract makes or completes a feature table. Where the folder holds shards of the same
// run, they are kept; where it holds those of other settings, it returns a
// *MismatchError. It returns ErrSomeFailed with a complete result if images failed, and an
// *InterruptedError if the context ended.
func Extract(ctx context.Context, j ExtractJob, ev Events) (*ExtractResult, error) {
	set, err := datasets.Open(j.DataSet, j.Choice)
	if err != nil {
		return nil, err
	}
	tellSet(set, ev)
	net, err := LoadNet(ctx, j.Net, j.Weights, j.Describe.Resolved().Layer, j.Threads)
	if err != nil {
		return nil, err
	}
	return extractSet(ctx, j, set, net, ev)
}

func tellSet(set *datasets.Set, ev Events) {
	for _, n := range set.Notes {
		ev.note(n)
	}
	for _, s := range set.Skipped {
		ev.note(fmt.Sprintf("%s: %d passed over, %s: %s", set.Root, s.Count, s.Reason, list(s.Names, s.Count)))
	}
}

// list names the first few of n things.
func list(names []string, n int) string {
	s := ""
	for i, name := range names[:min(3, len(names))] {
		if i > 0 {
			s += ", "
		}
		s += name
	}
	if n > 3 {
		s += ", …"
	}
	return s
}

func extractSet(ctx context.Context, j ExtractJob, set *datasets.Set, net *Net, ev Events) (_ *ExtractResult, err error) {
	r := vgg.NewRunner(net.Model, j.Threads)
	defer r.Close()
	d, err := extract.NewDescriber(r, j.Describe)
	if err != nil {
		return nil, err
	}
	run, err := newRun(j, set, net, d)
	if err != nil {
		return nil, err
	}
	unlock, err := run.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	c := newConveyor(set, d, conveyorOptions{j.Decode, j.Threads, j.Decoders}, ev)
	if err := c.run(ctx, run.pending(), &tableWriter{c: c, r: run}); err != nil {
		if ctx.Err() != nil {
			return nil, &InterruptedError{run.rowsDone(), len(set.Items), j.Out, ctx.Err()}
		}
		return nil, err
	}
	return run.finish(j, set, net, c)
}

// newRun derives a run's identity, columns and shards.
func newRun(j ExtractJob, set *datasets.Set, net *Net, d *extract.Describer) (*run, error) {
	o := d.Options()
	dtype := j.Dtype
	if dtype == "" {
		dtype = outputs.Float32
	}
	id := net.identity(o)
	id.Dtype = dtype
	id.Inputs = inputs(set)
	r := &run{out: j.Out, features: filepath.Join(j.Out, outputs.FeaturesDir), id: id, items: len(set.Items), rows: j.shardRows(len(set.Items))}
	if r.rows < 1 {
		return nil, fmt.Errorf("%d rows a shard: want 1 or more", r.rows)
	}
	for _, q := range o.Scales {
		r.columns = append(r.columns, outputs.NewColumn(o.Layer, q, d.Width(), dtype))
	}
	r.count = (r.items + r.rows - 1) / r.rows
	return r, nil
}

// inputs identifies the list of items by all that defines their rows, without the place
// where the data set lies.
func inputs(set *datasets.Set) outputs.Inputs {
	d := outputs.NewDigest()
	for _, it := range set.Items {
		box := ""
		if b := it.Box; b != nil {
			box = fmt.Sprint(b.XMin, b.YMin, b.XMax, b.YMax)
		}
		d.Add(it.ID, strconv.Itoa(it.Object), box)
		d.Add(it.Labels...)
		d.Add(it.Ignored...)
		d.Add(it.Splits...)
	}
	return outputs.Inputs{Kind: set.Kind, Count: len(set.Items), SHA256: d.Sum()}
}

// finish reads the table back, counts its rows, and writes the manifest.
func (r *run) finish(j ExtractJob, set *datasets.Set, net *Net, c *conveyor) (*ExtractResult, error) {
	t, err := outputs.OpenTable(r.out, outputs.ReadOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading back what was written: %w", err)
	}
	n := outputs.Counts{Inputs: len(set.Items)}
	for _, row := range t.Rows {
		if row.Status == outputs.StatusOK {
			n.OK++
		} else {
			n.Failed++
		}
	}
	p := c.progress()
	m := outputs.Manifest{
		Program: Version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		DataSet: j.DataSet, Weights: j.Weights, Identity: r.id, Columns: r.columns, Shards: r.count, Counts: n,
		Timings: outputs.Timings{
			Started: c.began.UTC(), Finished: time.Now().UTC(), Reading: time.Duration(c.reading.Load()).Seconds(),
			Waiting: p.Times.Waiting.Seconds(), Computing: p.Times.Computing.Seconds(), Writing: p.Times.Writing.Seconds(),
			Computed: p.Done - p.Earlier,
		},
	}
	if err := r.writeManifest(m); err != nil {
		return nil, err
	}
	res := &ExtractResult{Out: j.Out, Set: set, Manifest: m, Progress: p, Trained: net.Trained}
	if n.Failed > 0 {
		return res, fmt.Errorf("%d of %d: %w", n.Failed, n.Inputs, ErrSomeFailed)
	}
	return res, nil
}

// writeManifest leaves a complete manifest alone when nothing was computed.
func (r *run) writeManifest(m outputs.Manifest) error {
	if m.Timings.Computed == 0 {
		if _, err := os.Stat(filepath.Join(r.out, outputs.ManifestName)); err == nil {
			return nil
		}
	}
	return m.Write(r.out)
}

// Version names the program and, where the build knows it, its version.
func Version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return "fc7 " + b.Main.Version
	}
	return "fc7"
}
