package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"fc7/heads/metrics"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg/train"
)

// validate measures loss and errors on the validation images' centres: of classes, labels or boxes.
func (r *runner) validate(ctx context.Context) (trainlog.Epoch, error) {
	e := trainlog.Epoch{
		Stage: r.p.Stage + 1, Stages: len(r.j.Stages), Epoch: r.p.Epoch + 1, Epochs: r.stage.Epochs, Net: r.c.Name, Step: r.p.Total,
		Loss: r.p.Sums.Loss / math.Max(1, float64(r.p.Sums.Images)), Rate: r.p.Sums.Rate, Failed: r.p.Sums.Failed + r.feed.failed,
	}
	if len(r.split.val) == 0 {
		return e, nil
	}
	j := newJudge(r.split)
	rd := &reader[float32]{r.workers(), r.feed.width, r.feed.centre}
	err := rd.each(ctx, r.feed.val, 0, r.j.Part, func(b batch[float32], _ time.Duration) error {
		r.failed(b.failed)
		e.Failed += len(b.failed)
		if len(b.items) == 0 {
			return nil
		}
		x, seen := r.apart(b)
		scores, err := r.net.Forward(x)
		if err != nil {
			return err
		}
		if bad := firstBad(scores); bad >= 0 {
			return r.diverged(&train.DivergedError{Layer: "fc8", What: fmt.Sprintf("the net gives %v for %s", scores[bad], r.set.Items[b.items[bad/r.split.outputs()]].ID)}, 0, e.Rate)
		}
		j.add(scores, b.items, seen)
		return nil
	})
	if err != nil {
		return e, err
	}
	if j.images == 0 {
		return e, fmt.Errorf("none of the %d validation images could be read: %w", len(r.split.val), r.lastFailure())
	}
	return e, j.write(&e)
}

// firstBad is the place of the first score that is not finite, or -1.
func firstBad(scores []float32) int {
	return slices.IndexFunc(scores, func(s float32) bool { return s-s != 0 })
}

// judge adds up how a net does on validation images.
type judge struct {
	s                *split
	images           int
	loss, top1, top5 float64     // of boxes top1 are the wrong ones
	iou              float64     // of boxes, summed
	right, of        []int       // by class, where an image has one
	scores           [][]float64 // by class, where it may have several
	truth            [][]int8
}

func newJudge(s *split) *judge {
	k := len(s.classes)
	return &judge{s: s, right: make([]int, k), of: make([]int, k), scores: make([][]float64, k), truth: make([][]int8, k)}
}

// add judges the scores [N, outputs] of N items, of which seen are the boxes, where these are learnt.
func (j *judge) add(scores []float32, items []int, seen []target) {
	k := j.s.outputs()
	for n, i := range items {
		j.images++
		switch s := scores[n*k : (n+1)*k]; {
		case j.s.boxes != nil:
			j.boxed(s, seen[n])
		case j.s.multi():
			j.labelled(s, j.s.labels[i])
		default:
			j.classified(s, j.s.class[i])
		}
	}
}

// classified judges an image of one class. A class of equal score comes before the right one.
func (j *judge) classified(s []float32, class int) {
	above := 0
	for c, v := range s {
		if c != class && v >= s[class] {
			above++
		}
	}
	j.loss += crossEntropy(s, class)
	j.of[class]++
	if above > 0 {
		j.top1++
	} else {
		j.right[class]++
	}
	if above > 4 {
		j.top5++
	}
}

// crossEntropy is the softmax cross-entropy of scores, relative to the score of the class, or to the greatest where
// that overflows.
func crossEntropy(scores []float32, class int) float64 {
	from := func(base float32) float64 {
		sum := 0.0
		for _, v := range scores {
			sum += math.Exp(float64(v) - float64(base))
		}
		return math.Log(sum)
	}
	loss := from(scores[class])
	if top := slices.Max(scores); math.IsInf(loss, 1) && !math.IsInf(float64(top), 1) {
		loss = float64(top) - float64(scores[class]) + from(top)
	}
	return loss
}

// labelled judges an image of several labels: +1, -1, or 0 for one that does not count.
func (j *judge) labelled(s []float32, labels []int8) {
	for c, v := range s {
		if labels[c] != 0 {
			j.loss += softplus(-float64(labels[c]) * float64(v))
		}
		j.scores[c], j.truth[c] = append(j.scores[c], float64(v)), append(j.truth[c], labels[c])
	}
}

// softplus is log(1+exp(x)), without overflow.
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// write puts the means into e.
func (j *judge) write(e *trainlog.Epoch) error {
	n := float64(j.images)
	e.Validated, e.ValLoss = j.images, j.loss/n
	if j.s.boxes != nil {
		e.Boxes, e.Top1, e.MeanIoU = true, j.top1/n, j.iou/n
		return nil
	}
	if !j.s.multi() {
		e.Top1, e.Top5 = j.top1/n, j.top5/n
		classes := 0
		for k, of := range j.of {
			if of > 0 {
				classes++
				e.MeanRecall += float64(j.right[k]) / float64(of)
			}
		}
		e.MeanRecall /= float64(classes)
		return nil
	}
	e.MultiLabel = true
	aps := make([]metrics.Value, len(j.scores))
	for k := range aps {
		var err error
		if aps[k], err = metrics.APAll(j.scores[k], j.truth[k]); err != nil {
			return fmt.Errorf("class %s: %w", j.s.classes[k], err)
		}
	}
	mean, defined := metrics.Mean(aps)
	if defined == 0 {
		return errors.New("no class has a positive validation image: mean AP is not defined")
	}
	e.MeanAP = float64(mean)
	return nil
}
