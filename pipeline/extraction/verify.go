package extraction

import (
	"context"
	"fmt"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/table"
)

// VerifyJob says which table to check, and how deeply.
type VerifyJob struct {
	Run string // run folder, folder of shards, or one file

	Sample  int              // descriptors to compute again from their images; 0: none
	Seed    uint64           // of their choice
	DataSet string           // empty: the manifest's
	Choice  datasets.Options // that the table's rows were chosen with
	Weights string           // empty: the manifest's
	As      backbone.Reading // zero: as the table's were
	Threads int
	Teams   int // of these threads; 0: what is best here
	decode  picture.DecodeOptions
}

// VerifyResult is what Verify found. A table without Problems is sound.
type VerifyResult struct {
	table.Findings
	Sampled *Sampled `json:"sampled,omitempty"`
}

// Verify reads a whole table and checks it, as table.Verify does. It then computes some descriptors again from the
// images. The error is that of a check that could not be made.
func Verify(ctx context.Context, j VerifyJob, ev conveyor.Events) (*VerifyResult, error) {
	chosen := newSampler(j.Sample, j.Seed)
	f, err := table.Verify(ctx, j.Run, chosen.offer, counting(ev))
	if err != nil {
		return nil, err
	}
	v := &VerifyResult{Findings: *f}
	if j.Sample > 0 && v.Columns != nil {
		if err := v.sample(ctx, j, chosen.rows, conveyor.Events{Note: ev.Note}); err != nil {
			return nil, fmt.Errorf("computing descriptors again: %w", err)
		}
	}
	return v, nil
}
