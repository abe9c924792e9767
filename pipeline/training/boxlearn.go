package training

import (
	"context"
	"fmt"
	"math"
	"time"

	"fc7/heads/localise"
	"fc7/vgg"
)

// boxUnits is what the boxes of a training are measured by, of views of its images before the first step.
type boxUnits struct {
	Mean      [4]float64 `json:"mean"`
	Deviation [4]float64 `json:"deviation"`
	Central   float64    `json:"central"` // see localise.Head
	Chance    float64    `json:"chance"`  // loss of a net that gives the mean for all
}

// boxViews is how many views of images the units are of, at most.
const boxViews = 4096

// least is the smallest deviation that targets are divided by, in sides of the crop: of a set whose objects are all in
// one place.
const least = 0.01

// settleBoxes measures the boxes where the net is to predict them, unless an earlier sitting did, and makes them those
// of the net's weights.
func (r *runner) settleBoxes(ctx context.Context) (err error) {
	b := r.split.boxes
	if b == nil {
		return nil
	}
	if r.p.Boxes == nil {
		if r.p.Boxes, err = r.measureBoxes(ctx); err != nil {
			return err
		}
	}
	u := r.p.Boxes
	b.head.Mean, b.head.Deviation, b.head.Central, b.head.Side = u.Mean, u.Deviation, u.Central, r.validationSide()
	r.chance = u.Chance
	delete(r.meta, vgg.MetaClasses) // the outputs are none
	r.meta[vgg.MetaBoxes], err = b.head.Encode()
	return err
}

// measureBoxes is over the first view of each of the training images, or of some.
func (r *runner) measureBoxes(ctx context.Context) (*boxUnits, error) {
	items := order(r.feed.train, r.j.Seed, r.p.Stage, 0)
	items = items[:min(boxViews, len(items))]
	first := func(ctx context.Context, dst []float32, item int) error { return r.feed.sample(ctx, dst, item, 0) }
	var seen []target
	err := (&reader[float32]{r.workers(), r.feed.width, first}).each(ctx, items, 0, r.j.Part, func(b batch[float32], _ time.Duration) error {
		r.failed(b.failed)
		seen = append(seen, r.targets(b)...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(seen) == 0 {
		return nil, fmt.Errorf("none of %d training images could be read: %w", len(items), r.lastFailure())
	}
	return unitsOf(seen, r.split.boxes.o.Targets), nil
}

// unitsOf are those of targets by that rule.
func unitsOf(seen []target, rule string) *boxUnits {
	u, n := new(boxUnits), float64(len(seen))
	var squares [4]float64
	var images []localise.Place
	for _, t := range seen {
		images = append(images, t.image)
		for i, v := range t.crop.Centred() {
			u.Mean[i] += v / n
		}
	}
	for _, t := range seen {
		for i, v := range t.crop.Centred() {
			squares[i] += float64((v-u.Mean[i])*(v-u.Mean[i])) / n
		}
	}
	for i, s := range squares {
		if u.Deviation[i] = max(least, math.Sqrt(s)); rule == TargetsPixels {
			u.Deviation[i] = 1.0 / boxCrop
		}
		u.Chance += s / float64(u.Deviation[i]*u.Deviation[i]) / 2
	}
	if rule == TargetsPixels {
		u.Mean = [4]float64{}
	}
	u.Central = localise.BestCentral(images)
	return u
}

// targets are those that stand behind the inputs of a batch.
func (r *runner) targets(b batch[float32]) (seen []target) {
	for n := range b.items {
		seen = append(seen, targetOf(b.x[(n+1)*r.feed.width-targetSize:]))
	}
	return seen
}

// apart takes the targets off the inputs of a batch, whose memory it uses again; where no boxes are learnt there are
// none.
func (r *runner) apart(b batch[float32]) (x []float32, seen []target) {
	if r.split.boxes == nil {
		return b.x, nil
	}
	seen = r.targets(b)
	width, rest := r.feed.width, r.feed.width-targetSize
	for n := range b.items {
		copy(b.x[n*rest:], b.x[n*width:n*width+rest])
	}
	return b.x[:len(b.items)*rest], seen
}

// wanted are the outputs that the net is to give, [N, outputs].
func (b *boxes) wanted(seen []target) []float32 {
	k := b.head.Outputs()
	y := make([]float32, k*len(seen))
	for n, t := range seen {
		b.head.Target(y[n*k:(n+1)*k], t.crop, t.class)
	}
	return y
}

// learnBoxes does a step of the solver.
func (r *runner) learnBoxes(b batch[float32]) (float64, error) {
	x, seen := r.apart(b)
	return r.net.StepValues(x, r.split.boxes.wanted(seen))
}

// boxed judges what the net gives for a box.
func (j *judge) boxed(given []float32, seen target) {
	b := j.s.boxes
	for i, want := range b.wanted([]target{seen}) {
		if d := float64(given[i]) - float64(want); want == want {
			j.loss += float64(d*d) / 2
		}
	}
	iou := b.head.Place(given, seen.class).IoU(seen.crop)
	if j.iou += iou; iou < localise.Enough {
		j.top1++
	}
}
