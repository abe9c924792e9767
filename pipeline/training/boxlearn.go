package training

import (
	"context"
	"fmt"
	"math"
	"time"

	"fc7/heads/localise"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/train"
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
	one := make([]float32, r.feed.width)
	var seen []target
	for _, i := range items {
		if err := r.feed.sample(ctx, one, i, 0); ends(ctx, err) {
			return nil, err
		} else if err != nil {
			r.failed([]failure{{i, err}})
			continue
		}
		seen = append(seen, targetOf(one[len(one)-targetSize:]))
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

// apart takes the targets off the inputs of a batch, whose memory it uses again.
func (r *runner) apart(b batch[float32]) (x []float32, seen []target) {
	width := r.feed.width
	rest := width - targetSize
	for n := range b.items {
		seen = append(seen, targetOf(b.x[n*width+rest:(n+1)*width]))
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

// judge adds to an epoch's sums what the net gives, [N, outputs], for what was seen.
func (b *boxes) judge(e *trainlog.Epoch, given []float32, seen []target) {
	for i, want := range b.wanted(seen) {
		if d := float64(given[i]) - float64(want); want == want {
			e.ValLoss += float64(d*d) / 2
		}
	}
	k := b.head.Outputs()
	for n, t := range seen {
		iou := b.head.Place(given[n*k:(n+1)*k], t.class).IoU(t.crop)
		if e.MeanIoU += iou; iou < localise.Enough {
			e.Top1++
		}
	}
	e.Validated += len(seen)
}

// validateBoxes measures loss, wrong boxes and the mean IoU on the validation images' centres.
func (r *runner) validateBoxes(ctx context.Context, e trainlog.Epoch) (trainlog.Epoch, error) {
	rd := &reader[float32]{r.workers(), r.feed.width, r.feed.centre}
	err := rd.each(ctx, r.feed.val, 0, r.j.Part, func(b batch[float32], _ time.Duration) error {
		r.failed(b.failed)
		e.Failed += len(b.failed)
		if len(b.items) == 0 {
			return nil
		}
		x, seen := r.apart(b)
		given, err := r.net.Forward(x)
		if err != nil {
			return err
		}
		if bad := firstBad(given); bad >= 0 {
			return r.diverged(&train.DivergedError{Layer: "fc8", What: fmt.Sprintf("the net gives %v for %s", given[bad], r.set.Items[b.items[bad/r.split.outputs()]].ID)}, 0, e.Rate)
		}
		r.split.boxes.judge(&e, given, seen)
		return nil
	})
	if err != nil {
		return e, err
	}
	if e.Boxes = true; e.Validated == 0 {
		return e, fmt.Errorf("none of the %d validation images could be read: %w", len(r.split.val), r.lastFailure())
	}
	n := float64(e.Validated)
	e.ValLoss, e.MeanIoU, e.Top1 = e.ValLoss/n, e.MeanIoU/n, e.Top1/n
	return e, nil
}
