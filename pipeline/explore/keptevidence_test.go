package explore

import (
	"path/filepath"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/outputs/explorer"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
)

// evidencePart is the part of a page that stands under a name, as it is written.
func evidencePart(page, name string) string {
	_, after, _ := strings.Cut(page, `id="part-`+name+`">`)
	inner, _, _ := strings.Cut(after, "</script>")
	return inner
}

// TestEvidenceIsKept: a page that asks for none has what was computed for the one before it, to the last bit, without a
// net; one that asks for more computes that alone; of other heads it has none, and what was kept is replaced.
func TestEvidenceIsKept(t *testing.T) {
	j, r := scoredRun(t)
	ids := r.Splits[0].IDs
	j.EvidenceOf, j.Replace = ids[:2], true
	p, text := write(t, j)
	if p.Explained != 2 {
		t.Fatalf("%+v", p)
	}
	net := j.Explain.Weights
	j.EvidenceOf, j.Explain.Weights = nil, filepath.Join(t.TempDir(), "gone.safetensors")
	again, other := write(t, j)
	for _, name := range []string{"evidence", "evidence-jpeg"} {
		if a, b := evidencePart(text, name), evidencePart(other, name); again.Explained != 2 || a == "" || a != b {
			t.Errorf("%s of the next page, %d images: %.80q, want %.80q", name, again.Explained, b, a)
		}
	}
	j.EvidenceOf = ids[1:2] // which is kept
	if again, _ = write(t, j); again.Explained != 2 {
		t.Errorf("a kept image: %+v", again)
	}
	j.EvidenceOf, j.Explain.Weights = ids[1:4], net
	explained := 0
	ev := conveyor.Events{Progress: func(s conveyor.Progress) { explained = max(explained, s.Total) }}
	j.Explaining = func() { explained = 0 }
	if more, err := WritePage(t.Context(), j, ev); err != nil || more.Explained != 4 || explained != 2 {
		t.Errorf("two more of three that are asked for: %+v, %d went through the net, %v", more, explained, err)
	}
	j.EvidenceOf = nil
	if again, _ = write(t, j); again.Explained != 4 {
		t.Errorf("all that is kept: %+v", again)
	}
	job := heads.Job{Features: j.Run, Protocol: "voc2007", Options: protocol.Options{Settings: protocol.Settings{C: .1}}, Replace: true}
	if _, err := heads.Train(t.Context(), job, conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	if again, text = write(t, j); again.Explained != 0 || !strings.Contains(text, "This page has no evidence") {
		t.Errorf("of other heads: %+v", again)
	}
	j.EvidenceOf = ids[:1]
	if again, _ = write(t, j); again.Explained != 1 {
		t.Errorf("asked for anew: %+v", again)
	}
}

// TestKeptEvidenceDamaged: evidence that does not fit its page is an error that names the file.
func TestKeptEvidenceDamaged(t *testing.T) {
	g := &gathered{}
	for what, row := range map[string][]any{
		"of nobody":    {"x", 1., "w", []string{"Q1"}, []string{"c"}, []float64{1}, []float64{1}, []float64{1}, []string{""}},
		"a sum less":   {"a", 1., "w", []string{"Q1"}, []string{"c"}, []float64{1}, []float64{1}, []float64{}, []string{""}},
		"a score less": {"a", 1., "w", []string{"Q1"}, []string{"c"}, []float64{}, []float64{1}, []float64{1}, []string{""}},
		"no text":      {"a", 1., "w", []string{"Q1"}, []string{"c"}, []float64{1}, []float64{1}, []float64{1}, []string{"%"}},
	} {
		k := keptIn(t.TempDir(), "evidence", basis{Table: "x"})
		sum, err := k.write(evidenceColumns, func(yield func([]any) bool) { yield(row) })
		if err != nil {
			t.Fatal(err)
		}
		p := &explorer.Page{Names: []string{"a", "x"}, Own: 1, Evidence: &explorer.Evidence{}}
		if err := g.readEvidence(k.path, sum, p, map[string]int32{}); err == nil || !strings.Contains(err.Error(), k.path) || !strings.Contains(err.Error(), "remove the file") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
