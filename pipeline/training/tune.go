package training

import (
	"cmp"
	"context"
	"errors"

	"fc7/datasets"
)

// TuneJob says what to fine-tune; the zero value of an option is its default. Of Job it takes DataSet, Choice, Decode,
// HeldOut, Batch (0: 64), Part, Dropout, Momentum, Decay, Init (of new hidden layers; the last one starts at zero),
// Seed, NoFlip, NoColour and all that says how and where to run.
type TuneJob struct {
	Job
	Weights string   // file, or name of fetched weights
	Net     string   // that the weights are expected to be of; empty: any
	Freeze  []string // see finetune.FreezeHelp; nil: all but the new layers
	New     string   // the first layer that starts anew; empty: the last, or fc6 where the weights end before it
	Width   int      // of new fc6 and fc7; 0: as they are, or as in the paper's net
	NewRate float64  // learning rate of the new last layer for inputs of norm 1; 0: 1. Other new layers have 10 times Rate.
	Views   int      // cached views of a training image; 0: 8, negative: its middle alone
	Cache   string   // folder of cached maps; empty: "views" in Out

	SMin, SMax int     // smallest side of an image, drawn from SMin to SMax for each view; 0: 256
	Epochs     int     // on cached maps; 0: 30
	Rate       float64 // 0: 1e-3
	Schedule   string  // empty: cosine

	Unfreeze         []string // patterns of layers or tensors that are trained, too, after that; nil: none
	UnfreezeEpochs   int      // 0: 5
	UnfreezeRate     float64  // 0: a tenth of Rate
	UnfreezeSchedule string   // empty: Schedule
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

// newTuner opens data set and weights and makes the job of them.
func newTuner(ctx context.Context, j TuneJob, ev Events) (_ *runner, err error) {
	r := &runner{ev: ev}
	if r.set, err = datasets.Open(j.DataSet, j.Choice); err != nil {
		return nil, err
	}
	j.HeldOut = cmp.Or(j.HeldOut, DefaultHeldOut)
	if r.split, err = splitFor(r.set, j.Job); err != nil {
		return nil, err
	}
	t, err := newTuning(ctx, j, len(r.set.Classes))
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
