package heads

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// The aggregated column is what heads are trained on, in the order of the rows, with nulls for failed ones.
func TestAggregate(t *testing.T) {
	run := fixture.Failing(t)
	for _, choice := range []extraction.FeatureChoice{{}, {Aggregate: protocol.Stack, L2: protocol.L2None}, {Scales: []int{256}}} {
		p, err := openFeatures(run, choice, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer p.table.Close()
		want := p.data
		for _, drop := range []bool{false, true} {
			out := filepath.Join(t.TempDir(), "t.parquet")
			r, err := extraction.Aggregate(context.Background(), extraction.AggregateJob{Features: run, Choice: choice, DropFailed: drop, Out: out})
			if err != nil {
				t.Fatal(err)
			}
			got, err := outputs.OpenTable(out, outputs.ReadOptions{Columns: []string{"descriptor"}})
			if err != nil {
				t.Fatal(err)
			}
			m, err := got.Descriptors("descriptor")
			if err != nil {
				t.Fatal(err)
			}
			if m.Column.Width != want.X.D || m.Column.Required != drop || r.Rows != len(got.Rows) || drop != (r.Dropped == 1) || drop == (r.Failed == 1) {
				t.Errorf("%v, dropping %v: column %+v, result %+v", choice, drop, m.Column, r)
			}
			at := 0
			for i, row := range p.rows {
				if row.Status != outputs.StatusOK && drop {
					continue
				}
				if got.Rows[at].Image != row.Image || !slices.EqualFunc(m.Row(at), finalRow(want, i), near) {
					t.Errorf("%v: row %d is not that of %s", choice, at, row.Image)
				}
				at++
			}
			if at != len(got.Rows) {
				t.Errorf("%d rows, expected %d", len(got.Rows), at)
			}
			if _, err := openFeatures(out, extraction.FeatureChoice{}, nil, nil); err == nil || !strings.Contains(err.Error(), "aggregated") {
				t.Errorf("an aggregated table was taken for a run's: %v", err)
			}
		}
	}
}
