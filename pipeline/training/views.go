package training

import "context"

// drawVersion numbers how views are drawn: it grows with every change after which the same seed gives other ones.
const drawVersion = 1

// viewer makes the inputs of a stage of fine-tuning: views of images, or the maps that frozen layers give for them.
type viewer struct {
	r *runner
	t *tuning
}

// view writes what training sees of an item the n-th time that it sees it, and its target (addTarget), as pixels of 8
// bits: what a net is given where it is used, and so the same for maps that are cached and for images.
func (v *viewer) view(ctx context.Context, dst []byte, item, n int) error {
	if v.t.job.Views == 0 {
		return v.middleView(ctx, dst, item)
	}
	a := augment{v.r.p.Colours, !v.r.j.NoFlip, !v.r.j.NoColour, v.r.pre}
	r := random(v.r.j.Seed, v.r.p.Stage, n, item)
	w, err := v.r.loader.draw(ctx, item, a, r)
	if err == nil {
		v.addTarget(dst, &w, item, true, r)
		pixels(dst[:v.r.loader.inputs()], w)
	}
	return err
}

// middleView writes what validation sees of an item.
func (v *viewer) middleView(ctx context.Context, dst []byte, item int) error {
	w, err := v.r.loader.middle(ctx, item)
	if err == nil {
		v.addTarget(dst, &w, item, false, random(v.r.j.Seed, v.r.p.Stage, 0, item))
		pixels(dst[:v.r.loader.inputs()], w)
	}
	return err
}

// seen are the views themselves, each epoch another one.
func (v *viewer) seen() feed {
	input := func(dst []float32, view func(dst []byte) error) error {
		p := make([]byte, v.input())
		if err := view(p); err != nil {
			return err
		}
		size := v.r.loader.inputs()
		v.r.pre.Inputs(dst[:size], p[:size])
		targetBytes(dst[size:], p)
		return nil
	}
	return feed{
		width: v.r.loader.inputs() + v.r.split.tail(), train: v.r.split.train, val: v.r.split.val,
		sample: func(ctx context.Context, dst []float32, item, epoch int) error {
			return input(dst, func(p []byte) error { return v.view(ctx, p, item, epoch) })
		},
		centre: func(ctx context.Context, dst []float32, item int) error {
			return input(dst, func(p []byte) error { return v.middleView(ctx, p, item) })
		},
	}
}
