package table

import (
	"context"
	"fmt"

	"fc7/pipeline/planned"
)

// checkPlan is the error of a folder where a plan of another table is, whose tasks may not have made any file yet:
// those of both would be mixed.
func (r *Run) checkPlan(ctx context.Context) error {
	p, err := planned.Open(ctx, r.Out)
	if planned.NoPlan(err) {
		return nil
	}
	if err != nil {
		return err
	}
	diff := p.Identity.Differences(r.Identity)
	if p.Rows != r.Rows {
		diff = append(diff, fmt.Sprintf("rows a shard: the plan has %d, now %d", p.Rows, r.Rows))
	}
	diff = append(diff, r.otherLimits(p.Limits)...)
	if len(diff) == 0 {
		return nil
	}
	return &MismatchError{Out: r.Out, Differences: diff, Planned: true}
}
