package explore

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

// TestAuditGivenSplits: splits of a file are looked at in place of the table's, and lists of an earlier audit of which
// nothing is left go. Neighbours that are kept are read, if there are enough, and stay.
func TestAuditGivenSplits(t *testing.T) {
	j, _ := twinned(t)
	j.NoScores = true
	wide := find(t, Job{Run: j.Run, K: 7})
	var notes []string
	told := map[int]int{} // the last progress of each total
	ev := conveyor.Events{
		Note:     func(s string) { notes = append(notes, s) },
		Progress: func(p conveyor.Progress) { told[p.Total] = p.Done },
	}
	j.Comparing = func() { clear(told) }
	a, err := FindAudit(t.Context(), j, ev)
	if err != nil {
		t.Fatal(err)
	}
	if told[a.Compared] != a.Compared || len(told) != 1 {
		t.Errorf("of %d pairs progress tells %v", a.Compared, told)
	}
	if n := find(t, Job{Run: j.Run, K: 7}); !n.Kept || wide.Kept {
		t.Error("the audit replaced the neighbours that were kept")
	}
	dir := filepath.Join(j.Run, folder)
	names := func() (all []string) {
		t.Helper()
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f.Name(), ".tsv") || strings.HasSuffix(f.Name(), ".txt") {
				all = append(all, f.Name())
			}
		}
		return all
	}
	if got := names(); !slices.Contains(got, "splits-seed0.tsv") || !slices.Contains(got, "exclude.txt") {
		t.Fatalf("lists %v", got)
	}
	fixture.WriteFile(t, filepath.Join(dir, "splits-seed9.tsv"), []byte("mine\n"))
	given := filepath.Join(t.TempDir(), "given.tsv")
	fixture.WriteFile(t, given, []byte("image\tsplit\na/0.jpg\ttrain\nb/0.jpg\ttrain\nb/0-mirrored.jpg\ttest\na/5.jpg\ttest\n"))
	j.Protocol, j.Options, j.Splits, j.Unlisted = "", protocol.Options{Settings: protocol.Settings{C: 1}}, given, heads.UnlistedDrop
	j.NoScores = false
	a, err = FindAudit(t.Context(), j, ev)
	if err != nil {
		t.Fatal(err)
	}
	if a.Protocol != "set" || len(a.Splits) != 1 || a.Splits[0].Name != "test" || a.Splits[0].Train != 2 || a.Splits[0].Test != 2 || a.Splits[0].Leaked.Certain != 1 {
		t.Errorf("splits %+v by protocol %s", a.Splits, a.Protocol)
	}
	if a.From == nil || a.From.Rows != 4 || a.From.Dropped != a.Rows-4 || !strings.Contains(strings.Join(notes, "\n"), given) {
		t.Errorf("from %+v; told %q", a.From, notes)
	}
	if a.Scores == nil || a.Scores.Protocol != "set" {
		t.Errorf("scores %+v", a.Scores)
	}
	if got, want := names(), []string{"exclude.txt", "splits-seed9.tsv", "splits.tsv"}; !slices.Equal(got, want) {
		t.Errorf("lists %v, want %v", got, want)
	}
	if text, err := os.ReadFile(a.Splits[0].File); err != nil || string(text) != "image\tsplit\na/0.jpg\ttrain\na/5.jpg\ttest\nb/0.jpg\ttrain\n" {
		t.Errorf("%v: %s", err, text)
	}
	other := j
	other.Options.C = 2 // of the same C the heads are there
	f, err := EstimateAudit(t.Context(), other, ev)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Steps) != 1 || f.Steps[0].What != "train heads" || f.Steps[0].Units != 2 {
		t.Errorf("of heads on one split and two classes, with pairs that are there, is foretold %+v", f)
	}
	checkRefusedSplits(t, j)
}

// checkRefusedSplits asks for what splits of a file leave no room for.
func checkRefusedSplits(t *testing.T, j AuditJob) {
	t.Helper()
	for want, change := range map[string]func(j *AuditJob){
		"no line of":                  func(j *AuditJob) { j.Unlisted = "" },
		"which draws its own":         func(j *AuditJob) { j.Protocol = "caltech101" },
		"no file of labels or splits": func(j *AuditJob) { j.Splits = "" },
		"no images of the table to train and": func(j *AuditJob) {
			j.Splits = filepath.Join(t.TempDir(), "test.tsv")
			fixture.WriteFile(t, j.Splits, []byte("image\tsplit\na/0.jpg\ttest\n"))
		},
	} {
		bad := j
		change(&bad)
		if _, err := FindAudit(t.Context(), bad, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if _, err := EstimateAudit(t.Context(), bad, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("foretold: error %v, want %q", err, want)
		}
	}
}
