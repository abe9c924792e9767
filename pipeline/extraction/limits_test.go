package extraction_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/table"
)

// TestLimitsCompared: a run that goes on, and shards that are merged, are of the limits that decided their rows; a
// retry may raise them, and the table is then, byte for byte, that of a run with the higher ones.
func TestLimitsCompared(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	j.ShardRows = 5
	calm, tight := j, j
	calm.Out += "-calm"
	fixture.Extract(t, calm)
	tight.Decode.MaxPixels = 1000 // of no image
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := extraction.Extract(ctx, tight, conveyor.Events{Shard: func(conveyor.ShardDone) { cancel() }}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	refused := func(j extraction.Job, words ...string) {
		t.Helper()
		_, err := extraction.Extract(t.Context(), j, conveyor.Events{})
		var m *table.MismatchError
		if !errors.As(err, &m) {
			t.Fatalf("error %v", err)
		}
		fixture.Holds(t, err.Error(), words...)
	}
	refused(j, "pixels of an image at most: table has 1000, now 178956970", "--retry-failed")
	if _, err := extraction.Extract(t.Context(), tight, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	middle := tight // raised, but not enough: each row says the limit that it failed by
	middle.Decode.MaxPixels, middle.RetryFailed = 2000, true
	if _, err := extraction.Extract(t.Context(), middle, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	if reason := failedReason(t, j.Out, "000003"); !strings.Contains(reason, "at most 0.002 are decoded") {
		t.Errorf("reason %q", reason)
	}
	refused(tight, "table has 2000, now 1000")
	raised := j
	raised.RetryFailed = true
	r := fixture.Extract(t, raised)
	if r.Retried != (table.Retried{Tried: 20, Recovered: 20}) {
		t.Errorf("%+v", r.Retried)
	}
	fixture.SameTable(t, fixture.TableBytes(t, calm.Out), fixture.TableBytes(t, j.Out))
	higher := raised // no row is left to retry, but those that stand are those of the higher limit
	higher.Decode.MaxPixels = 2 * 178956970
	fixture.Extract(t, higher)
	higher.RetryFailed = false
	fixture.Extract(t, higher)
	refused(j, "table has 357913940, now 178956970")
}

// eachInputs does something with each file of inputs of a run.
func eachInputs(t *testing.T, run string, do func(path string) error) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(run, outputs.DigestsDir, "*.tsv"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, n := range names {
		if err := do(n); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLimitsMerged: shards of other limits are not merged, nor gone on with, where the file that says so was damaged or
// is gone, as long as the manifest knows them.
func TestLimitsMerged(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	j.ShardRows = 5
	var parts []string
	for i := range 2 {
		p := j
		p.Out, p.Part = filepath.Join(t.TempDir(), "part"), table.Part{Index: i + 1, Count: 2}
		if i == 1 {
			p.Decode.MaxPixels = 1000
		}
		if _, err := extraction.Extract(t.Context(), p, conveyor.Events{}); err != nil && !errors.Is(err, conveyor.ErrSomeFailed) {
			t.Fatal(err)
		}
		parts = append(parts, p.Out)
	}
	_, err := table.Merge(t.Context(), table.MergeJob{Out: j.Out, In: parts}, func(int, int) {})
	if err == nil || !strings.Contains(err.Error(), "pixels of an image at most: table has 178956970, now 1000") {
		t.Errorf("error %v", err)
	}
	for i, spoil := range []func(path string) error{
		func(path string) error {
			text, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, bytes.Replace(text, []byte("pixels=1000\n"), []byte("pixels=178956970\n"), 1), 0o644))
		},
		os.Remove,
	} {
		how := []string{"another limit", "gone"}[i]
		eachInputs(t, parts[1], spoil)
		_, err := table.Merge(t.Context(), table.MergeJob{Out: j.Out, In: parts}, func(int, int) {})
		if err == nil || !strings.Contains(err.Error(), "pixels of an image at most: table has 178956970, now 1000") {
			t.Errorf("%s: error %v", how, err)
		}
		goesOn := j
		goesOn.Out, goesOn.Part = parts[1], table.Part{Index: 2, Count: 2}
		var m *table.MismatchError
		if _, err := extraction.Extract(t.Context(), goesOn, conveyor.Events{}); !errors.As(err, &m) || !strings.Contains(err.Error(), "table has 1000, now 178956970") {
			t.Errorf("%s: error %v", how, err)
		}
	}
	last := j
	last.Out, last.Part, last.RetryFailed = parts[1], table.Part{Index: 2, Count: 2}, true
	if _, err := extraction.Extract(t.Context(), last, conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Merge(t.Context(), table.MergeJob{Out: j.Out, In: parts}, func(int, int) {}); err != nil {
		t.Error(err)
	}
	own := func(run string) string {
		s, err := outputs.OpenShard(filepath.Join(run, outputs.FeaturesDir, outputs.ShardName(0, 4)))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Own
	}
	if l, err := outputs.ReadLimits(j.Out, own(j.Out), 5); err != nil || l.Pixels != 178956970 {
		t.Errorf("the merged table says limits %+v, error %v", l, err)
	}
}
