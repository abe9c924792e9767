package pages

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fc7/heads/protocol"
	"fc7/internal/seal"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

// TestPagesOfEarlierHeads: the page of heads whose scores have the shape of before is, to the byte, that of the same
// heads of today.
func TestPagesOfEarlierHeads(t *testing.T) {
	earlier := filepath.Join("..", "heads", "testdata", "earlier")
	for name, j := range map[string]heads.Job{
		"voc2012":    {Features: "voc-run", Protocol: "voc2012", Options: protocol.Options{Difficult: protocol.DifficultPositive, Competition: 2}},
		"set-own":    {Features: "voc-run", Protocol: "set"},
		"caltech101": {Features: "c101-run", Protocol: "caltech101", Options: protocol.Options{TrainPerClass: 4, TestPerClass: 3, Seeds: []uint32{0, 1}}},
		"set-random": {Features: "c101-run", Protocol: "set", Options: protocol.Options{Seeds: []uint32{1, 2}}, LowShot: []int{1, 2}, Draws: 2},
	} {
		j.Options.Epsilon = 0.01 // the default then
		j.Features, j.Out = filepath.Join(earlier, j.Features), filepath.Join(t.TempDir(), "heads")
		if _, err := heads.Train(t.Context(), j, conveyor.Events{}); err != nil {
			t.Fatal(name, err)
		}
		before := filepath.Join(earlier, name)
		if name == "set-random" { // whose review kept the curves of its first split alone
			old := reported(t, Job{Run: j.Features, Heads: before, NoImages: true, Out: filepath.Join(t.TempDir(), "page.html")})
			fixture.Holds(t, old, "Curves and AP are of the test images of seed 1 alone, one of 2 splits")
			before = withReview(t, before, j.Out)
			onlySVM(t, filepath.Join(j.Out, "scores.json"))
		}
		page := func(of string) string {
			return reported(t, Job{Run: j.Features, Heads: of, NoImages: true, Out: filepath.Join(t.TempDir(), "page.html")})
		}
		if was, today := page(before), page(j.Out); was != today {
			t.Errorf("%s: the pages differ, of %d and %d bytes", name, len(was), len(today))
		} else if name == "set-random" {
			fixture.Holds(t, today, "Lines are means over the 2 splits", "Of the test images of seed 1, one of 2 splits.")
		}
	}
}

// onlySVM leaves of low-shot curves those of the one head that there was before.
func onlySVM(t *testing.T, scores string) {
	t.Helper()
	text, err := os.ReadFile(scores)
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := seal.Open(text)
	if err != nil {
		t.Fatal(err)
	}
	var all, curves map[string]json.RawMessage
	var heads []map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(plain, &all), json.Unmarshal(all["low_shot"], &curves), json.Unmarshal(curves["curves"], &heads)); err != nil {
		t.Fatal(err)
	}
	heads = slices.DeleteFunc(heads, func(c map[string]json.RawMessage) bool { return string(c["head"]) != `"svm"` })
	if len(heads) != 1 {
		t.Fatalf("%d curves of an SVM", len(heads))
	}
	put := func(in map[string]json.RawMessage, name string, v any) {
		if in[name], err = json.Marshal(v); err != nil {
			t.Fatal(err)
		}
	}
	put(curves, "curves", heads)
	put(all, "low_shot", curves)
	if plain, err = json.MarshalIndent(all, "", "  "); err != nil {
		t.Fatal(err)
	}
	if text, err = seal.Add(append(plain, '\n')); err != nil {
		t.Fatal(err)
	}
	fixture.WriteFile(t, scores, text)
}

// withReview copies heads, and gives them the review of others.
func withReview(t *testing.T, dir, other string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "heads")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(other, "review.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(to, "review.json")); err != nil {
		t.Fatal(err)
	}
	fixture.WriteFile(t, filepath.Join(to, "review.json"), text)
	return to
}
