package training

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"fc7/vgg"
	"fc7/vgg/train"
)

// stages runs what is left of all stages.
func (r *runner) stages(ctx context.Context) error {
	for r.p.Stage < len(r.j.Stages) {
		if err := r.startStage(ctx); err != nil {
			return r.stopped(err)
		}
		if err := r.epochs(ctx); err != nil {
			return r.stopped(err)
		}
		r.p = place{Stage: r.p.Stage + 1, Total: r.p.Total, Colours: r.p.Colours, Square: r.p.Square, Schedule: r.freshProgress()}
		if err := r.checkpoint(); err != nil {
			return err
		}
	}
	if r.c.Name == "" { // all was done before
		c, err := vgg.Lookup(r.j.Stages[len(r.j.Stages)-1].Net)
		if err != nil {
			return err
		}
		r.c = c
	}
	return nil
}

// freshProgress is what the schedule of the next stage knows. The result of fine-tuning is the best net of all its stages.
func (r *runner) freshProgress() progress {
	if r.base != nil {
		return progress{Best: r.p.Schedule.Best}
	}
	return progress{Best: noError}
}

// stopped keeps what was done when the context ends.
func (r *runner) stopped(err error) error {
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if r.net != nil && r.anyDone {
		if err := r.checkpoint(); err != nil {
			return err
		}
	}
	e := &InterruptedError{Out: r.j.Out, Steps: r.p.Total, Cause: err}
	if r.base != nil {
		e.Views = r.base.cached
	}
	return e
}

// startStage makes the net, its inputs and schedule, as the place says.
func (r *runner) startStage(ctx context.Context) (err error) {
	r.stage = r.j.Stages[r.p.Stage]
	if r.c, err = vgg.Lookup(r.stage.Net); err != nil {
		return err
	}
	r.c.Classes = len(r.split.classes)
	if r.sched, err = ParseSchedule(r.stage.Schedule, r.stage.Epochs); err != nil {
		return err
	}
	if r.sched.kind == "plateau" && len(r.split.val) == 0 {
		return fmt.Errorf("schedule %s looks at the validation error, and no image is held out for validation: choose another schedule", r.stage.Schedule)
	}
	r.loader = newLoader(r.set, r.stage, r.j.Decode, max(0, r.j.Cache))
	if err := r.inputs(ctx); err != nil {
		return err
	}
	previous := r.net
	if r.net, err = train.New(r.c, r.options()); err != nil {
		return err
	}
	if err := r.initial(previous); err != nil {
		return err
	}
	if r.base == nil {
		return r.net.SetFactors(r.j.Factors)
	}
	if r.p.Square == 0 {
		if r.p.Square, err = r.meanSquare(); err != nil {
			return err
		}
	}
	return r.base.speed(r.net, r.stage.Rate, r.p.Square)
}

// inputs sets what the net's inputs are, and what its weights file says of them.
func (r *runner) inputs(ctx context.Context) (err error) {
	if r.p.Colours.Std[0] == 0 && (r.base == nil || !r.j.NoColour) {
		if r.p.Colours, err = measure(ctx, r.loader, r.split.train); err != nil {
			return err
		}
	}
	if r.base != nil {
		return r.tunedInputs(ctx)
	}
	r.pre = r.p.Colours.preprocess(r.j.Standard)
	r.feed = r.images()
	r.meta, err = metadata(r.c, r.pre, r.split.classes, "trained by fc7 on "+r.set.Kind)
	return err
}

// options are those of the stage's net.
func (r *runner) options() train.Options {
	o := train.Options{
		Batch: r.j.Part, Dropout: r.j.Dropout, Rate: r.stage.Rate, Momentum: r.j.Momentum, Decay: r.j.Decay,
		Freeze: r.j.Freeze, Init: r.j.Init, Seed: r.j.Seed + uint64(r.p.Stage), Threads: r.j.Threads,
	}
	if r.base != nil {
		r.base.adapt(&o, r.stage)
	}
	if r.split.multi() {
		o.Loss = train.Sigmoid
	}
	return o
}

// initial sets the parameters: those of the checkpoint, or those that the stage starts from.
func (r *runner) initial(previous *train.Net) error {
	names, err := checkpoints(r.j.Out)
	if err != nil {
		return err
	}
	inside := r.p.Epoch > 0 || r.p.At > 0
	switch {
	case inside || len(names) > 0 && previous == nil:
		path := filepath.Join(r.j.Out, checkpointDir, names[len(names)-1])
		params, err := readTensors(path, "")
		if err != nil {
			return err
		}
		if !inside { // the checkpoint is that of the end of the stage before
			return r.inherit(params)
		}
		return r.restore(path, params)
	case previous != nil:
		return r.inherit(previous.Params())
	case r.base != nil:
		return r.inherit(nil)
	case r.j.From != "":
		params, err := readTensors(r.j.From, "")
		if err != nil {
			return err
		}
		return r.inherit(params)
	}
	return nil
}

// restore takes up a checkpoint of this stage.
func (r *runner) restore(path string, params []train.Tensor) error {
	momenta, err := readTensors(path, momentumPrefix)
	if err != nil {
		return err
	}
	if err := r.net.SetParams(params); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return r.net.SetState(train.State{Steps: r.p.Steps, Momenta: momenta})
}

// inherit takes the parameters that fit by name of layer and shape: all of them from the same net, and otherwise the first
// convolutions and the fully connected layers, which is what the paper's deeper nets start from (section 3.1). Fine-tuning
// starts from its weights file, and from what was trained of it before.
func (r *runner) inherit(from []train.Tensor) error {
	if r.base != nil {
		return r.base.start(r.net, from)
	}
	taken, err := inherited(r.c, r.net.Params(), from)
	if err != nil {
		return err
	}
	names := make([]string, len(taken))
	for i, t := range taken {
		names[i] = t.Name
	}
	r.note(fmt.Sprintf("stage %d starts from %d of %d tensors: %s", r.p.Stage+1, len(taken), len(r.net.Params()), list(names)))
	return r.net.SetParams(taken)
}

func list(names []string) string {
	if len(names) > 6 {
		return strings.Join(names[:3], ", ") + ", …, " + strings.Join(names[len(names)-2:], ", ")
	}
	return strings.Join(names, ", ")
}
