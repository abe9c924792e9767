package heads

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/internal/fixture"
)

// TestScoreFile: the columns that other programs read, and the rows of images that are scored, that failed, and of
// objects.
func TestScoreFile(t *testing.T) {
	h := &Saved{Head: &protocol.Head{Classes: []string{"dining table", "cat"}}}
	f := &scoreFile{h: h, probabilities: true}
	var got []string
	for _, c := range f.columns() {
		name := c.Name + " " + c.Kind.String()
		if c.Required {
			name += " required"
		}
		got = append(got, name)
	}
	want := []string{
		"image string required", "object int", "labels []string required", "status string required", "error string", "best string",
		"score_dining table float64", "score_cat float64", "probability_dining table float64", "probability_cat float64",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("columns %q\nwant %q", got, want)
	}
	for _, c := range []struct {
		p    Prediction
		want []any
	}{
		{
			Prediction{Image: "a", Labels: []string{"cat"}, Best: "cat", Scores: map[string]float64{"cat": 1.25, "dining table": math.Inf(-1)}, Probabilities: map[string]float64{"cat": 0.75, "dining table": 0}},
			[]any{"a", nil, []string{"cat"}, "ok", nil, "cat", math.Inf(-1), 1.25, 0.0, 0.75},
		},
		{Prediction{Image: "b", Object: 2, Error: "no image"}, []any{"b", 2, []string(nil), "failed", "no image", nil, nil, nil, nil, nil}},
	} {
		if got := f.row(c.p); !reflect.DeepEqual(got, c.want) {
			t.Errorf("row %#v\nwant %#v", got, c.want)
		}
	}
}

// TestScoreFileSaysWhatMadeIt: head and classes stand in the footer, and a file that is there is not replaced unasked.
func TestScoreFileSaysWhatMadeIt(t *testing.T) {
	fixture.SkipShort(t)
	h := &Saved{Head: &protocol.Head{Classes: []string{"dining table", "cat"}}}
	j := PredictJob{Out: filepath.Join(t.TempDir(), "s.parquet")}
	f, err := h.createScores(j, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.write(Prediction{Image: "a", Best: "cat", Scores: map[string]float64{"cat": 1, "dining table": 0}}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(j.Out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{keyScores, keyClasses, `["dining table","cat"]`, outputs.StatusOK} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the file does not hold %s", want)
		}
	}
	if _, err := h.createScores(j, false); err == nil {
		t.Error("a file that is there was taken")
	}
}
