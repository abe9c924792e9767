package training

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"fc7/heads/localise"
	"fc7/internal/usage"
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
		r.tellLearning()
		r.p = r.next()
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

// next is the place where the next stage begins. Nets of one name compare, as they are validated alike.
func (r *runner) next() place {
	p := place{
		Stage: r.p.Stage + 1, Total: r.p.Total, Colours: r.p.Colours, Square: r.p.Square, Boxes: r.p.Boxes, Schedule: progress{Best: noError}, Failed: r.p.Failed,
		Weights: r.p.Weights,
	}
	if p.Stage < len(r.j.Stages) && r.j.Stages[p.Stage].Net == r.stage.Net {
		p.Best = r.p.Best
	}
	return p
}

// validationSide is the smallest side of validation images: the middle of the scales of the last stage of the same net,
// for all its stages, so that their errors compare.
func (r *runner) validationSide() int {
	s := r.stage
	for _, other := range r.j.Stages {
		if other.Net == s.Net {
			s.SMin, s.SMax = other.SMin, other.SMax
		}
	}
	return (s.SMin + s.SMax) / 2
}

// startStage makes the net, its inputs and schedule, as the place says.
func (r *runner) startStage(ctx context.Context) (err error) {
	if err := r.enter(r.j.Stages[r.p.Stage]); err != nil {
		return err
	}
	if r.sched, err = r.scheduleOf(r.stage); err != nil {
		return err
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	previous := r.net
	defer func() {
		if err != nil {
			r.net = previous // one that has not started is none, and no checkpoint is made of it
		}
	}()
	if r.net, err = train.New(r.c, r.options()); err != nil {
		return err
	}
	if r.net.BatchStatistics() && r.j.Part < r.j.Batch {
		r.note(fmt.Sprintf("%s normalises by the statistics of parts of %d images, not of whole batches of %d: --part %d takes these, for more memory",
			r.c.Name, r.j.Part, r.j.Batch, r.j.Batch))
	}
	if err := r.initial(previous); err != nil {
		return err
	}
	return r.method.rates(ctx, r)
}

// enter makes a stage the runner's, with its net's configuration and what reads its images.
func (r *runner) enter(s Stage) (err error) {
	r.stage = s
	if r.c, err = vgg.Lookup(s.Net); err != nil {
		return err
	}
	r.c.Classes = r.split.outputs()
	r.loader = newLoader(r.set, s, r.validationSide(), r.j.reading(), r.j.Cache)
	if r.split.boxes != nil {
		r.loader.size = map[int]localise.Size{}
	}
	return nil
}

// scheduleOf is how the rate of a stage falls, which must be able to see what it looks at.
func (r *runner) scheduleOf(s Stage) (schedule, error) {
	sched, err := parseSchedule(s.Schedule, s.Epochs)
	if err == nil && sched.kind == "plateau" && len(r.split.val) == 0 {
		err = usage.Errorf("schedule %s looks at the validation error, and no image is held out for validation: choose another schedule, or hold some out", s.Schedule)
	}
	return sched, err
}

// measureColours computes the statistics of the training images' colours, unless a stage before did.
func (r *runner) measureColours(ctx context.Context) (err error) {
	if r.p.Colours.Std[0] == 0 {
		r.p.Colours, err = measure(ctx, r.loader, r.split.train)
	}
	return err
}

// options are those of the stage's net.
func (r *runner) options() train.Options {
	o := train.Defaults()
	o.Batch, o.Dropout, o.Rate, o.Momentum, o.Decay = r.j.Part, r.j.Dropout, r.stage.Rate, r.j.Momentum, r.j.Decay
	o.Clip = r.j.Clip
	o.Init, o.Seed, o.Threads = r.j.Init, r.j.Seed+uint64(r.p.Stage), r.j.Threads
	r.method.adapt(&o, r)
	switch {
	case r.split.boxes != nil:
		o.Loss = train.Euclidean
	case r.split.multi():
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
		params, momenta, err := readCheckpoint(path)
		if err != nil {
			return err
		}
		if !inside { // the checkpoint is that of the end of the stage before
			return r.method.start(r, params)
		}
		return r.restore(path, params, momenta)
	case previous != nil:
		return r.method.start(r, previous.Params())
	}
	return r.method.start(r, nil)
}

// restore takes up a checkpoint of this stage.
func (r *runner) restore(path string, params, momenta []train.Tensor) error {
	if err := r.net.SetParams(params); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return r.net.SetState(train.State{Steps: r.p.Steps, Momenta: momenta})
}

func list(names []string) string {
	if len(names) > 6 {
		return strings.Join(names[:3], ", ") + ", …, " + strings.Join(names[len(names)-2:], ", ")
	}
	return strings.Join(names, ", ")
}
