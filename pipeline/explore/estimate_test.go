package explore

import (
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/heads/protocol"
	"fc7/internal/forecast"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

// tells wants an estimate to say of a file that it is there, or not to.
func tells(t *testing.T, f *forecast.Forecast, err error, file string, want bool) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Contains(strings.Join(f.Notes, "\n"), file+" is there"); got != want {
		t.Errorf("%s is there: %v, want %v: %q", file, got, want, f.Notes)
	}
}

// TestEstimateSuspects: what is kept is found as the job finds it, also of candidates and of given labels.
func TestEstimateSuspects(t *testing.T) {
	x := fixture.Job(t)
	x.DataSet = fixture.Drawn(t, synth.LayoutCaltech101, 40)
	fixture.Extract(t, x)
	j := SuspectJob{Job: Job{Run: x.Out, limit: 20}, Options: protocol.DefaultDoubtOptions()}
	estimate := func(j SuspectJob, file string, want bool) {
		t.Helper()
		f, err := EstimateSuspects(t.Context(), j, conveyor.Events{})
		tells(t, f, err, filepath.Join(folder, file), want)
	}
	estimate(j, "suspects.parquet", false)
	s := suspects(t, j)
	estimate(j, "suspects.parquet", true)
	given := j
	given.Labels = filepath.Join(t.TempDir(), "corrected.csv")
	if _, err := s.Correct(given.Labels, nil, false); err != nil {
		t.Fatal(err)
	}
	estimate(given, "suspects.parquet", false)
	suspects(t, given)
	estimate(given, "suspects-of-labels.parquet", true)
}

// TestEstimateAudit: kept neighbours are read if they are enough, as the audit reads them, and splits of a file are
// those that are looked at.
func TestEstimateAudit(t *testing.T) {
	j, _ := twinned(t)
	find(t, Job{Run: j.Run, K: j.K + 2})
	f, err := EstimateAudit(t.Context(), j, conveyor.Events{})
	tells(t, f, err, "neighbours.parquet", true)
	j.K += 3
	f, err = EstimateAudit(t.Context(), j, conveyor.Events{})
	tells(t, f, err, "neighbours.parquet", false)
	j.Protocol, j.Options, j.Unlisted = "", protocol.Options{}, heads.UnlistedDrop
	j.Splits = filepath.Join(t.TempDir(), "given.tsv")
	fixture.WriteFile(t, j.Splits, []byte("image\tsplit\na/0.jpg\ttrain\n"))
	if _, err := EstimateAudit(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), j.Splits) {
		t.Errorf("splits that test nothing: %v", err)
	}
}
