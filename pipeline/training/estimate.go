package training

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fc7/internal/forecast"
	"fc7/internal/teams"
	"fc7/vgg"
	"fc7/vgg/train"
)

// EstimateTune tells what FineTune would do, from a few views and steps, and writes nothing. What a cache or the run's
// folder has from before is not looked at.
func EstimateTune(ctx context.Context, j TuneJob, ev Events) (_ *forecast.Forecast, err error) {
	r, err := newTuner(ctx, j, ev)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.method.close()) }()
	r.tellNotes()
	e := &tuneEstimate{forecast.New(r.j.Out), r, r.method.(*tuning)}
	e.Read(j.DataSet, len(r.split.train)+len(r.split.val), -1)
	for i, st := range r.j.Stages {
		sched, err := r.scheduleOf(st)
		if err != nil {
			return nil, err
		}
		e.AtMost = e.AtMost || sched.kind == "plateau"
		var c pace
		if st.Cached == "" {
			c, err = r.measured(ctx, st)
		} else {
			c, err = e.cached(ctx, st)
		}
		if err != nil {
			return nil, err
		}
		e.Memory = max(e.Memory, c.memory)
		e.epochs(i, st, c)
	}
	return e.Forecast, nil
}

// tuneEstimate is the forecast of a fine-tuning while it is made.
type tuneEstimate struct {
	*forecast.Forecast
	r *runner
	t *tuning
}

// epochs adds those of a stage.
func (e *tuneEstimate) epochs(i int, st Stage, c pace) {
	images, val := len(e.r.split.train), len(e.r.split.val)
	e.Add(forecast.Step{
		What: fmt.Sprintf("phase %d, %s", i+1, countedEpochs(st.Epochs)), Units: st.Epochs * images, Unit: "images",
		Tried: c.timed, Took: c.train.Seconds() * float64(c.timed),
		Seconds: float64(st.Epochs) * (c.train.Seconds()*float64(images) + c.val.Seconds()*float64(val)),
	})
	if i == len(e.r.j.Stages)-1 {
		e.Write(e.r.j.Out+": weights and checkpoints", 0, c.disk(e.r.j.Keep))
	}
}

// cached measures a stage on maps that frozen layers give: first the views through these, then steps on their maps.
func (e *tuneEstimate) cached(ctx context.Context, st Stage) (pace, error) {
	p, run, err := e.front(ctx, st)
	if err != nil {
		return pace{}, err
	}
	defer run.Close()
	v := &viewer{p, e.t}
	rows := cacheRows{e.r.split.train, e.r.split.val, max(1, e.t.job.Views)}
	views := forecast.Step{What: "views through the frozen layers, to " + st.Cached, Units: rows.count(), Unit: "views", Least: min(teams.Batch, rows.count())}
	err = e.Measure(ctx, views, func(ctx context.Context, n int) error { return v.keep(ctx, run, min(n, len(rows.train))) })
	if err != nil {
		return pace{}, err
	}
	e.Write(v.cacheDir()+": their maps", rows.count(), int64(rows.count())*4*int64(p.feed.width))
	if p.net, err = train.New(p.c, p.options()); err != nil {
		return pace{}, err
	}
	return (&probe{runner: p}).paced(ctx)
}

// front is the stage's runner without inputs, and the frozen layers.
func (e *tuneEstimate) front(ctx context.Context, st Stage) (*runner, *vgg.Runner, error) {
	p := &runner{j: e.r.j, set: e.r.set, split: e.r.split, method: e.r.method}
	p.usualColours()
	if err := p.enter(st); err != nil {
		return nil, nil, err
	}
	p.pre = e.t.params.Preprocess
	m, err := vgg.Load(ctx, e.t.file.File, vgg.LoadOptions{Through: st.Cached, Threads: p.j.Threads})
	if err != nil {
		return nil, nil, err
	}
	return p, vgg.NewRunner(m, p.j.Threads), nil
}

// keep computes the maps of one view of each of the first n training images, and makes them the runner's feed.
func (v *viewer) keep(ctx context.Context, run *vgg.Runner, n int) error {
	f, team := &filler{v: v}, &fillTeam{run: run}
	var maps []float32
	var items []int
	rd := &reader[byte]{v.r.workers(), v.input(), func(ctx context.Context, dst []byte, item int) error { return v.view(ctx, dst, item, 0) }}
	err := rd.each(ctx, v.r.split.train[:n], 0, teams.Batch, func(b batch[byte], _ time.Duration) error {
		if len(b.failed) > 0 {
			v.r.lastFailed = b.failed[0].err
		}
		team.pixels = b.x
		m, err := f.forward(ctx, team)
		maps, items = append(maps, m...), append(items, b.items...)
		return err
	})
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return fmt.Errorf("none of %d images to train on could be read: %w", n, v.r.lastFailure())
	}
	width := len(maps) / len(items)
	place := map[int]int{}
	for k, item := range items {
		place[item] = k
	}
	read := func(dst []float32, item int) error {
		copy(dst, maps[place[item]*width:][:width])
		return nil
	}
	v.r.feed = feed{
		width: width, train: items,
		sample: func(_ context.Context, dst []float32, item, _ int) error { return read(dst, item) },
		centre: func(_ context.Context, dst []float32, item int) error { return read(dst, item) },
	}
	return nil
}
