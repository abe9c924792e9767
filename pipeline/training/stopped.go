package training

import (
	"context"
	"errors"
	"fmt"

	"fc7/pipeline/conveyor"
)

// InterruptedError is a training that was stopped from outside and can go on.
type InterruptedError struct {
	Out   string
	Steps int // done, all of them in a checkpoint
	Views int // before the first step: those that are cached
	Cause error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("%s; run the same command again to go on", kept(e.Out, e.Steps, e.Views))
}

func (e *InterruptedError) Unwrap() error { return e.Cause }

// StoppedError is a training that could not go on, since something is wrong with the machine: a data set that is gone,
// too many open files. What was done is kept.
type StoppedError struct {
	Out   string
	Steps int // done, all of them in a checkpoint
	Views int // before the first step: those that are cached
	Cause error
}

func (e *StoppedError) Error() string {
	return fmt.Sprintf("%v\n%s; when the cause is gone, the same command goes on", e.Cause, kept(e.Out, e.Steps, e.Views))
}

func (e *StoppedError) Unwrap() error { return e.Cause }

func kept(out string, steps, views int) string {
	if steps == 0 && views > 0 {
		return fmt.Sprintf("%d views are kept", views) // in the run's folder, or where they are cached
	}
	return fmt.Sprintf("%d steps are kept in %s", steps, out)
}

// stopped keeps what was done when the context ends, or the machine is in trouble.
func (r *runner) stopped(err error) error {
	var machine *conveyor.MachineError
	interrupted := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	if !interrupted && !errors.As(err, &machine) {
		return err
	}
	if r.anyDone {
		if e := r.checkpoint(); e != nil {
			if machine != nil {
				e = errors.Join(err, e)
			}
			return e
		}
	}
	if machine != nil {
		return &StoppedError{r.j.Out, r.p.Total, r.method.cached(), machine}
	}
	return &InterruptedError{r.j.Out, r.p.Total, r.method.cached(), err}
}
