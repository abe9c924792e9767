package training

import (
	"context"
	"errors"
	"fmt"

	"fc7/internal/forecast"
)

// Plan is the forecast of a training, as a few steps on images of the data set let expect it, and what it is of.
type Plan struct {
	*forecast.Forecast
	Train      int            `json:"train_images"`
	Val        int            `json:"val_images"`
	Classes    int            `json:"classes"`
	Batch      int            `json:"batch"`
	EpochSteps int            `json:"steps_an_epoch"`
	Prepare    float64        `json:"prepare_s"` // before the first step: the statistics of the colours
	Stages     []PlannedStage `json:"stages"`
	Disk       int64          `json:"disk_bytes"` // of the run's folder at its fullest
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
		Forecast: forecast.New(r.j.Out), Train: len(s.train), Val: len(s.val), Classes: len(s.classes), Batch: r.j.Batch,
		EpochSteps: (len(s.train) + r.j.Batch - 1) / r.j.Batch,
	}
	p.Read(r.j.DataSet, p.Train+p.Val, -1)
	paces := map[string]pace{}
	first := pace{} // of the net whose images take the longest
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
		if c.decode > first.decode || first.timed == 0 {
			first = c
		}
		p.Memory, p.Disk = max(p.Memory, c.memory), max(p.Disk, c.disk(r.j.Keep))
	}
	p.prepare(first)
	for _, st := range r.j.Stages {
		p.stage(st, paces[st.Net])
	}
	p.writes(r.j.Out)
	return p, nil
}

// prepare adds what comes before the first step.
func (p *Plan) prepare(c pace) {
	n := min(p.Train, colourImages)
	p.Prepare = c.decode.Seconds() * float64(n)
	p.Add(forecast.Step{
		What: "find the statistics of colours", Units: n, Unit: "images",
		Tried: c.decoded, Took: c.decode.Seconds() * float64(c.decoded), Seconds: p.Prepare,
	})
}

// stage adds a stage of the pace of its net.
func (p *Plan) stage(st Stage, c pace) {
	epoch := c.train.Seconds()*float64(p.Train) + c.val.Seconds()*float64(p.Val)
	s := PlannedStage{st, 1 / max(1e-9, c.train.Seconds()), epoch, epoch * float64(st.Epochs)}
	p.Stages = append(p.Stages, s)
	sides := fmt.Sprint(st.SMin)
	if st.SMax != st.SMin {
		sides += fmt.Sprintf("-%d", st.SMax)
	}
	p.Add(forecast.Step{
		What: fmt.Sprintf("stage %d, %s at S = %s, %s", len(p.Stages), st.Net, sides, countedEpochs(st.Epochs)), Units: st.Epochs * p.Train, Unit: "images",
		Tried: c.timed, Took: c.train.Seconds() * float64(c.timed), Seconds: s.Seconds,
		Detail: fmt.Sprintf("%.4g images/s, an epoch %s", s.Speed, forecast.About(epoch)),
	})
}

func countedEpochs(n int) string {
	if n == 1 {
		return "1 epoch"
	}
	return fmt.Sprintf("%d epochs", n)
}

// writes adds the run's folder.
func (p *Plan) writes(out string) {
	p.Write(out+": weights and checkpoints", 0, p.Disk)
	p.Note("%d images to train, %d to validate, %d classes; steps of %d images, %d an epoch", p.Train, p.Val, p.Classes, p.Batch, p.EpochSteps)
	if p.Free >= 0 && p.Free < p.Disk {
		p.Note("the disk of %s is too small: fewer checkpoints (--keep) or another folder (--out) help", out)
	}
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
