package heads

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// TestLayersAndHeads: a head trained on one layer of several makes that descriptor again.
func TestLayersAndHeads(t *testing.T) {
	j := fixture.Job(t)
	j.Describe = extract.Options{Scales: []int{224, 230}, Layers: []string{"fc7", "pool5"}, Views: extract.ViewsCentre}
	fixture.Extract(t, j)
	heads := Job{Features: j.Out, Protocol: "voc2007", Options: protocol.Options{Settings: protocol.Settings{C: 1}}}
	if _, err := Train(context.Background(), heads, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "choose fc7 or pool5") {
		t.Errorf("no layer chosen: %v", err)
	}
	for _, layer := range []string{"fc7", "pool5"} {
		heads.Choice.Layer, heads.Out = layer, filepath.Join(t.TempDir(), "heads")
		r, err := Train(context.Background(), heads, conveyor.Events{})
		if err != nil {
			t.Fatal(err)
		}
		table, err := outputs.OpenTable(j.Out, outputs.ReadOptions{Columns: []string{layer + "_centre_q224", layer + "_centre_q230"}})
		if err != nil {
			t.Fatal(err)
		}
		h, err := load(heads.Out)
		if err != nil {
			t.Fatal(err)
		}
		if h.tables[0].Layer != layer || r.Table.Identity.Views != "centre" {
			t.Errorf("head of %s, views %s", h.tables[0].Layer, r.Table.Identity.Views)
		}
		i := 0
		err = Predict(context.Background(), PredictJob{Head: heads.Out, Weights: j.Weights, Inputs: []string{j.DataSet}}, func(p Prediction) error {
			want := scores(t, h, table, i)
			for k, class := range h.Classes {
				if p.Scores[class] != want[k] {
					t.Errorf("%s, row %d, %s: %g from the image, %g from the table", layer, i, class, p.Scores[class], want[k])
				}
			}
			i++
			return nil
		}, conveyor.Events{})
		if err != nil || i != 20 {
			t.Fatalf("%v after %d predictions", err, i)
		}
	}
}

// scores applies a head to row i of the table.
func scores(t *testing.T, h *Saved, table *outputs.Table, i int) []float64 {
	t.Helper()
	var parts [][]float32
	for _, q := range []string{"224", "230"} {
		m, err := table.Descriptors(h.tables[0].Layer + "_centre_q" + q)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, m.Row(i))
	}
	s, err := h.Scores(parts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestHeadsRefuseMaps: a table of whole maps has no descriptors.
func TestHeadsRefuseMaps(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	j.Describe = extract.Options{Scales: []int{64}, Layers: []string{"pool5"}, Pool: extract.PoolMap}
	fixture.Extract(t, j)
	_, err := Train(t.Context(), Job{Features: j.Out, Protocol: "voc2007"}, conveyor.Events{})
	if err == nil || !strings.Contains(err.Error(), "whole maps") {
		t.Errorf("heads on maps: %v", err)
	}
}
