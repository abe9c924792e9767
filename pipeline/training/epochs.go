package training

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"fc7/internal/seal"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg/weights"
)

// epochs runs what is left of the stage.
func (r *runner) epochs(ctx context.Context) error {
	for r.p.Epoch < r.stage.Epochs {
		began := time.Now()
		m := newMeter()
		if err := r.epoch(ctx, m); err != nil {
			return err
		}
		if r.p.Sums.Images == 0 {
			return r.sawNothing()
		}
		if err := r.sawClasses(); err != nil {
			return err
		}
		e, err := r.validate(ctx)
		if err != nil {
			return err
		}
		e.Speed, e.Waiting, e.Seconds = m.speed(), m.share(), time.Since(began).Seconds()
		if err := r.endEpoch(e); err != nil {
			return err
		}
	}
	return nil
}

// endEpoch writes what came of an epoch. The place moves on when all of it stands, so that whoever stops in between
// does it again.
func (r *runner) endEpoch(e trainlog.Epoch) (err error) {
	next, goOn := r.p, true
	e.Best = true
	if e.Validated > 0 {
		m := mark{e.Failure(), e.ValLoss}
		if e.Best = m.beats(r.p.Best); e.Best {
			next.Best = &m
		}
		goOn = r.sched.after(&next.Schedule, m, e.Loss < learned*r.chance)
	}
	if e.Best {
		if next.Weights, err = r.writeWeights(); err != nil {
			return err
		}
		r.best = e
	}
	r.last = e
	if err := r.tellEpoch(e); err != nil {
		return err
	}
	next.Epoch, next.At, next.Sums = r.p.Epoch+1, 0, sums{}
	if !goOn {
		r.note(fmt.Sprintf("the validation error has stopped falling: stage %d ends after %d epochs", r.p.Stage+1, next.Epoch))
		next.Epoch = r.stage.Epochs
	}
	r.p = next
	return r.checkpoint()
}

// epoch trains on the rest of an epoch.
func (r *runner) epoch(ctx context.Context, m *meter) error {
	epoch := r.p.Epoch
	rd := &reader[float32]{r.workers(), r.feed.width, func(ctx context.Context, dst []float32, item int) error { return r.feed.sample(ctx, dst, item, epoch) }}
	items := order(r.feed.train, r.j.Seed, r.p.Stage, r.p.Epoch)
	return rd.each(ctx, items, r.p.At, r.j.Batch, func(b batch[float32], waited time.Duration) error {
		return r.step(b, waited, len(items), m)
	})
}

// learn does a step of the solver.
func (r *runner) learn(b batch[float32]) (float64, error) {
	if r.split.boxes != nil {
		return r.learnBoxes(b)
	}
	if r.split.multi() {
		return r.net.StepLabels(b.x, r.split.labelsOf(b.items))
	}
	return r.net.Step(b.x, r.split.classesOf(b.items))
}

// step trains on one batch.
func (r *runner) step(b batch[float32], waited time.Duration, total int, m *meter) error {
	began := time.Now()
	r.failed(b.failed)
	r.p.Sums.Failed += len(b.failed)
	done := float64(r.p.Epoch) + float64(b.at)/float64(total) // epochs
	rate := r.stage.Rate * r.sched.rate(done, r.p.Schedule) * r.stage.warm(done+1/float64(total))
	r.p.Sums.Rate = rate
	loss := 0.0
	if len(b.items) > 0 {
		if err := r.net.SetRate(math.Max(rate, 1e-12)); err != nil {
			return err
		}
		var err error
		if loss, err = r.learn(b); err == nil {
			err = r.guard(loss)
		}
		if err != nil {
			return r.diverged(err, r.p.Total+1, rate)
		}
		r.p.Total++
		r.p.Sums.Images += len(b.items)
		r.p.Sums.Loss += loss * float64(len(b.items))
	}
	r.anyDone = true
	r.p.At = b.at + len(b.items) + len(b.failed)
	m.images += len(b.items)
	m.waiting += waited
	took := time.Since(began) + waited
	if len(b.items) == 0 {
		return nil
	}
	if err := r.tellStep(trainlog.Step{
		Stage: r.p.Stage + 1, Stages: len(r.j.Stages), Epoch: r.p.Epoch + 1, Epochs: r.stage.Epochs, Images: r.p.At, Total: total,
		Step: r.p.Total, Loss: loss, Rate: rate, Speed: float64(len(b.items)) / took.Seconds(), Waiting: waited.Seconds() / took.Seconds(),
	}); err != nil {
		return err
	}
	if time.Since(r.saved) > r.j.Every {
		return r.checkpoint()
	}
	return nil
}

func (r *runner) checkpoint() error {
	r.saved = time.Now()
	if err := r.log.Sync(); err != nil { // what led to the checkpoint is not written again
		return fmt.Errorf("writing the log: %w", err)
	}
	return writeCheckpoint(r.j.Out, r.net, r.p, r.meta, r.j.Keep)
}

// writeWeights writes the net alone and returns the digest of its file.
func (r *runner) writeWeights() (string, error) {
	tensors, err := r.method.whole(sources(r.net.Params(), ""))
	if err != nil {
		return "", err
	}
	path := filepath.Join(r.j.Out, weightsName)
	if err := weights.WriteSafetensors(path, tensors, weights.SafetensorsOptions{Metadata: r.meta, Overwrite: true}); err != nil {
		return "", err
	}
	return seal.File(path)
}
