package heads

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/table"
)

// TestBoxContext: boxes are enlarged in the table and again for a head's prediction, and the identity tells it.
func TestBoxContext(t *testing.T) {
	j := fixture.Job(t)
	set, err := datasets.Open(t.Context(), j.DataSet, datasets.Options{Limit: 8})
	if err != nil {
		t.Fatal(err)
	}
	rows := "path,labels,split,xmin,ymin,xmax,ymax\n"
	for i, it := range set.Items {
		rows += fmt.Sprintf("%s,%s,%s,40,30,100,90\n", it.At.Path, []string{"cat", "dog"}[i%2], []string{"train", "test"}[i/2%2])
	}
	csv := filepath.Join(t.TempDir(), "boxes.csv")
	if err := os.WriteFile(csv, []byte(rows), 0o644); err != nil {
		t.Fatal(err)
	}
	j.DataSet, j.Describe.Scales, j.Choice.BoxContext = "csv:"+csv, []int{224}, 1.5
	fixture.Extract(t, j)
	h, err := Train(context.Background(), Job{Features: j.Out, Options: protocol.Options{Settings: protocol.Settings{C: 1}}}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	head, err := load(h.Out)
	if err != nil {
		t.Fatal(err)
	}
	features, err := outputs.OpenTable(j.Out, outputs.ReadOptions{Columns: []string{"fc7_q224"}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := features.Descriptors("fc7_q224")
	if err != nil {
		t.Fatal(err)
	}
	if features.Identity.BoxContext != 1.5 {
		t.Errorf("identity %+v", features.Identity)
	}
	i := 0
	err = Predict(context.Background(), PredictJob{Head: h.Out, Weights: j.Weights, Inputs: []string{j.DataSet}}, func(p Prediction) error {
		want, err := head.Scores([][]float32{m.Row(i)})
		i++
		if err == nil && p.Scores[head.Classes[0]] != want[0] {
			err = fmt.Errorf("row %d: %g from the image, %g from the table", i, p.Scores[head.Classes[0]], want[0])
		}
		return err
	}, conveyor.Events{})
	if err != nil || i != 8 {
		t.Errorf("%d rows: %v", i, err)
	}
	j.Choice.BoxContext = 2
	var mismatch *table.MismatchError
	if _, err := extraction.Extract(context.Background(), j, conveyor.Events{}); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), "box context") {
		t.Errorf("another context was accepted: %v", err)
	}
}
