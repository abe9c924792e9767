package extraction

import (
	"context"
	"fmt"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/planned"
	"fc7/pipeline/table"
)

// Merge joins the shares of a table, as table.Merge does. It returns conveyor.ErrSomeFailed with a complete result
// where rows failed in extraction.
func Merge(ctx context.Context, j table.MergeJob, ev conveyor.Events) (*table.MergeResult, error) {
	r, err := table.Merge(ctx, j, counting(ev))
	if err != nil {
		return nil, err
	}
	if n := r.Manifest.Counts; n.Failed > 0 {
		return r, fmt.Errorf("%d of %d: %w", n.Failed, n.Inputs, conveyor.ErrSomeFailed)
	}
	return r, nil
}

// MergePlanned ends a planned table, as table.MergePlanned does. Rows that failed are no error, unless there are more
// than most. Errors are as those of [ExtractPlanned].
func MergePlanned(ctx context.Context, p *planned.Plan, full bool, most MaxFailed, ev conveyor.Events) (outputs.Manifest, error) {
	m, err := table.MergePlanned(ctx, p, full, counting(ev))
	switch {
	case err == nil:
		return m, most.exceeded(m.Counts)
	case ctx.Err() == nil:
		err = settled(err)
	}
	return m, err
}

// counting tells the progress of what goes through the files of a table.
func counting(ev conveyor.Events) func(done, total int) {
	return func(done, total int) { ev.TellProgress(conveyor.Progress{Total: total, Done: done}) }
}
