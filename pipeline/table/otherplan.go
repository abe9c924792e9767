package table

import (
	"context"

	"fc7/pipeline/planned"
)

// checkPlan is the error of a folder where a plan of another table is, whose tasks may not have made any file yet:
// those of both would be mixed.
func (r *Run) checkPlan(ctx context.Context) error {
	p, err := planned.Find(ctx, r.Out)
	if p == nil || err != nil {
		return err
	}
	if diff := r.otherTable(claim{p.Identity, p.Rows, p.Limits}, "the plan"); len(diff) > 0 {
		return &MismatchError{Out: r.Out, Differences: diff, Planned: true}
	}
	return nil
}
