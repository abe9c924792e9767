package figures

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

// TestHeadsOfAnotherTable: figures that stand in a run's folder, and are of heads of another table, are told to be
// those, by whichever folder they are named; the run's own are not, nor are those of a table that was not kept.
func TestHeadsOfAnotherTable(t *testing.T) {
	a := fixture.Job(t)
	b := a
	b.Out, b.Weights = t.TempDir(), fixture.Weights(t, "vgg11/32", 9)
	for _, j := range []extraction.Job{a, b} {
		fixture.Extract(t, j)
		h := heads.Job{Features: j.Out, Protocol: "voc2007", Options: protocol.Options{Settings: protocol.Settings{C: 1}}}
		if _, err := heads.Train(t.Context(), h, conveyor.Events{}); err != nil {
			t.Fatal(err)
		}
	}
	own := filepath.Join(a.Out, heads.Folder)
	told := func(how string, apart bool) {
		t.Helper()
		for _, path := range []string{a.Out, own} {
			got, err := Collect([]string{path}, nil)
			if err != nil {
				t.Fatal(err)
			}
			named := slices.ContainsFunc(got.Notes, func(n string) bool {
				return strings.HasPrefix(n, filepath.Join(own, heads.ScoresFile)+": ") && strings.Contains(n, "trained on another table")
			})
			if strings.HasSuffix(got.Lines[0].By, beside) != apart || named != apart || len(got.Notes) > 1 {
				t.Errorf("%s: by %q, notes %q", how, got.Lines[0].By, got.Notes)
			}
		}
	}
	told("its own", false)
	text, err := os.ReadFile(filepath.Join(b.Out, heads.Folder, heads.ScoresFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, heads.ScoresFile), text, 0o644); err != nil {
		t.Fatal(err)
	}
	told("of another run", true)
	features := filepath.Join(a.Out, outputs.FeaturesDir)
	if err := os.Rename(features, features+"-away"); err != nil {
		t.Fatal(err)
	}
	told("no table", false)
}
