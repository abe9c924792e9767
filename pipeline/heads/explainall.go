package heads

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
)

// ExplainJob asks Predict for the evidence of images that have scores.
type ExplainJob struct {
	Ask
	Images int                   // the first so many
	Tell   func(*Evidence) error // in the order of the inputs, each after the answer for its image
}

// explainFirst answers for the first items and tells their evidence, of as many as are asked for, and returns how many
// items that were. Each goes through the nets once, by itself. One that cannot be explained goes the way of all others,
// which tells what is wrong with it; where there is nothing, the evidence has failed.
func (p *predictor) explainFirst(ctx context.Context) (next int, err error) {
	x := p.job.Explain
	if x == nil {
		return 0, nil
	}
	e, err := p.h.newExplainer(p.parts, p.job.Threads)
	if err != nil {
		return 0, err
	}
	defer e.close()
	r := conveyor.NewReader(p.set, conveyor.Options{Decode: p.job.Decode, ImageTime: p.job.ImageTime})
	began := time.Now()
	for ; next < len(p.set.Items) && p.shown < x.Images; next++ {
		it := &p.set.Items[next]
		one, d, err := e.explain(ctx, r, it, x.Ask)
		if m := new(conveyor.MachineError); errors.As(err, &m) || ctx.Err() != nil {
			return next, errors.Join(err, ctx.Err())
		}
		if err != nil {
			err = p.unexplained(ctx, next, err)
		} else if err = p.one(outputs.Row{
			Image: it.ID, Object: it.Object, Labels: it.Labels(), Ignored: it.Ignored(), None: it.None, Status: outputs.StatusOK, Descriptors: d,
		}); err == nil {
			p.shown++
			err = x.Tell(one)
		}
		if err != nil {
			return next, err
		}
		t := time.Since(began)
		p.ev.TellProgress(conveyor.Progress{Total: len(p.set.Items), Done: next + 1, Failed: p.failed, Times: conveyor.Times{Elapsed: t, Computing: t}})
	}
	return next, nil
}

// unexplained answers for an item without evidence; why is the reason.
func (p *predictor) unexplained(ctx context.Context, item int, why error) error {
	failed := p.failed
	quiet := *p
	quiet.ev.Progress = nil
	err := quiet.some(ctx, item, item+1)
	p.told, p.failed = quiet.told, quiet.failed
	if err == nil && p.failed == failed {
		p.failed++
		p.ev.TellWarning(p.set.Items[item].ID, why.Error())
	}
	return err
}

// tellRest tells how many images have scores and no evidence, if there are any.
func (p *predictor) tellRest() {
	if n := p.told - p.failed; p.job.Explain != nil && n > p.shown {
		p.ev.TellNote(fmt.Sprintf("evidence of the first %d of %d images", p.shown, n))
	}
}
