package training

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/train"
)

// diary keeps the history of a run for its report: when it was at work, and by which command. Trouble with it is told
// and ends nothing.
type diary struct {
	history trainlog.History
	open    *trainlog.Sitting // nil: nothing was done yet
	began   time.Time
	written time.Time
}

// diaryEvery is how often a sitting is written down, for the case of a kill.
const diaryEvery = 30 * time.Second

// openDiary reads what earlier sittings wrote.
func (r *runner) openDiary(began time.Time) {
	r.diary = diary{began: began}
	if c := r.j.Command; c != nil && c.Started.Before(began) && began.Sub(c.Started) < time.Hour { // opening the data set is work, too
		r.diary.began = c.Started
	}
	h, err := trainlog.ReadHistory(r.j.Out)
	if err != nil {
		r.note(fmt.Sprintf("what the file says of earlier sittings is left out of the report: %v", err))
	}
	if h != nil {
		r.diary.history.Sittings = h.Sittings
	}
}

// sit begins a sitting, unless it has begun: one that finds nothing to do is none.
func (r *runner) sit() error {
	d := &r.diary
	if d.open != nil {
		return nil
	}
	about, err := r.about()
	if err != nil {
		return err
	}
	d.history.About = about
	d.history.Sittings = append(d.history.Sittings, trainlog.Sitting{Command: r.j.Command, Began: d.began.UTC(), From: r.p.Total})
	d.open = &d.history.Sittings[len(d.history.Sittings)-1]
	return nil
}

// prepare makes the inputs of the stage, whose time is written down.
func (r *runner) prepare(ctx context.Context) error {
	if err := r.sit(); err != nil {
		return err
	}
	began := time.Now()
	r.writeDiary()
	err := r.method.inputs(ctx, r)
	r.diary.open.Prepared += time.Since(began).Seconds()
	r.writeDiary()
	return err
}

// watched are the events of a run, of which each says that it is at work.
func (r *runner) watched(ev Events) Events {
	step, views := ev.Step, ev.Views
	ev.Step = func(s trainlog.Step) {
		if step != nil {
			step(s)
		}
		r.stillSits()
	}
	ev.Views = func(v ViewsInfo) {
		if views != nil {
			views(v)
		}
		r.diary.open.Views = v.Done - r.method.cached() // which counts those of before, as long as it goes on
		r.stillSits()
	}
	return ev
}

func (r *runner) stillSits() {
	if time.Since(r.diary.written) > diaryEvery {
		r.writeDiary()
	}
}

// writeDiary writes down that the sitting has come so far.
func (r *runner) writeDiary() {
	d := &r.diary
	if d.open == nil {
		return
	}
	d.written = time.Now()
	d.open.Ended, d.open.To, d.open.Epoch = d.written.UTC(), r.p.Total, r.last.Step
	if err := d.history.Write(r.j.Out); err != nil {
		r.note(fmt.Sprintf("what the report says of this sitting could not be written: %v", err))
	}
}

// about is what the job trains on what.
func (r *runner) about() (trainlog.About, error) {
	a := trainlog.About{DataSet: r.j.DataSet, Train: len(r.split.train), Val: len(r.split.val), HeldOut: r.split.held, Classes: len(r.split.classes)}
	a.Weights, a.Tuned = r.method.source()
	for _, s := range r.j.Stages {
		c, err := vgg.Lookup(s.Net)
		if err != nil {
			return a, err
		}
		frozen := s.Frozen
		if len(r.j.Freeze) > 0 {
			if frozen, err = train.Named(c, r.j.Freeze); err != nil {
				return a, err
			}
		}
		a.Stages = append(a.Stages, aboutStage(c, s.Net, frozen))
	}
	return a, nil
}

// aboutStage divides the layers of a net into those that are trained and those of which tensors are frozen, but for the
// statistics of batch normalisations.
func aboutStage(c vgg.Config, net string, frozen []string) trainlog.AboutStage {
	var trained, stay []string // runs of neighbours
	var last *[]string
	first := ""
	for _, l := range c.Layers() {
		if !l.HasWeights() {
			continue
		}
		to := &trained
		if slices.ContainsFunc(vgg.TorchvisionNames.Params(l), func(p vgg.Param) bool {
			return slices.Contains(frozen, p.Name) && !strings.Contains(p.Name, ".running_")
		}) {
			to = &stay
		}
		if to == last {
			(*to)[len(*to)-1] = first + " to " + l.Name
			continue
		}
		*to, last, first = append(*to, l.Name), to, l.Name
	}
	return trainlog.AboutStage{Net: net, Trained: strings.Join(trained, ", "), Frozen: strings.Join(stay, ", "), Tensors: len(frozen)}
}
