package extraction

import (
	"cmp"
	"context"
	"time"

	"fc7/datasets"
	"fc7/extract"
	"fc7/extract/picture"
	"fc7/internal/origin"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/inputs"
	"fc7/pipeline/planned"
	"fc7/pipeline/table"
)

// Job says what to extract; the zero value of an option is its default.
type Job struct {
	DataSet   string // KIND:PATH
	Choice    datasets.Options
	Net       string // expected net; empty: whatever the weights are of
	Weights   string // file
	As        backbone.Reading
	Describe  extract.Options
	Decode    picture.DecodeOptions
	Dtype     string          // outputs.Float32 (default) or outputs.Float16
	Out       string          // the run's folder
	Command   *origin.Command // by which the job was given, for its report; nil: not known
	Threads   int             // of the net; 0: GOMAXPROCS
	Teams     int             // of these threads, each with images of its own; 0: what is best here
	Decoders  int             // images read and decoded at once; 0: as many as threads
	ShardRows int             // rows a shard; 0: see DefaultShardRows

	ImageTime   time.Duration // that the bytes of one image are waited for; 0: conveyor.DefaultImageTime
	Patience    time.Duration // with a machine that cannot read images; 0: conveyor.DefaultPatience
	Part        table.Part    // one of several machines' share; zero: all
	RetryFailed bool          // compute the failed rows of finished shards again
	Update      Update        // of the table of another state of the data set; not with Part
	MaxFailed   MaxFailed     // of a share of a planned table; see ExtractPlanned
	KeepEvery   time.Duration // that rows of files which are not done are kept; 0: DefaultKeepEvery
	ForceNew    bool          // where Out holds a table of other settings, take Out-2, Out-3, …
}

// DefaultShardRows is few enough that an interruption costs two minutes of a full net at three scales. Large sets have
// more rows a shard, so that there are at most maxAutoShards.
const DefaultShardRows = 64

const maxAutoShards = 1000

// shardRows is the number of rows a shard of a set of n items.
func (j Job) shardRows(n int) int {
	if j.ShardRows != 0 {
		return j.ShardRows
	}
	return max(DefaultShardRows, (n+maxAutoShards-1)/maxAutoShards)
}

// Result is a finished extraction, or a finished part of one.
type Result struct {
	Out      string
	set      *datasets.Set
	Manifest outputs.Manifest // of the part, where shards of other machines are missing
	Counts   outputs.Counts   // of the part's rows, also where the table is complete
	Progress conveyor.Progress
	Trained  bool // false: the weights are random
	Missing  int  // shards that other machines have not finished; 0: the table is complete
	Retried  table.Retried
	Updated  *table.Updated // nil: no update was asked for
	Plan     *planned.Plan  // that this is a share of; nil: of none
}

// Extract makes or completes a feature table. Where the folder holds shards of the same run, they are kept; where it
// holds those of other settings, it returns a *table.MismatchError, or takes another folder if the job says so. It
// returns conveyor.ErrSomeFailed with a complete result if images failed, and an *InterruptedError if the context
// ended.
func Extract(ctx context.Context, j Job, ev conveyor.Events) (*Result, error) {
	if err := j.fits(ctx, []NetFile{{Net: j.Net, Weights: j.Weights, As: j.As}}); err != nil {
		return nil, err
	}
	var net *backbone.Net
	var err error
	if table.Begun(j.Out) && !j.ForceNew { // a table with other settings is told before a long list is read
		if net, err = j.load(ctx, ev); err != nil {
			return nil, err
		}
		if err := table.Fits(ctx, j.Out, j.identity(net)); err != nil {
			return nil, err
		}
	}
	set, err := datasets.Open(ctx, j.DataSet, j.Choice)
	if err != nil {
		return nil, err
	}
	inputs.Tell(set, ev)
	if net == nil {
		if net, err = j.load(ctx, ev); err != nil {
			return nil, err
		}
	}
	return ExtractSet(ctx, j, set, net, ev)
}

// ExtractSet is Extract of an open data set by a net that is loaded; what the job says of both is not used.
func ExtractSet(ctx context.Context, j Job, set *datasets.Set, net *backbone.Net, ev conveyor.Events) (*Result, error) {
	teams, err := newTeams(Cores{Threads: j.Threads, Teams: j.Teams, Images: len(set.Items)}, []*backbone.Net{net}, j.Describe, ev)
	if err != nil {
		return nil, err
	}
	defer teams.close()
	t, err := newTarget(j, set, net, teams.of(0))
	if err != nil {
		return nil, err
	}
	res, err := extractInto(ctx, set, []*target{t}, ev)
	if len(res) == 0 {
		return nil, err
	}
	return res[0], err
}

// load loads the job's net, of which notes tell what was guessed.
func (j Job) load(ctx context.Context, ev conveyor.Events) (*backbone.Net, error) {
	net, err := backbone.LoadFor(ctx, backbone.Wanted{Net: j.Net, Weights: j.Weights, As: j.As, Threads: j.Threads}, j.Describe)
	if err == nil {
		net.Tell(ev.TellNote)
	}
	return net, err
}

// limits are those of the job's images.
func (j Job) limits() conveyor.Options {
	return conveyor.Options{Decode: j.Decode, Threads: j.Threads, Decoders: j.Decoders, ImageTime: j.ImageTime, Patience: j.Patience}
}

// newRun derives a run's identity, columns and shards.
func newRun(j Job, set *datasets.Set, net *backbone.Net, d *extract.Describer) (*table.Run, error) {
	n := len(set.Items)
	return table.New(j.tablePlan(net, d, table.Inputs(set), j.shardRows(n)))
}

// tablePlan says what the folder of a table of those inputs is to hold, in files of so many rows.
func (j Job) tablePlan(net *backbone.Net, d *extract.Describer, of outputs.Inputs, rows int) table.Plan {
	id := j.identity(net)
	id.Inputs = of
	return table.Plan{
		Out: j.Out, Identity: id, Columns: tableColumns(d, id.Dtype), Items: of.Count, Rows: rows, Part: j.Part,
		Limits: outputs.Limits{Pixels: j.Decode.Resolved().MaxPixels}, Raise: j.RetryFailed || j.Update.Do,
	}
}

// identity is that of the job's table by a net, but for its inputs.
func (j Job) identity(net *backbone.Net) outputs.Identity {
	id := net.Identity(j.Describe)
	id.Dtype = cmp.Or(j.Dtype, outputs.Float32)
	if j.Choice.BoxContext > 1 {
		id.BoxContext = j.Choice.BoxContext
	}
	return id
}

// tableColumns are the columns of a table that hold a Describer's descriptors.
func tableColumns(d *extract.Describer, dtype string) []outputs.Column {
	var out []outputs.Column
	for _, c := range d.Columns() {
		t := outputs.Column{Name: c.Name, Layer: c.Layer, Scale: c.Scale, Width: c.Width, Dtype: dtype, Map: c.Kind == extract.KindMap}
		if c.Kind == extract.KindShape {
			t.Dtype = outputs.Int32
		}
		out = append(out, t)
	}
	return out
}
