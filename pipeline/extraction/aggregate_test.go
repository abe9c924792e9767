package extraction_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// Kept columns are those of the run, and an Arrow file is written beside.
func TestAggregateKeep(t *testing.T) {
	run, dir := fixture.Failing(t), t.TempDir()
	for _, format := range []string{extraction.FormatParquet, extraction.FormatArrow} {
		r, err := extraction.Aggregate(context.Background(), extraction.AggregateJob{Features: run, Keep: true, Format: format, Out: filepath.Join(dir, format)})
		if err != nil || r.Rows != 4 || len(r.Columns) != 2 {
			t.Fatalf("%+v %v", r, err)
		}
	}
	names := outputs.ReadOptions{Columns: []string{"fc7_q224", "fc7_q256"}}
	a, err := outputs.OpenTable(run, names)
	if err != nil {
		t.Fatal(err)
	}
	b, err := outputs.OpenTable(filepath.Join(dir, extraction.FormatParquet), names)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names.Columns {
		x, err1 := a.Descriptors(name)
		y, err2 := b.Descriptors(name)
		if err1 != nil || err2 != nil || !slices.Equal(x.Data, y.Data) {
			t.Errorf("%s differs: %v %v", name, err1, err2)
		}
	}
}

func TestAggregateRefuses(t *testing.T) {
	run, dir := fixture.Failing(t), t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, j := range map[string]extraction.AggregateJob{
		"exists already":                  {Out: there},
		"format \"csv\"":                  {Out: filepath.Join(dir, "a"), Format: "csv"},
		"type of descriptors \"int8\"":    {Out: filepath.Join(dir, "a"), Dtype: "int8"},
		"no descriptors of fc7 at scale":  {Out: filepath.Join(dir, "a"), Choice: extraction.FeatureChoice{Scales: []int{300}}},
		"unknown aggregation \"median\"":  {Out: filepath.Join(dir, "a"), Choice: extraction.FeatureChoice{Aggregate: "median"}},
		"no such file":                    {Out: filepath.Join(dir, "no", "folder", "a")},
		"no descriptors of layer conv9_9": {Out: filepath.Join(dir, "a"), Choice: extraction.FeatureChoice{Layer: "conv9_9"}},
	} {
		j.Features = run
		if _, err := extraction.Aggregate(context.Background(), j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left %v", left)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := extraction.Aggregate(ctx, extraction.AggregateJob{Features: run, Out: filepath.Join(dir, "b")}); err == nil {
		t.Error("a cancelled call wrote a file")
	}
	if _, err := extraction.Aggregate(t.Context(), extraction.AggregateJob{Features: run, Out: there, Replace: true}); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(there); err != nil || string(text) == "mine" {
		t.Errorf("not replaced: %v", err)
	}
}

// TestAggregateIsFinite: a mean of descriptors that float32 cannot hold is refused with its row and column, and nothing
// is written.
func TestAggregateIsFinite(t *testing.T) {
	run, out := t.TempDir(), filepath.Join(t.TempDir(), "a.parquet")
	cols := []outputs.Column{outputs.NewColumn("fc7", 224, 2, outputs.Float32), outputs.NewColumn("fc7", 256, 2, outputs.Float32)}
	id := outputs.Identity{Format: outputs.FormatVersion, Net: "vgg16", Layers: []string{"fc7"}, Scales: []int{224, 256}, Dtype: outputs.Float32, Inputs: outputs.Inputs{Kind: "folder", Count: 2}}
	w, err := outputs.CreateShard(run, 0, 1, cols, id)
	if err != nil {
		t.Fatal(err)
	}
	for image, v := range map[string]float32{"fine": 1, "huge": 3e38} {
		if err := w.Write(outputs.Row{Image: image, Path: image, Status: outputs.StatusOK, Descriptors: [][]float32{{1, v}, {1, v}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, l2 := range []protocol.L2{protocol.L2None, protocol.L2After} {
		j := extraction.AggregateJob{Features: run, Out: out, Choice: extraction.FeatureChoice{L2: l2}}
		if _, err := extraction.Aggregate(t.Context(), j); err == nil || !strings.Contains(err.Error(), run+": huge: column descriptor: expected finite numbers, found that value 1 is ") {
			t.Errorf("L2 %s: %v", l2, err)
		}
		if _, err := os.Stat(out); err == nil {
			t.Error("a file was written")
		}
	}
	if _, err := extraction.Aggregate(t.Context(), extraction.AggregateJob{Features: run, Out: out, Keep: true}); err != nil {
		t.Errorf("columns as they are: %v", err)
	}
}
