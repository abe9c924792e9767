package extraction_test

import (
	"bytes"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// TestFoot: a banner that is cut off is no part of the descriptors, the table's identity tells it, verify finds its
// rows as they were, and a table with the banner is not mixed with it.
func TestFoot(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	drawn, err := synth.Generate(t.Context(), filepath.Join(t.TempDir(), "planes"), synth.Options{Layout: "aircraft", Images: 4, Classes: 2, Size: 48})
	if err != nil {
		t.Fatal(err)
	}
	j.DataSet, j.Choice = "aircraft:"+drawn.Root, datasets.Options{}
	fixture.Extract(t, j)
	v := mustVerify(t, extraction.VerifyJob{Run: j.Out, Sample: 2, DataSet: j.DataSet})
	if id := v.Identity; len(v.Problems) > 0 || id.Inputs.Foot != 20 || v.Sampled == nil || !v.Sampled.Exact || v.Sampled.Largest != 0 {
		t.Errorf("%+v, %+v", v, v.Sampled)
	}
	cut := fixture.TableBytes(t, j.Out)
	kept := j
	kept.Choice.Own = []string{"banner=keep"}
	if _, err := extraction.Extract(t.Context(), kept, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "cut off at the foot: table has 20, now 0") {
		t.Errorf("the other table in its place: %v", err)
	}
	kept.Out = filepath.Join(t.TempDir(), "kept")
	fixture.Extract(t, kept)
	if maps.EqualFunc(fixture.TableBytes(t, kept.Out), cut, bytes.Equal) {
		t.Error("the banner changes nothing")
	}
}
