package heads

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/heads/protocol"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// The exported text model gives the head's scores on descriptors that the recipe makes; the ONNX file has the classes.
func TestExportHead(t *testing.T) {
	j := fixture.Job(t)
	j.DataSet = fixture.Drawn(t, synth.LayoutCaltech101, 40)
	fixture.Extract(t, j)
	r, err := Train(t.Context(), Job{
		Features: j.Out, Protocol: "set", Choice: extraction.FeatureChoice{Aggregate: protocol.Stack}, LowShot: []int{1, 2}, Draws: 2,
		Options: protocol.Options{Settings: protocol.Settings{C: 1, Bias: 1}, TrainPerClass: 4, Seeds: []uint32{0}},
	}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Protocol != "set" || !r.SingleLabel() || len(r.LowShot.Curves[2].Points) != 2 || len(r.LowShot.Curves[2].Points[1].Draws) != 2 {
		t.Fatalf("%+v", r)
	}
	dir := t.TempDir()
	model, graph := filepath.Join(dir, "h.model"), filepath.Join(dir, "h.onnx")
	if err := Export(r.Out, "liblinear", model, false); err != nil {
		t.Fatal(err)
	}
	if err := Export(r.Out, "onnx", graph, false); err != nil {
		t.Fatal(err)
	}
	if err := Export(r.Out, "onnx", graph, false); err == nil || !strings.Contains(err.Error(), "not replaced") {
		t.Errorf("a second export: %v", err)
	}
	if err := Export(r.Out, "svg", filepath.Join(dir, "x"), false); err == nil || !strings.Contains(err.Error(), "no format") {
		t.Error(err)
	}
	if b, err := os.ReadFile(graph); err != nil || !bytes.Contains(b, []byte("fc7_q230")) || !bytes.Contains(b, []byte(r.Classes[0].Name)) {
		t.Error("the graph lacks its inputs or classes", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	compareModel(t, model, j.Out, r)
}

// compareModel evaluates a LIBLINEAR model on the first test row by hand.
func compareModel(t *testing.T, model, run string, r *Result) {
	t.Helper()
	text, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	_, rows, ok := strings.Cut(string(text), "\nw\n")
	if !ok || !strings.Contains(string(text), "bias 1\n") || !strings.Contains(string(text), "solver_type L2R_L2LOSS_SVC_DUAL\n") {
		t.Fatalf("%.200s", text)
	}
	p, err := openFeatures(run, extraction.FeatureChoice{Aggregate: protocol.Stack}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.table.Close()
	d := p.data
	s := r.Splits[0]
	row := 0
	for d.IDs[row] != s.IDs[0] {
		row++
	}
	x := finalRow(d, row)
	scores := make([]float64, len(r.Classes))
	for i, line := range strings.Split(strings.TrimSpace(rows), "\n") {
		v := 1.0 // the constant
		if i < len(x) {
			v = float64(x[i])
		}
		for k, f := range strings.Fields(line) {
			w, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Fatal(err)
			}
			scores[k] += w * v
		}
	}
	for k, got := range scores {
		if want := s.Scores[k][0]; math.Abs(got-want) > 1e-5 {
			t.Errorf("class %d: %g of the model, %g of the head", k, got, want)
		}
	}
}
