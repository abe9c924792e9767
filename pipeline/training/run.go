package training

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"fc7/datasets"
	"fc7/internal/atomicfile"
	"fc7/pipeline/table"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/train"
)

// Result is a finished training.
type Result struct {
	out          string
	Weights      string // file of the best net
	Net          string
	Best         trainlog.Epoch
	last         trainlog.Epoch
	Train, Val   int
	HeldOut      bool     // validation images were held out of the data set by the seed
	Failed       []string // images that could not be read, in any epoch; each was told with its reason
	Steps        int
	AlreadyThere bool // nothing was left to do
}

// runner is a training at work.
type runner struct {
	j       Job
	ev      Events
	set     *datasets.Set
	split   *split
	log     *trainlog.Log
	diary   diary
	p       place
	stage   Stage
	c       vgg.Config
	method  method
	net     *train.Net
	sched   schedule
	loader  *loader
	feed    feed
	pre     vgg.Preprocess
	meta    map[string]string
	saved   time.Time
	chance  float64 // loss of an answer by the classes' shares alone
	best    trainlog.Epoch
	last    trainlog.Epoch
	anyDone bool

	lastFailed error // of an image
}

// Run trains, or goes on training in a folder of the same job.
func Run(ctx context.Context, j Job, ev Events) (*Result, error) {
	r, err := newRun(ctx, j, ev)
	if err != nil {
		return nil, err
	}
	return r.run(ctx)
}

// newRun checks a job and opens its inputs.
func newRun(ctx context.Context, j Job, ev Events) (*runner, error) {
	j, err := j.complete()
	if err != nil {
		return nil, err
	}
	if j.From != "" {
		if err := there(j.From, j.As); err != nil {
			return nil, err
		}
	}
	r := &runner{j: j, ev: ev}
	if r.set, err = datasets.Open(ctx, j.DataSet, j.Choice); err != nil {
		return nil, err
	}
	if err := apart(r.set, j.DataSet, "--out", j.Out); err != nil {
		return nil, err
	}
	if r.split, err = splitFor(ctx, r.set, j); err != nil {
		return nil, err
	}
	from, err := newScratch(ctx, j)
	if err != nil {
		return nil, err
	}
	r.method, r.split.notes = from, append(r.split.notes, from.told()...)
	return r, nil
}

// run does what is left of the job, after data set, split and method are known.
func (r *runner) run(ctx context.Context) (_ *Result, err error) {
	defer func() { err = errors.Join(err, r.method.close()) }()
	for _, s := range r.j.Stages {
		if _, err := r.scheduleOf(s); err != nil {
			return nil, err
		}
	}
	r.tellNotes()
	began := time.Now()
	r.saved = began
	if err := atomicfile.MkdirAll(filepath.Join(r.j.Out, checkpointDir)); err != nil {
		return nil, fmt.Errorf("making the run's folder: %w", err)
	}
	unlock, err := table.LockShards(r.j.Out, 0, 1) // as a table of one shard
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := atomicfile.Sweep(r.j.Out, filepath.Join(r.j.Out, checkpointDir)); err != nil {
		return nil, err
	}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.log.Close()
	if r.p.Total == 0 {
		if err := r.tellPlan(ctx); err != nil {
			return nil, r.stopped(err)
		}
	}
	r.openDiary(began)
	r.ev = r.watched(r.ev)
	defer r.writeDiary()
	r.chance = r.split.chance()
	if err := r.stages(ctx); err != nil {
		return nil, err
	}
	if err := r.readBack(); err != nil {
		return nil, err
	}
	return &Result{
		out: r.j.Out, Weights: filepath.Join(r.j.Out, weightsName), Net: r.c.Name, Best: r.best, last: r.last,
		Train: len(r.split.train), Val: len(r.split.val), HeldOut: r.split.held, Failed: r.failures(), Steps: r.p.Total, AlreadyThere: !r.anyDone,
	}, nil
}

// tellNotes tells what is to be known of the data set.
func (r *runner) tellNotes() {
	for _, n := range append(r.set.Notes, r.split.notes...) {
		r.note(n)
	}
}

func (r *runner) note(s string) {
	if r.ev.Note != nil {
		r.ev.Note(s)
	}
}

// open makes sure that the folder is new, or that of the same job.
func (r *runner) open(ctx context.Context) error {
	if err := r.agree(ctx); err != nil {
		return err
	}
	if err := r.writeSplits(); err != nil {
		return err
	}
	p, path, found, err := lastPlace(r.j.Out)
	if err != nil {
		return err
	}
	r.p = p
	if found && p.Stage < len(r.j.Stages) {
		r.note(fmt.Sprintf("going on from %s", path))
	} else if !found {
		r.p.Schedule = progress{Best: noError}
		if err := r.wouldReplace(); err != nil {
			return err
		}
	}
	if err := r.bestIsThere(); err != nil {
		return err
	}
	if err := r.openLog(path); err != nil {
		return err
	}
	return r.remember()
}
