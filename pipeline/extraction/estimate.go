package extraction

import (
	"context"
	"errors"
	"fmt"
	"os"

	"fc7/datasets"
	"fc7/internal/forecast"
	"fc7/internal/store"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/table"
)

// Estimate tells what an extraction by one net or several would do, from a few images that go through all nets. What
// stands in the folder of the run and is of its table is not counted.
func Estimate(ctx context.Context, j Job, files []NetFile, ev conveyor.Events) (*forecast.Forecast, error) {
	set, nets, err := j.openNets(ctx, files, ev)
	if err != nil {
		return nil, err
	}
	e := &estimate{Forecast: forecast.New(onDisk(j.Out)), set: set}
	if len(files) == 1 && files[0].Folder == "" { // in the job's folder itself
		return e.Forecast, EstimateSet(ctx, e.Forecast, j.of(files[0]), set, nets[0])
	}
	teams, err := newTeams(Cores{Threads: j.Threads, Teams: j.Teams, Images: len(set.Items)}, nets, j.Describe, conveyor.Events{})
	if err != nil {
		return nil, err
	}
	defer teams.close()
	targets, err := j.netTargets(set, files, nets, teams)
	if err != nil {
		return nil, err
	}
	return e.Forecast, e.tables(ctx, j, targets)
}

// onDisk is a place on a disk, whose room is known; "": it is on a store.
func onDisk(out string) string {
	if store.Is(out) {
		return ""
	}
	return out
}

// EstimatePlan tells what the tasks of a plan would do together, and each of them.
func EstimatePlan(ctx context.Context, j PlanJob, files []NetFile, ev conveyor.Events) (*forecast.Forecast, error) {
	f, err := Estimate(ctx, j.Job, files, ev)
	if err != nil {
		return nil, err
	}
	f.Write("plan.json and an index of the images, now; the table by the tasks", 0, -1)
	if j.Tasks > 1 {
		f.Note("shared by %d tasks, each on a machine as fast as this one: about %.3g s each", j.Tasks, f.Seconds/float64(j.Tasks))
	}
	return f, nil
}

// EstimateSet adds to a forecast what the table of an open data set by a net that is loaded would take.
func EstimateSet(ctx context.Context, f *forecast.Forecast, j Job, set *datasets.Set, net *backbone.Net) error {
	teams, err := newTeams(Cores{Threads: j.Threads, Teams: j.Teams, Images: len(set.Items)}, []*backbone.Net{net}, j.Describe, conveyor.Events{})
	if err != nil {
		return err
	}
	defer teams.close()
	t, err := newTarget(j, set, net, teams.of(0))
	if err != nil {
		return err
	}
	e := &estimate{Forecast: f, set: set}
	return e.tables(ctx, j, []*target{t})
}

// estimate is a forecast while it is made.
type estimate struct {
	*forecast.Forecast
	set    *datasets.Set
	tried  map[int]int64 // bytes of the rows of each table that were tried
	rows   int           // that were
	failed map[string]bool
}

// tables adds the tables of one pass over the images.
func (e *estimate) tables(ctx context.Context, j Job, targets []*target) error {
	var pending []int
	for _, t := range targets {
		p, err := e.pending(j, t.run)
		if err != nil {
			return err
		}
		if len(p) > len(pending) {
			pending = p
		}
	}
	e.images(pending)
	names := ""
	for i, t := range targets {
		if i > 0 {
			names += " and "
		}
		names += t.net.Config.Name
	}
	step := forecast.Step{What: "read, describe by " + names, Units: len(pending), Unit: "images", Least: 3}
	err := e.Measure(ctx, step, func(ctx context.Context, n int) error { return e.try(ctx, j, targets, pending, n) })
	if err != nil {
		return err
	}
	for i, t := range targets {
		e.table(t.run, len(pending), e.tried[i])
	}
	if n := len(e.failed); n > 0 {
		e.Note("of the images that were tried %d could not be read: such rows are written as failed", n)
	}
	return nil
}

// pending are the rows that are left to compute. A folder of another table is told here, as by the extraction.
func (e *estimate) pending(j Job, r *table.Run) ([]int, error) {
	if j.Update.Do {
		e.AtMost = true
		e.Note("--update reads all images, and computes only those that are new or changed: how many shows when they are read")
		return forecast.Evenly(len(e.set.Items), len(e.set.Items)), nil
	}
	err := r.Standing()
	if m := new(table.MismatchError); errors.As(err, &m) && j.ForceNew {
		e.Note("%s holds a table with other settings: this one would be beside it", r.Out)
		return r.Pending(), nil
	}
	if err == nil && j.RetryFailed {
		err = r.FindFailed()
	}
	if err != nil {
		return nil, err
	}
	p := r.Pending()
	if n := r.Total() - len(p); n > 0 {
		e.Note("%d of %d rows of %s are there already", n, r.Total(), r.Out)
	}
	return p, nil
}

// sized is how many images' files are looked at for their size.
const sized = 200

// images adds the images of rows, by the sizes of some.
func (e *estimate) images(pending []int) {
	var bytes int64
	known := 0
	for _, k := range forecast.Evenly(sized, len(pending)) {
		if n := imageBytes(e.set.Items[pending[k]].At); n > 0 {
			bytes, known = bytes+n, known+1
		}
	}
	if known == 0 {
		e.Read("images", len(pending), -1)
		return
	}
	e.Read("images", len(pending), bytes/int64(known)*int64(len(pending)))
}

// imageBytes is how many bytes an image has; 0: it is not known without reading.
func imageBytes(at datasets.Location) int64 {
	switch {
	case at.Part != nil:
		return at.Part.Size
	case at.Remote():
		return 0
	}
	if info, err := os.Stat(at.Path); err == nil {
		return info.Size()
	}
	return 0
}

// try sends n of the pending items through the nets.
func (e *estimate) try(ctx context.Context, j Job, targets []*target, pending []int, n int) error {
	var some []int
	for _, k := range forecast.Evenly(n, len(pending)) {
		some = append(some, pending[k])
	}
	c := conveyor.New(e.set, targets[0].d[0], j.limits(), conveyor.Events{})
	e.tried, e.rows, e.failed = make(map[int]int64), n, make(map[string]bool)
	var lanes []*conveyor.Lane
	sums := make([]weighed, len(targets))
	for i, t := range targets {
		sums[i].run = t.run
		lanes = append(lanes, &conveyor.Lane{Describer: t.d[0], Beside: t.d[1:], Pending: some, To: &sums[i]})
	}
	if err := c.RunLanes(ctx, lanes); err != nil {
		return err
	}
	for i := range sums {
		e.tried[i] = sums[i].bytes
		for _, name := range sums[i].failed {
			e.failed[name] = true
		}
	}
	return nil
}

// weighed is a consumer that keeps nothing of rows but their size.
type weighed struct {
	run    *table.Run
	bytes  int64
	failed []string
}

// keyBytes is about what a row takes beside its descriptors.
const keyBytes = 100

func (w *weighed) Consume(_ context.Context, rows <-chan conveyor.Numbered) error {
	for n := range rows {
		w.bytes += keyBytes
		if n.Row.Status != outputs.StatusOK {
			w.failed = append(w.failed, n.Row.Image)
			continue
		}
		for i, d := range n.Row.Descriptors {
			c := w.run.Columns[i]
			w.bytes += int64(len(d) / c.Width * c.RowBytes()) // of a map, at each position
		}
	}
	return nil
}

// table adds what is written of a table of which n rows are computed; those that were tried have so many bytes.
func (e *estimate) table(r *table.Run, n int, tried int64) {
	bytes := int64(0)
	if e.rows > 0 {
		bytes = tried / int64(e.rows) * int64(n)
	}
	files := (n + r.Rows - 1) / r.Rows
	e.Write(fmt.Sprintf("%s/%s, %d files", r.Out, outputs.FeaturesDir, files), n, bytes)
}
