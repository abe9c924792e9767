package explore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

// TestAuditHeadsGo: heads below RUN/explore are of the last audit. They stay while it asks the same, trained or not,
// and go with other seeds, and where nothing leaks; others' heads and files stay.
func TestAuditHeadsGo(t *testing.T) {
	j, _ := twinned(t)
	j.Options.C, j.Options.Seeds = 1, []uint32{0}
	dir := filepath.Join(j.Run, folder, heads.Folder)
	there := func() bool {
		_, err := os.Stat(filepath.Join(dir, heads.ScoresFile))
		return err == nil
	}
	if a := audit(t, j); a.Scores == nil || !there() {
		t.Fatalf("no heads of %+v", a.Splits)
	}
	j.NoScores = true
	if a := audit(t, j); !a.Leaks() || a.Scores != nil || !there() {
		t.Error("the heads of the same splits went")
	}
	clean := j
	clean.Splits, clean.Unlisted = filepath.Join(t.TempDir(), "clean.tsv"), heads.UnlistedDrop
	clean.Protocol, clean.Options = "set", protocol.Options{}
	fixture.WriteFile(t, clean.Splits, []byte("image\tsplit\na/0.jpg\ttrain\nb/0.jpg\ttrain\na/5.jpg\ttest\nb/5.jpg\ttest\n"))
	other := j
	other.Options.Seeds = []uint32{1}
	for name, next := range map[string]AuditJob{"other seeds": other, "splits without leaks": clean} {
		again := j
		again.NoScores = false
		audit(t, again)
		a := audit(t, next)
		if left, err := os.ReadDir(filepath.Dir(dir)); there() || a.Leaks() != (name == "other seeds") || err != nil || strings.Contains(strings.Join(entryNames(left), " "), heads.Folder) {
			t.Errorf("%s: the heads of an earlier audit are there: %v %v", name, left, err)
		}
	}
	again := j
	again.NoScores = false
	audit(t, again)
	fixture.WriteFile(t, filepath.Join(dir, "notes.txt"), []byte("mine\n"))
	if _, err := FindAudit(t.Context(), other, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "notes.txt") || !there() {
		t.Errorf("heads beside a file of somebody else: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	own := heads.Job{Features: j.Run, Protocol: "caltech101", Options: j.Options, Out: dir}
	if _, err := heads.Train(t.Context(), own, conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	if audit(t, clean); !there() {
		t.Error("heads that no audit made went")
	}
}

// TestAuditUnscored: what leaks is told where heads cannot be scored without it: nothing else is tested, or there is
// one class alone.
func TestAuditUnscored(t *testing.T) {
	j, _ := twinned(t)
	j.Protocol, j.Options, j.Unlisted = "set", protocol.Options{}, heads.UnlistedDrop
	for want, list := range map[string]string{
		"none of the 2 images to test is left":   "a/0.jpg\ttrain\nb/1.jpg\ttrain\na/0-mirrored.jpg\ttest\nb/1-again.jpg\ttest\n",
		"1 of 1 classes have images to train on": "a/0.jpg\ttrain\na/2.jpg\ttrain\na/0-mirrored.jpg\ttest\na/3.jpg\ttest\n",
	} {
		j.Splits = filepath.Join(t.TempDir(), "splits.tsv")
		fixture.WriteFile(t, j.Splits, []byte("image\tsplit\n"+list))
		a := audit(t, j)
		if !a.Leaks() || a.Scores != nil || !strings.Contains(a.Unscored, want) || len(a.Groups) == 0 || a.Exclude == "" {
			t.Errorf("%q, want %q: %+v", a.Unscored, want, a.Splits)
		}
		if _, err := os.Stat(a.Splits[0].File); err != nil {
			t.Error(err)
		}
	}
}

func entryNames(all []os.DirEntry) (names []string) {
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}
