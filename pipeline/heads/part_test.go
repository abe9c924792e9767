package heads

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
	"fc7/vgg/weights"
)

// TestRowTeller: rows are told in order, with a failed one for each item that was not sent; the first error of who is
// told ends it, of a row that came and of one that did not.
func TestRowTeller(t *testing.T) {
	items := []datasets.Item{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	full := errors.New("the disk is full")
	for stop, want := range map[string]string{"": "a:failed b:ok c:failed", "a": "a:failed", "b": "a:failed b:ok", "c": "a:failed b:ok c:failed"} {
		rows := make(chan conveyor.Numbered, 1)
		rows <- conveyor.Numbered{Item: 1, Row: outputs.Row{Image: "b", Status: outputs.StatusOK}}
		close(rows)
		var told []string
		err := (&rowTeller{items: items, tell: func(r outputs.Row) error {
			told = append(told, r.Image+":"+r.Status)
			if r.Image == stop {
				return full
			}
			return nil
		}}).Consume(t.Context(), rows)
		if got := strings.Join(told, " "); got != want || (stop != "") != errors.Is(err, full) {
			t.Errorf("stopped at %q: told %s, expected %s; %v", stop, got, want, err)
		}
	}
}

// TestMatchWeights: a head of one net takes one file as it is, and of several the one that it knows; a second that it
// does not know is an error.
func TestMatchWeights(t *testing.T) {
	a, b := fixture.Weights(t, "vgg11/64", 1), fixture.Weights(t, "vgg11/64", 2)
	sum, err := backbone.Digest(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	h := &Saved{Head: &protocol.Head{Classes: []string{"a", "b"}}, tables: []Table{{Identity: outputs.Identity{WeightsSHA256: sum}}, {Identity: outputs.Identity{WeightsSHA256: sum}}}}
	if paths, err := h.matchWeights(t.Context(), []string{a}, nil); err != nil || !slices.Equal(paths, []int{0, 0}) {
		t.Errorf("%v, %v", paths, err)
	}
	if paths, err := h.matchWeights(t.Context(), []string{"not-looked-at"}, nil); err != nil || !slices.Equal(paths, []int{0, 0}) {
		t.Errorf("%v, %v", paths, err)
	}
	for _, files := range [][]string{{a, b}, {b, a}} {
		if paths, err := h.matchWeights(t.Context(), files, nil); err == nil || !strings.Contains(err.Error(), b+" has weights") {
			t.Errorf("%v, %v", paths, err)
		}
	}
}

// TestMatchPrefixes: of two nets in a file, a part whose prefix is not given is told, though the other's is.
func TestMatchPrefixes(t *testing.T) {
	two, one := prefixed(t, "model.", "ema."), prefixed(t, "model.")
	var ids []outputs.Identity
	for _, path := range []string{two, two, one} {
		sum, err := backbone.Digest(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, outputs.Identity{WeightsSHA256: sum, WeightsPrefix: "model."})
	}
	ids[1].WeightsPrefix = "ema."
	h := &Saved{Head: &protocol.Head{Classes: []string{"a", "b"}}, tables: []Table{{Identity: ids[0]}, {Identity: ids[1]}, {Identity: ids[2]}}}
	if got, err := h.matchWeights(t.Context(), []string{two, one}, backbone.Readings{{Prefix: "model"}}); err == nil || !strings.Contains(err.Error(), "…, under ema., are not given") {
		t.Errorf("%v, %v", got, err)
	}
	all := backbone.Readings{{Prefix: "ema"}, {Prefix: "model"}, {Prefix: "model"}}
	if got, err := h.matchWeights(t.Context(), []string{two, one, two}, all); err != nil || !slices.Equal(got, []int{2, 0, 1}) {
		t.Errorf("%v, %v", got, err)
	}
}

// prefixed writes a net under each of the prefixes into one file.
func prefixed(t *testing.T, prefixes ...string) string {
	t.Helper()
	f, err := weights.Open(fixture.Weights(t, "vgg11/64", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []weights.Source
	for _, prefix := range prefixes {
		for _, x := range f.Tensors {
			s := x.Source()
			s.Name = prefix + s.Name
			all = append(all, s)
		}
	}
	path := filepath.Join(t.TempDir(), "nets.safetensors")
	if err := weights.WriteSafetensors(path, all, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestExcludeObject: an object goes alone, an image with all of its objects.
func TestExcludeObject(t *testing.T) {
	rows := []outputs.Row{{Image: "a", Object: 1}, {Image: "a", Object: 2}, {Image: "b", Object: 1}}
	for name, want := range map[string][]string{"a#2": {"a#2"}, "a": {"a#1", "a#2"}, "b#1": {"b#1"}} {
		keep, excluded, err := Job{Exclude: []string{name}}.exclusion([]fusedTable{{rows: rows}})
		if err != nil || !slices.Equal(excluded, want) {
			t.Fatalf("%s: %v, %v", name, excluded, err)
		}
		left := 0
		for _, r := range rows {
			if keep(r) {
				left++
			}
		}
		if left != len(rows)-len(want) {
			t.Errorf("%s: %d rows left", name, left)
		}
		if _, others, err := (Job{Only: []string{name}}).exclusion([]fusedTable{{rows: rows}}); err != nil || len(others)+len(want) != len(rows) || slices.Contains(others, want[0]) {
			t.Errorf("%s alone: %v are left out, %v", name, others, err)
		}
	}
	if _, _, err := (Job{Only: []string{"c"}}).exclusion([]fusedTable{{path: "run", rows: rows}}); err == nil || !strings.Contains(err.Error(), "run: there is no row c to take alone") {
		t.Errorf("a row that is not there, alone: %v", err)
	}
}

// TestSameTableTwice: a table is not stacked to itself, by whichever of its names.
func TestSameTableTwice(t *testing.T) {
	fixture.SkipShort(t)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, d := range []string{a, b} {
		if err := os.MkdirAll(filepath.Join(d, outputs.FeaturesDir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, also := range []string{a, filepath.Join(a, outputs.FeaturesDir), filepath.Join(b, "..", "a")} {
		if err := (Job{Features: a, Also: []string{b, also}}).Check(); !usage.Is(err) || !strings.Contains(err.Error(), "the same table") {
			t.Errorf("%s: %v", also, err)
		}
	}
	if err := (Job{Features: a, Also: []string{b}}).Check(); err != nil {
		t.Error(err)
	}
}
