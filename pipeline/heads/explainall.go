package heads

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fc7/pipeline/conveyor"
)

// ExplainJob asks Predict for the evidence of images that have scores.
type ExplainJob struct {
	Ask
	Images int                   // the first so many
	Tell   func(*Evidence) error // in the order of the inputs, after all answers
}

// scored is an item whose descriptors, of all scales of all parts, wait for its turn.
type scored struct {
	item        int
	descriptors [][]float32
}

// keep keeps the descriptors of the item that is told next, if it is to be explained.
func (p *predictor) keep(descriptors [][]float32) {
	if x := p.job.Explain; x != nil && len(p.kept) < x.Images {
		p.kept = append(p.kept, scored{p.told, descriptors})
	}
}

// explainAll tells the evidence of the items that were kept. One that cannot be read any more is told, and counts as
// failed.
func (p *predictor) explainAll(ctx context.Context) error {
	x := p.job.Explain
	if x == nil || len(p.kept) == 0 {
		return nil
	}
	if n := p.told - p.failed; n > len(p.kept) {
		p.ev.TellNote(fmt.Sprintf("evidence of the first %d of %d images", len(p.kept), n))
	}
	e, err := p.h.newExplainer(p.parts, p.job.Threads)
	if err != nil {
		return err
	}
	defer e.close()
	r := conveyor.NewReader(p.set, conveyor.Options{Decode: p.job.Decode, ImageTime: p.job.ImageTime})
	began := time.Now()
	for i, k := range p.kept {
		it := &p.set.Items[k.item]
		one, err := e.explain(ctx, r, it, k.descriptors, x.Ask)
		if m := new(conveyor.MachineError); errors.As(err, &m) || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if err == nil {
			err = x.Tell(one)
			if err != nil {
				return err
			}
		} else {
			p.failed++
			p.ev.TellWarning(it.ID, err.Error())
		}
		t := time.Since(began)
		p.ev.TellProgress(conveyor.Progress{Total: len(p.kept), Done: i + 1, Failed: p.failed, Times: conveyor.Times{Elapsed: t, Computing: t}})
	}
	return nil
}
