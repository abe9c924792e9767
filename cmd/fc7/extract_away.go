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
		p, err := planned.Open(cmd.Context(), j.Out)
		if err == nil {
			return p, asPlanned(cmd, job, p)
		}
		if !noPlan(err) {
			return nil, taskError(err)
		}
	}
	if j.ForceNew {
		return planNew(cmd.Context(), c, job, files)
	}
	return extraction.MakePlan(cmd.Context(), job, files, c.events())
}

// asPlanned is an error unless a plan that is there is of the table that is asked for.
func asPlanned(cmd *cobra.Command, job extraction.PlanJob, p *planned.Plan) error {
	if err := applySettings(cmd, p.Settings); err != nil {
		return err
	}
	same, err := job.SameList(cmd.Context(), p)
	if err == nil && (!same || job.DataSet != p.DataSet) {
		err = usage.Errorf("%s is the table of another list of images, and one on a store keeps its list: make that of this list at another address; fc7 extract --plan %s --update takes images of the old list that changed",
			job.Out, origin.Text(job.Out))
	}
	return err
}

// maxPlaces bounds how many addresses planNew tries.
const maxPlaces = 1000

// planNew plans at the first of OUT, OUT-2, OUT-3, … that has no other plan.
func planNew(ctx context.Context, c *console, job extraction.PlanJob, files []extraction.NetFile) (*planned.Plan, error) {
	base := strings.TrimRight(job.Out, "/")
	for n := 2; ; n++ {
		p, err := extraction.MakePlan(ctx, job, files, c.events())
		if other := new(planned.OtherError); !errors.As(err, &other) || n > maxPlaces {
			if err == nil && n > 2 {
				c.note(fmt.Sprintf("%s holds a table with other settings: this one is in %s", base, p.Run()))
			}
			return p, err
		}
		job.Out = fmt.Sprintf("%s-%d", base, n)
	}
}
