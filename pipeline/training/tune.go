package training

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"fc7/datasets"
	"fc7/internal/usage"
)

// TuneJob says what to fine-tune. [DefaultTune] fills in the defaults; a zero means itself. Of Job it takes DataSet,
// Choice, Decode, HeldOut, Batch, Part, Dropout, Momentum, Decay, Init (of new hidden layers; the last one starts at
// zero), Seed, NoFlip, NoColour and all that says how and where to run.
type TuneJob struct {
	Job
	Weights string   // file, or name of fetched weights
	Net     string   // that the weights are expected to be of; empty: any
	Freeze  []string // see finetune.FreezeHelp; nil: all but the new layers
	New     string   // the first layer that starts anew; empty: the last, or fc6 where the weights end before it
	Width   *int     // of new fc6 and fc7; nil: as they are, or as in the paper's net
	NewRate float64  // learning rate of the new last layer for inputs of norm 1. Other new layers have 10 times Rate.
	Views   int      // cached views of a training image; 0: its middle alone
	Cache   string   // folder of cached maps; empty: "views" in Out

	SMin, SMax int // smallest side of an image, drawn from SMin to SMax for each view
	Epochs     int // on cached maps
	Rate       float64
	Schedule   string

	// FreezeStatistics keeps the running mean and variance of every batch normalisation as they are in the weights, and
	// normalises by them, also where its scale and shift are trained: for small batches, and for parts of batches.
	FreezeStatistics bool

	Unfreeze         []string // patterns of layers or tensors that are trained, too, after that; nil: none
	UnfreezeEpochs   int
	UnfreezeRate     *float64 // nil: a tenth of Rate
	UnfreezeSchedule string   // empty: Schedule

	Boxes *BoxOptions // the net is to predict boxes; nil: classes
}

// Check tells what is wrong with the job, whatever its files.
func (j TuneJob) Check() error {
	if err := j.checkNumbers(); err != nil {
		return err
	}
	switch {
	case !(j.NewRate > 0) || math.IsInf(j.NewRate, 0):
		return usage.Errorf("learning rate %v of the new layer: expected a positive number", j.NewRate)
	case j.Views < 0:
		return usage.Errorf("%d views of a training image: expected 0 (its middle alone) or more", j.Views)
	case j.Width != nil && *j.Width < 1:
		return usage.Errorf("new layers %d wide: expected 1 or more", *j.Width)
	}
	if j.Boxes != nil {
		if err := j.Boxes.check(); err != nil {
			return err
		}
	}
	s := Stage{SMin: j.SMin, SMax: j.SMax, Epochs: j.Epochs, Rate: j.Rate, Schedule: j.Schedule}
	if err := s.check(); err != nil || len(j.Unfreeze) == 0 {
		return err
	}
	if err := j.second(s).check(); err != nil {
		return fmt.Errorf("the second phase: %w", err)
	}
	return nil
}

// second is the phase after unfreezing, as it follows from the first one.
func (j TuneJob) second(first Stage) Stage {
	s := first
	s.Epochs, s.Rate, s.Schedule, s.Cached = j.UnfreezeEpochs, first.Rate/10, cmp.Or(j.UnfreezeSchedule, first.Schedule), ""
	if j.UnfreezeRate != nil {
		s.Rate = *j.UnfreezeRate
	}
	return s
}

// FineTune trains new layers, and others that are not frozen, of the net of a weights file, or goes on doing so. Its
// result is the net with the lowest validation error.
func FineTune(ctx context.Context, j TuneJob, ev Events) (_ *Result, err error) {
	r, err := newTuner(ctx, j, ev)
	if err != nil {
		return nil, err
	}
	return r.run(ctx)
}

// opened is the data set of a job; with boxes, where it is to have some.
func opened(ctx context.Context, j TuneJob) (*datasets.Set, [][]datasets.ObjectBox, error) {
	if j.Boxes == nil {
		set, err := datasets.Open(ctx, j.DataSet, j.Choice)
		return set, nil, err
	}
	b, err := datasets.OpenBoxed(ctx, j.DataSet, j.Choice)
	if err != nil {
		return nil, nil, err
	}
	return b.Set, b.Boxes, nil
}

// newTuner opens data set and weights and makes the job of them.
func newTuner(ctx context.Context, j TuneJob, ev Events) (_ *runner, err error) {
	if err := j.Check(); err != nil {
		return nil, err
	}
	if err := there(j.Weights, j.As); err != nil {
		return nil, err
	}
	r := &runner{ev: ev}
	var objects [][]datasets.ObjectBox
	if r.set, objects, err = opened(ctx, j); err != nil {
		return nil, err
	}
	if err := apart(r.set, j.DataSet, "--out", j.Out); err != nil {
		return nil, err
	}
	if err := apart(r.set, j.DataSet, "--view-cache", j.Cache); err != nil {
		return nil, err
	}
	if j.Boxes == nil {
		r.split, err = splitFor(ctx, r.set, j.Job)
	} else {
		r.split, err = newBoxSplit(r.set, objects, j)
	}
	if err != nil {
		return nil, err
	}
	t, err := newTuning(ctx, j, r.split.outputs())
	if err != nil {
		return nil, err
	}
	r.method = t
	if r.j, err = t.stages(); err != nil {
		return nil, errors.Join(err, t.close())
	}
	r.split.notes = append(r.split.notes, t.notes...)
	return r, nil
}
