package training

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"

	"fc7/vgg/train"
)

// DivergedError is a training whose loss has grown beyond all measure. The checkpoints and the best net of before
// stand.
type DivergedError struct {
	Out          string
	Stage, Epoch int // from 1
	Step         int // of all stages, that could not be done; 0: a validation
	Rate         float64
	What         string // has grown, and in which layer
	Kept         string // the best net of before; empty: there is none yet
	Try          string // what may help
}

func (e *DivergedError) Error() string {
	at := fmt.Sprintf("step %d, rate %.3g", e.Step, e.Rate)
	if e.Step == 0 {
		at = fmt.Sprintf("validation, rate %.3g", e.Rate)
	}
	kept := "there is no net yet to go on from"
	if e.Kept != "" {
		kept = "the best net of before stands in " + e.Kept
	}
	return fmt.Sprintf("the training has diverged at stage %d, epoch %d, %s: %s; %s. Try, in another folder, %s", e.Stage, e.Epoch, at, e.What, kept, e.Try)
}

// beyond is how many times chance, or the first loss where that is larger, a loss may be: small nets come back from
// some tens of times.
const beyond = 1000

// guard is the error of a step whose loss has grown beyond all measure.
func (r *runner) guard(loss float64) error {
	if r.p.First == 0 {
		r.p.First = loss
	}
	limit := beyond * math.Max(r.chance, r.p.First)
	if loss <= limit {
		return nil
	}
	layer, value, err := r.net.Largest()
	if err != nil {
		return err
	}
	return &train.DivergedError{Layer: layer, What: fmt.Sprintf("the loss is %.4g, where an answer by chance has %.4g; the largest value, %.3g, is in %s", loss, r.chance, value, layer)}
}

// diverged tells of a step, or a validation, whose numbers have grown; other errors stay what they are.
func (r *runner) diverged(err error, step int, rate float64) error {
	e := new(train.DivergedError)
	if !errors.As(err, &e) {
		return fmt.Errorf("stage %d, epoch %d: %w", r.p.Stage+1, r.p.Epoch+1, err)
	}
	d := &DivergedError{Out: r.j.Out, Stage: r.p.Stage + 1, Epoch: r.p.Epoch + 1, Step: step, Rate: rate, What: e.What}
	cut := ""
	if r.j.Clip == 0 {
		cut = " gradients cut to a norm (--clip 1),"
	}
	d.Try = fmt.Sprintf("%v,%s%s or a larger batch", r.method.lower(r.stage), r.method.slower(), cut)
	if r.best.Best {
		d.Kept = filepath.Join(r.j.Out, weightsName)
	}
	return d
}

// chance is the loss of a net that answers each image by the shares of the classes, or labels, among the training
// images: their entropy.
func (s *split) chance() float64 {
	if s.boxes != nil {
		return 0 // settleBoxes tells
	}
	n, sum := float64(len(s.train)), 0.0
	surprise := func(count float64) float64 {
		if count == 0 {
			return 0
		}
		return -count / n * math.Log(count/n)
	}
	if !s.multi() {
		of := make([]float64, len(s.classes))
		for _, i := range s.train {
			of[s.class[i]]++
		}
		for _, c := range of {
			sum += surprise(c)
		}
		return sum
	}
	for k := range s.classes {
		var with, without float64
		for _, i := range s.train {
			switch s.labels[i][k] {
			case 1:
				with++
			case -1:
				without++
			}
		}
		sum += surprise(with) + surprise(without)
	}
	return sum
}

// learned is the part of chance below which the loss of a net that learns falls.
const learned = 0.9

// tellLearning says after a stage that it has learned nothing.
func (r *runner) tellLearning() {
	if r.last.Loss <= learned*r.chance {
		return
	}
	r.note(fmt.Sprintf("stage %d has learned nothing: its last epoch has a loss of %.4g, where an answer by chance has %.4g. More epochs, %s may help",
		r.p.Stage+1, r.last.Loss, r.chance, r.method.hope()))
}
