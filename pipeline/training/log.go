package training

import (
	"math"

	"fc7/pipeline/training/trainlog"
)

// remember finds the best and the last epoch of what the log holds.
func (r *runner) remember() error {
	epochs, err := trainlog.Epochs(r.j.Out)
	if err != nil {
		return err
	}
	for _, e := range epochs {
		r.last = e
		if e.Best {
			r.best = e
		}
	}
	return nil
}

// logEvery is how many steps lie between two lines of steps.
const logEvery = 10

func (r *runner) tellStep(s trainlog.Step) error {
	if r.ev.Step != nil {
		r.ev.Step(s)
	}
	if s.Step%logEvery != 0 || math.IsNaN(s.Loss) {
		return nil
	}
	return r.log.Append(trainlog.Line{Step: &s})
}

func (r *runner) tellEpoch(e trainlog.Epoch) error {
	if r.ev.Epoch != nil {
		r.ev.Epoch(e)
	}
	return r.log.Append(trainlog.Line{Epoch: &e})
}
