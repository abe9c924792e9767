package training

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"fc7/internal/machine"
	"fc7/vgg"
	"fc7/vgg/train"
)

// pace is how fast a net trains here, an image, and what it needs.
type pace struct {
	decode, train, val time.Duration
	timed, decoded     int   // images by which train was measured, and decode
	memory             int64 // of the process at its largest, with the images that the job keeps
	params, state      int64 // bytes
}

// disk is what a run's folder holds at its fullest: one checkpoint more than are kept, and the best net twice, while a
// new one takes its place.
func (p pace) disk(keep int) int64 { return int64(keep+1)*(p.params+p.state) + 2*p.params }

// A net is measured in so many steps, of which the first warms up, or for as long after the first.
const (
	measuredSteps = 3
	measuredTime  = 10 * time.Second
)

// probe is a runner that measures.
type probe struct {
	*runner
	pace
	steps int
	began time.Time // of the steps that count
}

// errMeasured ends the measured steps.
var errMeasured = errors.New("enough is measured")

// measured trains a net of a stage for a few steps, at a rate that leaves it as it is.
func (r *runner) measured(ctx context.Context, s Stage) (pace, error) {
	defer debug.FreeOSMemory() // the next net needs the room
	p, err := r.probe(ctx, s)
	if err != nil {
		return pace{}, err
	}
	return p.paced(ctx)
}

// paced trains the net of the probe for a few steps, at a rate that leaves it as it is.
func (p *probe) paced(ctx context.Context) (pace, error) {
	if err := p.net.SetRate(1e-12); err != nil {
		return pace{}, err
	}
	rd := &reader[float32]{p.workers(), p.feed.width, func(ctx context.Context, dst []float32, item int) error { return p.feed.sample(ctx, dst, item, 0) }}
	if err := rd.each(ctx, p.items(), 0, p.j.Part, p.step); err != nil && !errors.Is(err, errMeasured) {
		return pace{}, err
	}
	if p.timed == 0 {
		return pace{}, fmt.Errorf("none of the %d images to train on could be read: %w", len(p.feed.train), p.lastFailure())
	}
	return p.pace, p.weigh()
}

// probe makes the net of a stage and its inputs; their colours are ImageNet's, which changes no time.
func (r *runner) probe(ctx context.Context, s Stage) (*probe, error) {
	p := &runner{j: r.j, set: r.set, split: r.split, method: r.method}
	p.usualColours()
	err := p.enter(s)
	if err != nil {
		return nil, err
	}
	if err := p.method.inputs(ctx, p); err != nil {
		return nil, err
	}
	if p.net, err = train.New(p.c, p.options()); err != nil {
		return nil, err
	}
	return &probe{runner: p}, nil
}

// usualColours are ImageNet's.
func (r *runner) usualColours() {
	pre := vgg.Torchvision
	for i := range 3 {
		r.p.Colours.Mean[i], r.p.Colours.Std[i] = 255*float64(pre.Mean[i]), 255*float64(pre.Std[i])
	}
}

// items are the images of the measured steps: those of the first epoch, as many as it takes where some cannot be read,
// twice at least, so that one that can makes two steps, and again and again where there are few.
func (p *probe) items() []int {
	first := order(p.feed.train, p.j.Seed, 0, 0)
	items := slices.Concat(first, first)
	for len(items) < measuredSteps*p.j.Part {
		items = append(items, first...)
	}
	return items
}

// step measures one; what a random net makes of the images does not matter.
func (p *probe) step(b batch[float32], waited time.Duration) error {
	if len(b.items) == 0 { // the training itself tells of them
		p.lastFailed = b.failed[0].err
		return nil
	}
	if _, err := p.learn(b); err != nil && !errors.As(err, new(*train.DivergedError)) {
		return err
	}
	p.steps++
	if p.steps == 1 {
		p.decode, p.decoded = waited/time.Duration(len(b.items)), len(b.items)
		began := time.Now()
		_, err := p.net.Forward(b.x[:len(b.items)*(p.feed.width-p.split.tail())]) // from which learn took the targets
		p.val = max(time.Since(began)/time.Duration(len(b.items)), p.decode)
		p.began = time.Now()
		return err
	}
	p.timed += len(b.items)
	took := time.Since(p.began)
	p.train = took / time.Duration(p.timed)
	if p.steps < measuredSteps && took < measuredTime {
		return nil
	}
	return errMeasured
}

// weigh finds what memory and disk the net needs, with the copies that a checkpoint is written from.
func (p *probe) weigh() error {
	params := p.net.Params()
	state, err := p.net.State()
	if err != nil {
		return err
	}
	p.params, p.state = bytesOf(params), bytesOf(state.Momenta)
	p.memory = int64(machine.PeakMemory())
	if kept := int64(len(p.loader.kept)); kept > 0 {
		all := (p.j.Cache - p.loader.room) / kept * int64(len(p.split.train)+len(p.split.val))
		p.memory += min(p.j.Cache, all)
	}
	runtime.KeepAlive(params)
	runtime.KeepAlive(state)
	return nil
}

// bytesOf is how long tensors are in a file.
func bytesOf(ts []train.Tensor) (n int64) {
	for _, t := range ts {
		n += 4 * int64(len(t.Data))
	}
	return n
}
