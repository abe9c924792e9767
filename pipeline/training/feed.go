package training

import (
	"context"
	"runtime"
)

// feed is where the inputs of a stage's net come from.
type feed struct {
	width      int   // numbers of an input
	train, val []int // items
	failed     int   // images that are in neither, because they could not be read
	sample     func(ctx context.Context, dst []float32, item, epoch int) error
	centre     func(ctx context.Context, dst []float32, item int) error
}

// images are the pixels themselves, varied anew in each epoch.
func (r *runner) images() feed {
	a := augment{r.p.Colours, !r.j.NoFlip, !r.j.NoColour, r.pre}
	return feed{
		width: r.loader.inputs(), train: r.split.train, val: r.split.val,
		sample: func(ctx context.Context, dst []float32, item, epoch int) error {
			return r.loader.sample(ctx, dst, item, a, random(r.j.Seed, r.p.Stage, epoch, item))
		},
		centre: func(ctx context.Context, dst []float32, item int) error {
			return r.loader.centre(ctx, dst, item, r.pre)
		},
	}
}

// workers is how many images are read at once.
func (r *runner) workers() int {
	if r.j.decoders < 1 {
		return max(2, runtime.GOMAXPROCS(0))
	}
	return r.j.decoders
}
