package extraction_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// TestSampleByDamagedManifest: a manifest that is there and damaged is named, and not told to be none; with the data
// set and the weights given, it is not asked.
func TestSampleByDamagedManifest(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	path := filepath.Join(j.Out, outputs.ManifestName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "vgg11", "vgg13", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	again := extraction.VerifyJob{Run: j.Out, Sample: 1, Weights: j.Weights}
	if _, err := extraction.Verify(t.Context(), again, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), path+": the file is damaged") {
		t.Errorf("%v", err)
	}
	again.DataSet = j.DataSet
	if v, err := extraction.Verify(t.Context(), again, conveyor.Events{}); err != nil || v.Sampled.Rows != 1 || len(v.Problems) != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}
