package explore

import (
	"context"
	"errors"
	"fmt"

	"fc7/heads/protocol"
	"fc7/internal/atomicfile"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
)

// LeakScores are what the same heads score with the images that certainly leak, and without them.
type LeakScores struct {
	Out              string           `json:"out"` // folder of the heads
	Protocol         string           `json:"protocol"`
	Headline         protocol.Measure `json:"headline"`
	With             protocol.Figures `json:"with"`
	WithDeviation    protocol.Figures `json:"with_deviation"` // over the splits
	Without          protocol.Figures `json:"without"`
	WithoutDeviation protocol.Figures `json:"without_deviation"`
}

// score trains heads by the protocol, if something certainly leaks, and keeps them with what they score without that.
// Those of an earlier audit, of other splits or other leaks, go: nothing in them says that they are none of this one.
// What leaks is told also where so much does that too little is left to score.
func (a *Audit) score(ctx context.Context, j AuditJob, o *opened, ev conveyor.Events) error {
	job := j.heads()
	job.Protocol = a.Protocol
	leaks := a.Leaks() && len(o.Classes) > 0
	if leaks {
		job.Leaked = a.leaked()
	}
	r, err := heads.ReadResult(job.Out)
	there := err == nil && leaks && r.Fit(ctx, job) == nil
	if err := ctx.Err(); err != nil {
		return err
	}
	if err == nil && !there && r.Leaked != nil {
		if err := heads.Remove(ctx, job.Out); err != nil {
			return err
		}
	}
	if !leaks || j.NoScores {
		return atomicfile.Tidy(ctx, job.Out)
	}
	if !there {
		ev.TellNote(fmt.Sprintf("heads are trained by protocol %s, to be scored with what leaks and without", a.Protocol))
		r, err = heads.Train(ctx, job, ev)
		if few := new(protocol.TooLittleError); errors.As(err, &few) {
			a.Unscored = few.Error()
			return nil
		}
		if err != nil {
			return err
		}
	}
	a.Scores = &LeakScores{
		Out: r.Out, Protocol: r.Protocol, Headline: r.Headline,
		With: r.Leaked.Figures, WithDeviation: r.Leaked.Deviation, Without: r.Figures, WithoutDeviation: r.Deviation,
	}
	return nil
}

// leaked are the images that certainly leak, of each split that is scored, in its order.
func (a *Audit) leaked() (all [][]string) {
	for _, s := range a.scored() {
		var out []string
		leaks := a.leaking(s.Name)
		for _, id := range s.of.Test {
			if leaks[id] {
				out = append(out, id)
			}
		}
		all = append(all, out)
	}
	return all
}

// scored are the splits that the protocol scores: all that it draws, the first of the set's own.
func (a *Audit) scored() []AuditSplit {
	if a.Splits[0].of.Random {
		return a.Splits
	}
	return a.Splits[:1]
}
