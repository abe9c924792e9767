package main

import (
	"errors"

	"github.com/spf13/cobra"

	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
)

// extractAway makes a table on a store: it is planned there first, and then made and ended as one of many machines'.
func extractAway(cmd *cobra.Command, c *console, j *extraction.Job, files []extraction.NetFile) error {
	if err := idle(cmd, "a table on a store is made by a plan: fc7 plan DATASET --out OUT, and fc7 extract --plan OUT --task I for shares of it", "shard"); err != nil {
		return err
	}
	if err := idle(cmd, "a table on a store is not changed: bring it to a disk, or choose another place", "retry-failed", "update", "force-new"); err != nil {
		return err
	}
	ctx := cmd.Context()
	p, err := extraction.MakePlan(ctx, extraction.PlanJob{Job: *j, Settings: settingsOf(cmd)}, files, c.events())
	if err != nil {
		return err
	}
	plans, err := p.Runs()
	if err != nil {
		return taskError(err)
	}
	results, err := extraction.ExtractPlanned(ctx, *j, files, plans, c.events())
	if err != nil {
		return c.extracted(results, err)
	}
	failed := 0
	for i, p := range plans {
		m, err := extraction.MergePlanned(ctx, p, false, j.MaxFailed, c.events())
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
