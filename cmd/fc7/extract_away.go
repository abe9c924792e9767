package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"fc7/internal/origin"
	"fc7/internal/usage"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/planned"
)

// extractAway makes a table on a store: it is planned there first, and then made and ended as one of many machines'.
func extractAway(cmd *cobra.Command, c *console, j *extraction.Job, files []extraction.NetFile) error {
	if err := idle(cmd, "a table on a store is made by a plan: fc7 plan DATASET --out OUT, and fc7 extract --plan OUT --task I for shares of it", "shard"); err != nil {
		return err
	}
	if err := idle(cmd, "the digests of a planned table are there", "trust-names"); err != nil {
		return err
	}
	p, err := planAway(cmd, c, j, files)
	if err != nil {
		return err
	}
	j.Out = p.Run()
	plans, err := p.Runs()
	if err != nil {
		return taskError(err)
	}
	results, err := extraction.ExtractPlanned(cmd.Context(), *j, files, plans, c.events())
	if err != nil {
		return c.extracted(results, err)
	}
	failed := 0
	for i, p := range plans {
		m, err := extraction.MergePlanned(cmd.Context(), p, false, j.MaxFailed, c.events())
		if err != nil {
			return err
		}
		results[i].Plan = nil // it is ended
		failed += m.Counts.Failed
	}
	if err = c.extracted(results, nil); failed > 0 {
		err = errors.Join(err, conveyor.ErrSomeFailed)
	}
	return err
}

// planAway plans the table, or finds the plan that is there. Where rows are to be computed again images may be others
// than it says: then it is that plan, if it is of the same list and settings.
func planAway(cmd *cobra.Command, c *console, j *extraction.Job, files []extraction.NetFile) (*planned.Plan, error) {
	job := extraction.PlanJob{Job: *j, Settings: settingsOf(cmd)}
	if j.RetryFailed || j.Update.Do {
		if p, err := planThere(cmd, c, job); err != nil || p != nil {
			return p, err
		}
	}
	if j.ForceNew {
		return planNew(cmd.Context(), c, job, files)
	}
	return makeAway(cmd.Context(), c, job, files)
}

// makeAway plans the table, or finds the plan that is there. Where images have changed since, say since one was mended,
// a note tells, as of a table in a folder: what is done stays, and of the rest they are failed rows that say so.
func makeAway(ctx context.Context, c *console, job extraction.PlanJob, files []extraction.NetFile) (*planned.Plan, error) {
	p, err := extraction.MakePlan(ctx, job, files, c.events())
	other := new(planned.OtherError)
	if !errors.As(err, &other) || !other.OfImages() {
		return p, err
	}
	if p, err = planned.Open(ctx, job.Out); err != nil {
		return nil, taskError(err)
	}
	c.note(fmt.Sprintf("%s: since it was planned, images have got files of other sizes, or lie elsewhere: --retry-failed reads those that failed, --update all that changed", job.Out))
	return p, nil
}

// planThere is the plan of the table that is asked for: that at OUT, or with --force-new the first of OUT, OUT-2, …
// which is of these settings and this list; nil: there is none.
func planThere(cmd *cobra.Command, c *console, job extraction.PlanJob) (*planned.Plan, error) {
	base := strings.TrimRight(job.Out, "/")
	for n := 2; ; n++ {
		p, err := planned.Find(cmd.Context(), job.Out)
		if err != nil {
			return nil, taskError(err)
		}
		if p == nil {
			return nil, nil
		}
		same := !job.ForceNew || sameSettings(cmd, p.Settings)
		if same {
			same, err = asPlanned(cmd, job, p)
		}
		switch {
		case err != nil:
			return nil, err
		case same:
			c.tellPlace(base, p, n)
			return p, nil
		case !job.ForceNew || n > maxPlaces:
			return nil, usage.Errorf("%s is the table of another list of images, and one on a store keeps its list: make that of this list at another address; fc7 extract --plan %s --update takes images of the old list that changed",
				job.Out, origin.Text(job.Out))
		}
		job.Out = fmt.Sprintf("%s-%d", base, n)
	}
}

// asPlanned gives the call the settings of a plan that is there, which must not be others, and tells whether that is of
// the list of images.
func asPlanned(cmd *cobra.Command, job extraction.PlanJob, p *planned.Plan) (bool, error) {
	if err := applySettings(cmd, p.Settings); err != nil || job.DataSet != p.DataSet {
		return false, err
	}
	return job.SameList(cmd.Context(), p)
}

// tellPlace tells where a table is that is not at OUT; the try after this was to be the nth.
func (c *console) tellPlace(base string, p *planned.Plan, n int) {
	if n > 2 {
		c.note(fmt.Sprintf("%s holds a table with other settings: this one is in %s", base, p.Run()))
	}
}

// maxPlaces bounds how many addresses planNew tries.
const maxPlaces = 1000

// planNew plans at the first of OUT, OUT-2, OUT-3, … that has no other plan.
func planNew(ctx context.Context, c *console, job extraction.PlanJob, files []extraction.NetFile) (*planned.Plan, error) {
	base := strings.TrimRight(job.Out, "/")
	for n := 2; ; n++ {
		p, err := makeAway(ctx, c, job, files)
		if other := new(planned.OtherError); !errors.As(err, &other) || n > maxPlaces {
			if err == nil {
				c.tellPlace(base, p, n)
			}
			return p, err
		}
		job.Out = fmt.Sprintf("%s-%d", base, n)
	}
}
