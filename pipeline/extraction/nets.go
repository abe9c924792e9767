package extraction

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"fc7/datasets"
	"fc7/extract"
	"fc7/internal/atomicfile"
	"fc7/internal/filename"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/inputs"
	"fc7/pipeline/planned"
	"fc7/pipeline/table"
	"fc7/vgg"
)

// NetFile is one of several nets of an extraction.
type NetFile struct {
	Net     string // expected net; empty: whatever the weights are of
	Weights string // file
	As      backbone.Reading
	Folder  string // name of its folder; empty: that of the net
}

// ExtractNets is Extract for several nets in one pass over the images, which are read, decoded and scaled once. Each
// net has a run folder of its own, in j.Out and named by netFolders, with the bytes that Extract would have written
// there; each is resumed from where it stands. All nets are in memory at once. j.Net and j.Weights are not used. The
// results are in the order of the nets.
func ExtractNets(ctx context.Context, j Job, files []NetFile, ev conveyor.Events) ([]*Result, error) {
	set, nets, err := j.openNets(ctx, files, ev)
	if err != nil {
		return nil, err
	}
	teams, err := newTeams(Cores{Threads: j.Threads, Teams: j.Teams, Images: len(set.Items)}, nets, j.Describe, ev)
	if err != nil {
		return nil, err
	}
	defer teams.close()
	targets, err := j.netTargets(set, files, nets, teams)
	if err != nil {
		return nil, err
	}
	return extractInto(ctx, set, targets, ev)
}

// openNets opens the data set and loads all nets of the job.
func (j Job) openNets(ctx context.Context, files []NetFile, ev conveyor.Events) (*datasets.Set, []*backbone.Net, error) {
	if err := j.fits(ctx, files); err != nil {
		return nil, nil, err
	}
	var nets []*backbone.Net
	var err error
	if table.Begun(j.Out) { // a table with other settings is told before a long list is read
		if nets, err = j.loadAll(ctx, files, ev); err == nil {
			err = j.fitTables(ctx, files, nets)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	set, err := datasets.Open(ctx, j.DataSet, j.Choice)
	if err != nil {
		return nil, nil, err
	}
	inputs.Tell(set, ev)
	if nets == nil {
		nets, err = j.loadAll(ctx, files, ev)
	}
	return set, nets, err
}

// fitTables is the error of a net whose folder holds a table with other settings.
func (j Job) fitTables(ctx context.Context, files []NetFile, nets []*backbone.Net) error {
	if j.ForceNew {
		return nil
	}
	names := netFolders(nets)
	for i, net := range nets {
		out, err := atomicfile.Under(j.Out).Entry(cmp.Or(files[i].Folder, names[i]))
		if err == nil && table.Begun(out) {
			err = table.Fits(ctx, out, j.of(files[i]).identity(net))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// netTargets are the tables of nets, each in a folder of its own.
func (j Job) netTargets(set *datasets.Set, files []NetFile, nets []*backbone.Net, teams netTeams) (targets []*target, err error) {
	names := netFolders(nets)
	for i, net := range nets {
		one := j.of(files[i])
		if one.Out, err = atomicfile.Under(j.Out).Entry(cmp.Or(files[i].Folder, names[i])); err != nil {
			return nil, err
		}
		t, err := newTarget(one, set, net, teams.of(i))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", net.Path, err)
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// of is the job with the weights of one net.
func (j Job) of(f NetFile) Job {
	j.Net, j.Weights, j.As = f.Net, f.Weights, f.As
	return j
}

// loadAll loads all nets of the job.
func (j Job) loadAll(ctx context.Context, files []NetFile, ev conveyor.Events) (nets []*backbone.Net, err error) {
	for _, f := range files {
		net, err := j.of(f).load(ctx, ev)
		if err != nil {
			return nil, err
		}
		nets = append(nets, net)
	}
	return nets, backbone.SameCrops(j.Describe, nets)
}

// fits refuses a net that is given twice, one that is not what was asked for, and one that cannot serve the job's
// options.
func (j Job) fits(ctx context.Context, files []NetFile) error {
	var all []backbone.Wanted
	for _, f := range files {
		all = append(all, backbone.Wanted{Net: f.Net, Weights: f.Weights, As: f.As})
	}
	return backbone.Distinct(ctx, all, &j.Describe)
}

// netFolders names each net's folder: the net, with _ for what a folder's name had better not hold, and the first
// digits of a digest where several files hold the same net.
func netFolders(nets []*backbone.Net) []string {
	var names []netName
	for _, n := range nets {
		names = append(names, netName{n.Config.Name, n.Tag()})
	}
	return foldersOf(names)
}

// netName is a net's, and what tells it from others of that name.
type netName struct{ name, tag string }

func foldersOf(nets []netName) []string {
	same := map[string]int{}
	for _, n := range nets {
		same[n.name]++
	}
	var out []string
	for _, n := range nets {
		name := strings.NewReplacer("/", "_", ":", "_").Replace(n.name)
		if same[n.name] > 1 {
			name += "_" + n.tag
		}
		out = append(out, filename.Of(name, ""))
	}
	return out
}

// target is one table of an extraction and the net that fills it.
type target struct {
	job  Job // with the table's own weights and folder
	net  *backbone.Net
	d    []*extract.Describer // one a team
	run  *table.Run
	lane *conveyor.Lane

	plan  *planned.Plan // that the table is a share of; nil: there is none
	pulse *pulse        // of the plan
	base  int           // the item of the table that is the set's first
}

// newTarget makes a target of a net's runners, one a team.
func newTarget(j Job, set *datasets.Set, net *backbone.Net, runners []*vgg.Runner) (*target, error) {
	t, err := describing(j, net, runners)
	if err == nil {
		t.run, err = newRun(j, set, net, t.d[0])
	}
	return t, err
}

// describing is a target without a table.
func describing(j Job, net *backbone.Net, runners []*vgg.Runner) (*target, error) {
	t := &target{job: j, net: net}
	for _, r := range runners {
		d, err := extract.NewDescriber(r, j.Describe.For(net.Config.Side()))
		if err != nil {
			return nil, err
		}
		t.d = append(t.d, d)
	}
	return t, nil
}

// extractInto computes what is missing in the tables, which differ in their nets alone, and finishes them. It returns
// as many results as there are tables, or none.
func extractInto(ctx context.Context, set *datasets.Set, targets []*target, ev conveyor.Events) (_ []*Result, err error) {
	j := targets[0].job
	c := conveyor.New(set, targets[0].d[0], j.limits(), ev)
	c.Total = targets[0].run.Total()
	var lanes []*conveyor.Lane
	l := newLooks(set, c, j.limits(), len(targets))
	for _, t := range targets {
		unlock, e := t.open(ctx, c, l)
		if e != nil {
			return nil, e
		}
		defer func() { err = errors.Join(err, unlock()) }()
		lanes = append(lanes, t.lane)
	}
	for _, t := range targets {
		c.Events.TellStart(conveyor.Start{
			Out: t.run.Out, DataSet: j.DataSet, Part: j.Part.String(), Net: t.run.Identity.Net, Identity: t.run.Identity,
			Total: c.Total, Pending: len(t.lane.Pending), Shards: t.run.Shards(),
		})
	}
	var results []*Result
	if err = c.RunLanes(ctx, lanes); err == nil {
		results, err = finishAll(ctx, set, targets, c)
	}
	if err == nil || len(results) == len(targets) {
		return results, err
	}
	done, total, out := 0, 0, targets[0].run.Out
	if len(targets) > 1 {
		out = filepath.Dir(j.Out)
	}
	for _, t := range targets {
		done, total = done+t.run.RowsDone(), total+t.run.Total()
	}
	if ctx.Err() != nil {
		return nil, &InterruptedError{done, total, out, ctx.Err()}
	}
	return nil, &StoppedError{done, total, out, err}
}

// open makes and locks the table's folder and finds what is to do.
func (t *target) open(ctx context.Context, c *conveyor.Conveyor, l *looks) (unlock func() error, err error) {
	r := t.run
	r.Note = c.Events.TellNote
	if t.plan == nil {
		r.Keep(t.job.keepEvery())
	}
	switch u := t.job.Update; {
	case t.plan != nil:
		unlock, err = r.OpenPlanned(ctx, t.plan, t.job.keepEvery())
	case u.Do:
		unlock, err = r.OpenUpdate(ctx, l.set, table.Update{TrustTimes: u.TrustTimes, TrustNames: u.TrustNames, Look: l.look(0), Note: c.Events.TellNote})
	case t.job.ForceNew:
		unlock, err = r.OpenNew(ctx, l.look(0), c.Events.TellNote)
	default:
		unlock, err = r.Open(ctx, l.look(0))
	}
	if t.plan == nil && t.job.Part != (table.Part{}) && table.IsHeld(err) { // as of a task: the other one may be an orphan
		return nil, &PassingError{err}
	}
	if err != nil {
		return nil, err
	}
	switch u := t.job.Update; {
	case t.plan != nil && u.Do:
		err = r.FindChanged(ctx, l.look(t.base), u.TrustTimes)
	case t.job.RetryFailed:
		err = r.FindFailed()
		for _, i := range r.Broken() {
			l.set.UnpinItem(i - t.base)
		}
	}
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	pending := r.Pending()
	for i := range pending {
		pending[i] -= t.base
	}
	t.lane = &conveyor.Lane{Describer: t.d[0], Beside: t.d[1:], Pending: pending, To: stageOf(r, c, t.base)}
	if t.pulse != nil {
		t.pulse.ofNet(func() time.Duration { return c.Spent(t.lane) })
	}
	return unlock, nil
}

// finishAll finishes the tables. Images that failed are no reason to leave one unfinished.
func finishAll(ctx context.Context, set *datasets.Set, targets []*target, c *conveyor.Conveyor) ([]*Result, error) {
	var results []*Result
	var some error
	for _, t := range targets {
		res, err := t.finish(ctx, set, c)
		if err != nil && !errors.Is(err, conveyor.ErrSomeFailed) {
			return nil, err
		}
		if some == nil {
			some = err
		}
		results = append(results, res)
	}
	return results, some
}

// finish writes the table's manifest.
func (t *target) finish(ctx context.Context, set *datasets.Set, c *conveyor.Conveyor) (*Result, error) {
	res := &Result{Out: t.run.Out, set: set, Progress: t.progress(c), Trained: t.net.Trained, Retried: t.run.Retried, Updated: t.run.Updated}
	var err error
	if t.plan != nil {
		res.Plan = t.plan
		res.Manifest, res.Missing, err = t.run.FinishShare()
		res.Counts = res.Manifest.Counts
		return res, err
	}
	res.Manifest, res.Missing, err = t.run.Finish(ctx, func(m *outputs.Manifest) {
		m.DataSet, m.Weights, m.RandomWeights, m.Made = t.job.DataSet, t.job.Weights, !t.net.Trained, t.job.Command
		m.Limits, m.Timings = c.Limits(), c.Timings(res.Progress)
	})
	if err != nil {
		return nil, err
	}
	res.Counts = t.run.OwnCounts(&res.Manifest)
	if n := res.Counts; n.Failed > 0 {
		return res, fmt.Errorf("%d of %d: %w", n.Failed, n.Inputs, conveyor.ErrSomeFailed)
	}
	return res, nil
}

// progress is that of the table alone.
func (t *target) progress(c *conveyor.Conveyor) conveyor.Progress {
	p := c.Progress()
	p.Earlier = p.Total - len(t.lane.Pending)
	p.Done = p.Total
	p.Times.Computing = t.lane.Computing
	return p
}
