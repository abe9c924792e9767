package main

import (
	"fmt"
	"strings"
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
	pace   pace
}

func (t *trainView) events() training.Events {
	ev := training.Events{Note: t.c.note}
	switch l := t.c.json; {
	case t.c.quiet:
	case l != nil:
		ev.Step = func(s trainlog.Step) {
			if l.due() || s.Images == s.Total {
				l.line("step", s)
			}
		}
		ev.Epoch = func(e trainlog.Epoch) { l.line("epoch", e) }
		ev.Views = func(v training.ViewsInfo) {
			if l.due() || v.Done == v.Total {
				l.line("views", v)
			}
		}
	default:
		ev.Step, ev.Epoch, ev.Views = t.step, t.epoch, t.views
	}
	return ev
}

// tell shows how much of all is done, and parts, the most important first: over the line before on a terminal, and else
// now and then.
func (t *trainView) tell(done, all int, parts ...string) {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if t.c.terminal {
		t.c.line.draw(t.c.screen, int64(done), int64(all), parts...)
	} else if t.pace.due(time.Now()) {
		fmt.Fprintln(t.c.err, strings.Join(parts, ", "))
	}
}

func (t *trainView) views(v training.ViewsInfo) {
	t.tell(v.Done, v.Total, fmt.Sprintf("cached %d of %d views", v.Done, v.Total), fmt.Sprintf("%.1f views/s", v.Speed), fmt.Sprintf("waiting %.0f%%", 100*v.Waiting))
}

func (t *trainView) step(s trainlog.Step) {
	epoch := fmt.Sprintf("epoch %d of %d", s.Epoch, s.Epochs)
	if s.Stages > 1 || !t.c.terminal {
		epoch = fmt.Sprintf("stage %d of %d, ", s.Stage, s.Stages) + epoch
	}
	t.tell(s.Images, s.Total, epoch, fmt.Sprintf("loss %.4f", s.Loss), fmt.Sprintf("%.1f images/s", s.Speed),
		fmt.Sprintf("image %d of %d", s.Images, s.Total), fmt.Sprintf("rate %.2g", s.Rate), fmt.Sprintf("waiting %.0f%%", 100*s.Waiting))
}

func (t *trainView) epoch(e trainlog.Epoch) {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	t.c.wipe()
	measures := [2]string{"top-1 error", "top-5 error"}
	values := [2]float64{e.Top1, e.Top5}
	if e.MultiLabel {
		measures, values = [2]string{"mean AP", ""}, [2]float64{e.MeanAP, 0}
	}
	if e.Boxes {
		measures, values = [2]string{"wrong boxes", "mean IoU"}, [2]float64{e.Top1, e.MeanIoU}
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
	case b.Boxes:
		c.printf("; validation (%s, %s): %.1f%% of the boxes wrong (IoU below 0.5), mean IoU %.1f%% after epoch %d of stage %d",
			val, kind, 100*b.Top1, 100*b.MeanIoU, b.Epoch, b.Stage)
	default:
		c.printf("; validation (%s, %s): top-1 error %.1f%%, top-5 error %.1f%%, mean class recall %.1f%% after epoch %d of stage %d",
			val, kind, 100*b.Top1, 100*b.Top5, 100*b.MeanRecall, b.Epoch, b.Stage)
	}
	c.printf("\nweights: %s\n", r.Weights)
	if len(r.Failed) > 0 {
		c.printf("%s could not be read and took no part: %s\n", counted(len(r.Failed), "image"), few.Names(r.Failed))
	}
}
