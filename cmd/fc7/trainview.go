package main

import (
	"fmt"
	"time"

	"fc7/internal/few"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/training"
	"fc7/pipeline/training/trainlog"
)

// trainView shows a training as it goes.
type trainView struct {
	c      *console
	header bool
	last   time.Time
}

func (t *trainView) events() training.Events {
	if l := t.c.json; l != nil {
		return training.Events{
			Note: l.note,
			Step: func(s trainlog.Step) {
				if l.due() || s.Images == s.Total {
					l.line("step", s)
				}
			},
			Epoch: func(e trainlog.Epoch) { l.line("epoch", e) },
			Views: func(v training.ViewsInfo) {
				if l.due() || v.Done == v.Total {
					l.line("views", v)
				}
			},
		}
	}
	return training.Events{Note: t.c.note, Step: t.step, Epoch: t.epoch, Views: t.views}
}

// line shows where the training is, over the line before on a terminal, and else now and then.
func (t *trainView) line(format string, args ...any) {
	every := lineEvery
	if t.c.terminal {
		every = time.Second / 2
	}
	if time.Since(t.last) < every {
		return
	}
	t.last = time.Now()
	if text := fmt.Sprintf(format, args...); t.c.terminal {
		fmt.Fprintf(t.c.screen, "\r\x1b[K%s", text)
	} else {
		fmt.Fprintln(t.c.err, text)
	}
}

func (t *trainView) views(v training.ViewsInfo) {
	t.line("cached %d of %d views, %.1f views/s, waiting %.0f%%", v.Done, v.Total, v.Speed, 100*v.Waiting)
}

func (t *trainView) step(s trainlog.Step) {
	t.line("stage %d of %d, epoch %d of %d, image %d of %d: loss %.4f, rate %.2g, %.1f images/s, waiting %.0f%%",
		s.Stage, s.Stages, s.Epoch, s.Epochs, s.Images, s.Total, s.Loss, s.Rate, s.Speed, 100*s.Waiting)
}

func (t *trainView) epoch(e trainlog.Epoch) {
	if t.c.terminal {
		fmt.Fprint(t.c.screen, "\r\x1b[K")
	}
	measures := [2]string{"top-1 error", "top-5 error"}
	values := [2]float64{e.Top1, e.Top5}
	if e.MultiLabel {
		measures, values = [2]string{"mean AP", ""}, [2]float64{e.MeanAP, 0}
	}
	if !t.header {
		t.header = true
		fmt.Fprintf(t.c.err, "stage  epoch    loss  val loss  %11s  %11s    rate  images/s  waiting\n", measures[0], measures[1])
	}
	var cells [3]string
	if e.Validated > 0 {
		cells[0] = fmt.Sprintf("%.4f", e.ValLoss)
		for i, m := range measures {
			if m != "" {
				cells[i+1] = fmt.Sprintf("%.1f%%", 100*values[i])
			}
		}
	}
	best := ""
	if e.Best && e.Validated > 0 {
		best = "  best"
	}
	fmt.Fprintf(t.c.err, "%5d  %5d  %6.4f  %8s  %11s  %11s  %6.2g  %8.1f  %6.0f%%%s\n",
		e.Stage, e.Epoch, e.Loss, cells[0], cells[1], cells[2], e.Rate, e.Speed, 100*e.Waiting, best)
}

// trainingJSON is what came of a training.
func trainingJSON(r *training.Result) any {
	return map[string]any{
		"weights": r.Weights, "net": r.Net, "steps": r.Steps, "train_images": r.Train, "val_images": r.Val,
		"held_out": r.HeldOut, "best": r.Best, "failed": len(r.Failed), "already_there": r.AlreadyThere,
	}
}

// tellTraining tells what came of a training, and that images failed by its error.
func tellTraining(c *console, r *training.Result) error {
	err := c.result(trainingJSON(r), func() error {
		printTraining(c, r)
		return nil
	})
	if err == nil && len(r.Failed) > 0 {
		err = conveyor.ErrSomeFailed
	}
	return err
}

func printTraining(c *console, r *training.Result) {
	if r.AlreadyThere {
		c.printf("the training was done already\n")
	}
	c.printf("%s: %s on %s", r.Net, counted(r.Steps, "step"), counted(r.Train, "image"))
	val := fmt.Sprint(r.Val)
	if b := r.Best.Validated; b > 0 && b < r.Val {
		val = fmt.Sprintf("%d of %d", b, r.Val)
	}
	kind := "the data set's val split"
	if r.HeldOut {
		kind = "images held out by the seed"
	}
	switch b := r.Best; {
	case r.Val == 0:
		c.printf("; no image was held out for validation")
	case b.MultiLabel:
		c.printf("; validation (%s, %s): mean AP %.1f%% after epoch %d of stage %d", val, kind, 100*b.MeanAP, b.Epoch, b.Stage)
	default:
		c.printf("; validation (%s, %s): top-1 error %.1f%%, top-5 error %.1f%%, mean class recall %.1f%% after epoch %d of stage %d",
			val, kind, 100*b.Top1, 100*b.Top5, 100*b.MeanRecall, b.Epoch, b.Stage)
	}
	c.printf("\nweights: %s\n", r.Weights)
	if len(r.Failed) > 0 {
		c.printf("%s could not be read and took no part: %s\n", counted(len(r.Failed), "image"), few.Names(r.Failed))
	}
}
