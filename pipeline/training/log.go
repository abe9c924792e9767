package training

import (
	"fmt"
	"math"
	"path/filepath"

	"fc7/pipeline/training/trainlog"
)

// openLog opens the log of a run that goes on from a checkpoint; "": from its beginning.
func (r *runner) openLog(checkpoint string) (err error) {
	lacks := func(last trainlog.Line) error {
		if what := r.p.unlogged(last); what != "" {
			return fmt.Errorf("%s, of which %s is: lines are missing at its end; put the whole log back, or train anew in another folder", what, checkpoint)
		}
		return nil
	}
	from := trainlog.Place{Stage: r.p.Stage + 1, Epoch: r.p.Epoch + 1, Step: r.p.Total}
	r.log, err = trainlog.Open(filepath.Join(r.j.Out, trainlog.Name), from, lacks)
	return err
}

// unlogged tells what of that which was done before the place stands not in the log whose last step and epoch these
// are; "": nothing.
func (p place) unlogged(last trainlog.Line) string {
	step, epoch := trainlog.Step{}, trainlog.Epoch{}
	if last.Step != nil {
		step = *last.Step
	}
	if last.Epoch != nil {
		epoch = *last.Epoch
	}
	whole := true
	switch {
	case p.Stage == 0 && p.Epoch == 0: // no epoch is done
	case p.At == 0: // one was done just before
		whole = epoch.Step == p.Total
	case p.Epoch > 0:
		whole = epoch.Stage == p.Stage+1 && epoch.Epoch == p.Epoch
	default: // the stage before may have ended early
		whole = epoch.Stage == p.Stage
	}
	if !whole {
		return fmt.Sprintf("the last epoch that it has is %d of stage %d, at step %d, and not the last one before step %d", epoch.Epoch, epoch.Stage, epoch.Step, p.Total)
	}
	if want := p.Total - p.Total%trainlog.Every; step.Step != want {
		return fmt.Sprintf("the last step that it has is %d, and not %d, the last one of every %d before step %d", step.Step, want, trainlog.Every, p.Total)
	}
	return ""
}

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

func (r *runner) tellStep(s trainlog.Step) error {
	if r.ev.Step != nil {
		r.ev.Step(s)
	}
	if s.Step%trainlog.Every != 0 || math.IsNaN(s.Loss) {
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
