package extraction

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fc7/datasets"
	"fc7/extract"
	"fc7/internal/atomicfile"
	"fc7/internal/f32"
	"fc7/internal/few"
	"fc7/internal/machine"
	"fc7/internal/origin"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/inputs"
	"fc7/pipeline/planned"
	"fc7/pipeline/table"
	"fc7/vgg"
)

// PlanJob says which extraction to plan.
type PlanJob struct {
	Job
	Settings  map[string][]string // words by which it was asked for, which tasks compare theirs with
	Tasks     int                 // that share the table; 0: the tasks say it
	FileBytes int64               // most that a file of the table is to have, where ShardRows is 0; 0: defaultFileBytes
	Pin       string              // what the plan knows of images: see planned.Plan; "": planned.PinSize
}

// defaultFileBytes bounds the files of a planned table: what object stores and readers take well.
const defaultFileBytes = 512 << 20

// MakePlan opens a data set, which is read once for all tasks, and the weights of each net, and publishes the plan of
// its extraction in the run's folder: of several nets below it, in folders that are named as those of ExtractNets. A
// plan that is there already must say the same.
func MakePlan(ctx context.Context, j PlanJob, files []NetFile, ev conveyor.Events) (*planned.Plan, error) {
	if err := j.fits(ctx, files); err != nil {
		return nil, err
	}
	var plans []*planned.Plan
	var names []netName
	for _, f := range files {
		p, name, err := j.planOf(ctx, f, ev)
		if err != nil {
			return nil, err
		}
		plans, names = append(plans, p), append(names, name)
	}
	for i, folder := range foldersOf(names) {
		plans[i].Folder = cmp.Or(files[i].Folder, folder)
	}
	var look looker
	from := func(take func(*datasets.Set, []datasets.Item) error, again func() error) (*datasets.Set, error) {
		set, of, err := j.items(ctx, func(set *datasets.Set, items []datasets.Item) error {
			if look.reader == nil {
				look = looker{conveyor.NewReader(set, j.limits().Telling(ev.Note)), j.Pin}
			}
			return take(set, items)
		}, again)
		if err != nil {
			return nil, err
		}
		inputs.Tell(set, ev)
		j.settle(plans, of)
		return set, nil
	}
	pin := func(ctx context.Context, it *datasets.Item) (datasets.Pin, error) { return look.pin(ctx, it) }
	p, err := planned.Make(ctx, j.Out, plans, planned.Making{
		From: from, Pin: pin, Alone: table.Alone, Busy: table.Busy,
		Progress: func(done, total int) { ev.TellProgress(conveyor.Progress{Total: total, Done: done}) },
	})
	if err == nil && j.Tasks > p.Files {
		ev.TellNote(fmt.Sprintf("the table has %s for %d tasks: %d of them have nothing to do, and end at once; smaller files (--file-size, --shard-rows) give more tasks work", few.Count(p.Files, "file"), j.Tasks, j.Tasks-p.Files))
	}
	return p, err
}

// items gives the items of the data set to take, IndexRows at a time, and tells what they are. They are not held if
// that can be.
func (j PlanJob) items(ctx context.Context, take func(*datasets.Set, []datasets.Item) error, again func() error) (*datasets.Set, outputs.Inputs, error) {
	choice := j.Choice
	choice.AnyLength = true
	of := table.CountInputs()
	counted := func(set *datasets.Set, items []datasets.Item) error {
		of.Add(items)
		return take(set, items)
	}
	set, ok, err := datasets.Stream(ctx, j.DataSet, choice, planned.IndexRows, counted)
	switch {
	case err != nil:
		return nil, outputs.Inputs{}, err
	case ok:
		return set, of.Of(set.Kind), nil
	}
	if err := again(); err != nil {
		return nil, outputs.Inputs{}, err
	}
	of = table.CountInputs()
	if set, err = datasets.Open(ctx, j.DataSet, choice); err != nil {
		return nil, outputs.Inputs{}, err
	}
	for first := 0; first < len(set.Items); first += planned.IndexRows {
		if err := counted(set, set.Items[first:min(first+planned.IndexRows, len(set.Items))]); err != nil {
			return nil, outputs.Inputs{}, err
		}
	}
	return set, of.Of(set.Kind), nil
}

// SameList tells whether the data set has the items of a plan.
func (j PlanJob) SameList(ctx context.Context, p *planned.Plan) (bool, error) {
	_, of, err := j.items(ctx, func(*datasets.Set, []datasets.Item) error { return nil }, func() error { return nil })
	return of == p.Identity.Inputs, err
}

// planOf is the plan of one net, without its items, and the net's name. The weights are not kept.
func (j PlanJob) planOf(ctx context.Context, f NetFile, ev conveyor.Events) (*planned.Plan, netName, error) {
	one := j.of(f)
	net, t, closed, err := one.describe(ctx, ev)
	if err != nil {
		return nil, netName{}, err
	}
	defer closed()
	p := &planned.Plan{DataSet: j.DataSet, Weights: f.Weights, Settings: j.Settings, Kernels: f32.Kernels(), Tasks: j.Tasks, Random: !net.Trained, Pin: cmp.Or(j.Pin, planned.PinSize)}
	p.Program, _, _ = origin.Program()
	file, err := isFile(os.Stat(f.Weights))
	if err != nil {
		return nil, netName{}, fmt.Errorf("looking whether the weights are a file: %w", err)
	}
	if abs, err := filepath.Abs(net.Path); err == nil && file {
		p.Weights = abs
	}
	is := one.tablePlan(net, t.d[0], outputs.Inputs{}, 1)
	p.Identity, p.Columns, p.Limits = is.Identity, is.Columns, is.Limits
	return p, netName{net.Config.Name, net.Tag()}, nil
}

// settle sets what depends on how many items there are. All nets have as many rows a file, so that tasks share the
// images.
func (j PlanJob) settle(plans []*planned.Plan, of outputs.Inputs) {
	rows := j.ShardRows
	for _, p := range plans {
		if n := j.rowsWithin(p.Columns, of.Count); j.ShardRows == 0 && (rows == 0 || n < rows) {
			rows = n
		}
	}
	for _, p := range plans {
		p.Identity.Inputs, p.Rows = of, rows
	}
}

// looker looks at the images of a plan.
type looker struct {
	reader *conveyor.Reader
	how    string
}

func (l looker) pin(ctx context.Context, it *datasets.Item) (datasets.Pin, error) {
	switch {
	case l.how == planned.PinNone:
		return datasets.Unknown, nil
	case l.how != planned.PinDigest && !it.At.Remote():
		return it.At.LocalPin(), nil
	}
	return l.reader.Pin(ctx, it, l.how == planned.PinDigest)
}

// isFile tells by a look at words whether they name a file; where a disk does not say, that is an error, since weights
// that have a file would else be looked for by their name in a cache.
func isFile(info fs.FileInfo, err error) (bool, error) {
	if machine.Withholds(err) {
		return false, err
	}
	return err == nil && info.Mode().IsRegular(), nil
}

// rowsWithin is the number of rows a file of a table of n rows: that of a table without a plan, unless the file would
// be larger than the job says.
func (j PlanJob) rowsWithin(cols []outputs.Column, n int) int {
	most, row := j.FileBytes, 0
	if most == 0 {
		most = defaultFileBytes
	}
	for _, c := range cols {
		row += c.RowBytes()
	}
	return max(1, min(j.shardRows(n), int(most)/max(row, 1)))
}

// describe loads the job's net and makes what describes images by it.
func (j Job) describe(ctx context.Context, ev conveyor.Events) (*backbone.Net, *target, func(), error) {
	net, err := j.load(ctx, ev)
	if err != nil {
		return nil, nil, nil, err
	}
	r := vgg.NewRunner(net.Model, j.Threads)
	t, err := describing(j, net, []*vgg.Runner{r})
	if err != nil {
		r.Close()
		return nil, nil, nil, err
	}
	return net, t, r.Close, nil
}

// ExtractPlanned makes a share of a planned table, or of those of several nets, each with a plan, in one pass over the
// images. The job and the nets, in the order of the plans, say what they are made with, which must be what the plans
// say. Only the share's items are read of the data set's index. Rows that failed are no error, unless there are more
// than j.MaxFailed, or it sets no bound and images changed since the plan. An error that another try may mend is a
// *PassingError; one that every try would meet, a *PermanentError; a context that ends, an *InterruptedError.
func ExtractPlanned(ctx context.Context, j Job, nets []NetFile, plans []*planned.Plan, ev conveyor.Events) ([]*Result, error) {
	all, err := j.planned(ctx, nets, plans, ev)
	if err != nil && ctx.Err() == nil {
		err = settled(err)
	}
	if err != nil {
		return all, err
	}
	for _, r := range all {
		if err := cmp.Or(j.MaxFailed.exceeded(r.Manifest.Counts), j.MaxFailed.changed(r.Manifest.Counts, j.Out, r.archived() || j.Update.Do)); err != nil {
			return all, err
		}
	}
	return all, nil
}

// archived tells whether images lie in an archive that is another one than was planned.
func (r *Result) archived() bool {
	for i := range r.set.Items {
		if pin := r.set.Pin(i); pin != nil && pin.Replaced != "" {
			return true
		}
	}
	return false
}

// DefaultKeepEvery is how often rows are kept: what a kill costs at most, beside the images on their way.
const DefaultKeepEvery = time.Minute

func (j Job) keepEvery() time.Duration {
	if j.KeepEvery > 0 {
		return j.KeepEvery
	}
	return DefaultKeepEvery
}

func (j Job) planned(ctx context.Context, files []NetFile, plans []*planned.Plan, ev conveyor.Events) (_ []*Result, err error) {
	p := plans[0] // of the items all say the same
	first, end := j.Part.Shards(p.Files)
	var pulses []*pulse
	for _, p := range plans {
		pulse := newPulse(j, p, &ev)
		defer func() { pulse.end(err) }()
		pulses = append(pulses, pulse)
	}
	set, err := p.Share(first, end, j.Choice)
	if err != nil {
		return nil, err
	}
	if j.Update.Do {
		set.Unpin()
	}
	nets, err := j.loadAll(ctx, files, ev)
	if err != nil {
		return nil, err
	}
	teams, err := newTeams(Cores{Threads: j.Threads, Teams: j.Teams, Images: len(set.Items)}, nets, j.Describe, ev)
	if err != nil {
		return nil, err
	}
	defer teams.close()
	var targets []*target
	for i, net := range nets {
		one := j.of(files[i])
		one.Out = plans[i].Run()
		t, err := describing(one, net, teams.of(i))
		if err != nil {
			return nil, err
		}
		t.plan, t.pulse = plans[i], pulses[i]
		t.base, _ = p.Span(first, end)
		if t.run, err = one.plannedRun(plans[i], net, t.d[0]); err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	return extractInto(ctx, set, targets, ev)
}

// plannedRun is the folder of a planned table, if this machine and these weights make that.
func (j Job) plannedRun(p *planned.Plan, net *backbone.Net, d *extract.Describer) (*table.Run, error) {
	is := j.tablePlan(net, d, p.Identity.Inputs, p.Rows)
	if was := p.Identity.Arithmetic; was != is.Identity.Arithmetic {
		return nil, &PermanentError{fmt.Errorf("the plan is of arithmetic %s (kernels %s), and this machine computes %s (%s): let only machines like the one that planned take tasks (sbatch --constraint, a nodeSelector), or plan on one of these",
			was, p.Kernels, is.Identity.Arithmetic, f32.Kernels())}
	}
	diff := p.Identity.Differences(is.Identity)
	if was, now := p.Limits.Pixels, is.Limits.Pixels; was != now {
		diff = append(diff, fmt.Sprintf("pixels of an image at most: the plan has %d, now %d", was, now))
	}
	if len(diff) > 0 {
		return nil, &PermanentError{&table.MismatchError{Out: j.Out, Differences: diff, Task: true}}
	}
	return table.New(is)
}

// PermanentError is what every try of a planned task would meet.
type PermanentError struct{ Err error }

func (e *PermanentError) Error() string { return e.Err.Error() }
func (e *PermanentError) Unwrap() error { return e.Err }

// PassingError is what another try of a planned task may not meet: a disk or server that was away, another process that
// is at the same files.
type PassingError struct{ Err error }

func (e *PassingError) Error() string { return e.Err.Error() }
func (e *PassingError) Unwrap() error { return e.Err }

// settled says of an error of a planned task whether it stays.
func settled(err error) error {
	var other *table.MismatchError
	var conflict *table.ConflictError
	var refused *table.RefusedByStoreError
	var plan *planned.Error
	var permanent *PermanentError
	var stopped *StoppedError
	var appends *atomicfile.AppendsError
	switch {
	case errors.As(err, &permanent):
		return err
	case errors.As(err, &other), errors.As(err, &plan), errors.As(err, &conflict), errors.As(err, &refused), errors.As(err, &appends):
		return &PermanentError{err}
	case errors.As(err, &stopped), table.IsPassing(err):
		return &PassingError{err}
	}
	return &PermanentError{usage.InFile(err)} // its words are the plan's
}
