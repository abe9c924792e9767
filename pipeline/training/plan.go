package training

import (
	"context"
	"errors"

	"fc7/internal/forecast"
	"fc7/internal/machine"
)

// Plan is what a training will take, as a few steps on images of the data set let expect it.
type Plan struct {
	Train   int            `json:"train_images"`
	Val     int            `json:"val_images"`
	Classes int            `json:"classes"`
	Batch   int            `json:"batch"`
	Steps   int            `json:"steps_an_epoch"`
	Prepare float64        `json:"prepare_s"` // before the first step: the statistics of the colours
	Stages  []PlannedStage `json:"stages"`
	Seconds float64        `json:"seconds"` // of all that is above
	AtMost  bool           `json:"at_most"` // a schedule may end a stage before its last epoch
	Memory  int64          `json:"memory_bytes"`
	Disk    int64          `json:"disk_bytes"` // of the run's folder at its fullest
	Free    int64          `json:"free_bytes"` // on the disk of the run's folder; below 0: not known
}

// PlannedStage is a stage of a Plan.
type PlannedStage struct {
	Stage
	Speed   float64 `json:"images_per_second"` // of training, with the images' decoding
	Epoch   float64 `json:"epoch_s"`           // with its validation
	Seconds float64 `json:"seconds"`
}

// Estimate plans a training and writes nothing.
func Estimate(ctx context.Context, j Job, ev Events) (_ *Plan, err error) {
	r, err := newRun(ctx, j, ev)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.method.close()) }()
	r.tellNotes()
	return r.plan(ctx)
}

// tellPlan plans a new training, for those who ask to be told.
func (r *runner) tellPlan(ctx context.Context) error {
	if r.ev.Plan == nil {
		return nil
	}
	p, err := r.plan(ctx)
	if err != nil {
		return err
	}
	r.ev.Plan(*p)
	return nil
}

// plan measures each net of the job once, at its largest scale.
func (r *runner) plan(ctx context.Context) (*Plan, error) {
	s := r.split
	p := &Plan{
		Train: len(s.train), Val: len(s.val), Classes: len(s.classes), Batch: r.j.Batch, Free: machine.FreeDisk(forecast.Standing(r.j.Out)),
		Steps: (len(s.train) + r.j.Batch - 1) / r.j.Batch,
	}
	paces := map[string]pace{}
	for i, st := range r.j.Stages {
		sched, err := r.scheduleOf(st)
		if err != nil {
			return nil, err
		}
		p.AtMost = p.AtMost || sched.kind == "plateau"
		if _, done := paces[st.Net]; done {
			continue
		}
		c, err := r.measured(ctx, largest(r.j.Stages[i:], st.Net))
		if err != nil {
			return nil, err
		}
		paces[st.Net] = c
		p.Prepare = max(p.Prepare, c.decode.Seconds()*float64(min(len(s.train), colourImages)))
		p.Memory, p.Disk = max(p.Memory, c.memory), max(p.Disk, c.disk(r.j.Keep))
	}
	p.Seconds = p.Prepare
	for _, st := range r.j.Stages {
		c := paces[st.Net]
		epoch := c.train.Seconds()*float64(p.Train) + c.val.Seconds()*float64(p.Val)
		p.Stages = append(p.Stages, PlannedStage{st, 1 / max(1e-9, c.train.Seconds()), epoch, epoch * float64(st.Epochs)})
		p.Seconds += epoch * float64(st.Epochs)
	}
	return p, nil
}

// largest is the stage of the net with the largest images.
func largest(stages []Stage, net string) (found Stage) {
	for _, s := range stages {
		if s.Net == net && s.SMin+s.SMax > found.SMin+found.SMax {
			found = s
		}
	}
	return found
}
