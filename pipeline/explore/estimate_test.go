package explore

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/heads/protocol"
	"fc7/heads/tsne"
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

// TestEstimatePage: comparing images is foretold where the page does it, and no row gets more neighbours than there
// are.
func TestEstimatePage(t *testing.T) {
	audit, _ := twinned(t)
	rows := find(t, Job{Run: audit.Run, K: 1}).Rows
	page := PageJob{Job: Job{Run: audit.Run, K: 1}, Map: tsne.Defaults(), Doubts: protocol.DefaultDoubtOptions(), Thumbnails: rows, Side: DefaultSide, Out: filepath.Join(t.TempDir(), "p.html")}
	compared := func(want bool) {
		t.Helper()
		f, err := EstimatePage(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(f.Steps, func(s forecast.Step) bool { return s.Unit == "pairs" && s.Seconds > 0 }); got != want {
			t.Errorf("pairs of images are compared: %v, want %v: %+v", got, want, f.Steps)
		}
	}
	compared(true)
	page.Thumbnails = rows - 1
	compared(false)
	page.Thumbnails = rows
	if _, err := FindAudit(t.Context(), audit, conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	compared(false)
	f, err := EstimateNeighbours(t.Context(), Job{Run: audit.Run, K: 1 << 20})
	if err != nil || f.WrittenBytes() > int64(40*rows*rows) {
		t.Errorf("%d bytes of neighbours of %d rows: %v", f.WrittenBytes(), rows, err)
	}
}

// TestEstimateSizeOfPage: a page is foretold with a tenth of its size, with heads and without.
func TestEstimateSizeOfPage(t *testing.T) {
	j, _ := scoredRun(t)
	bare := j
	bare.Run = t.TempDir()
	if err := os.CopyFS(bare.Run, os.DirFS(j.Run)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(bare.Run, heads.Folder)); err != nil {
		t.Fatal(err)
	}
	for _, of := range []PageJob{j, bare} {
		of.Out = filepath.Join(t.TempDir(), "p.html")
		f, err := EstimatePage(t.Context(), of)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(f.Writes, func(w forecast.Amount) bool { return w.What == of.Out })
		p, _ := write(t, of)
		if info, err := os.Stat(p.File); err != nil || i < 0 || math.Abs(float64(f.Writes[i].Bytes)/float64(info.Size())-1) > .1 {
			t.Errorf("foretold %+v, written %d bytes, %v", f.Writes, info.Size(), err)
		}
	}
}

// TestPerStep: a step takes some time, also where one took as long as all by chance.
func TestPerStep(t *testing.T) {
	if a, b := perStep(2, 12, 11), perStep(3, 2, 4); a != 1 || b != .5 {
		t.Errorf("%v and %v s a step, want 1 and 0.5", a, b)
	}
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

// TestEstimateMap: of a map, comparing rows alone is foretold to grow with their square.
func TestEstimateMap(t *testing.T) {
	x, _ := extracted(t)
	f, err := EstimateMap(t.Context(), MapJob{Job: Job{Run: x.Out, K: 1}, Options: tsne.Defaults()})
	if err != nil || len(f.Steps) != 3 {
		t.Fatalf("%+v, %v", f, err)
	}
	for _, s := range f.Steps {
		if compares := strings.HasPrefix(s.What, "compare all rows"); (s.Power == 2) != compares || s.Units == 0 || s.Seconds < 0 {
			t.Errorf("%+v", s)
		}
	}
}
