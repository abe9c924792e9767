package localisation

import (
	"fmt"
	"testing"

	"fc7/pipeline/conveyor"
)

// TestExamples: the best, the worst and the confused, in their order and no more than are shown; and what is written is
// what is read.
func TestExamples(t *testing.T) {
	var e Examples
	for i := range 40 {
		x := Example{Image: fmt.Sprint(i), Class: "cat", IoU: float64(i*7%40) / 40}
		if i%4 == 0 {
			x.Taken, x.Posterior = "dog", float64(i)/40
		}
		e.add(x)
	}
	if len(e.Best) != shownExamples || len(e.Worst) != shownExamples || len(e.Confused) != 10 {
		t.Fatalf("%d, %d and %d", len(e.Best), len(e.Worst), len(e.Confused))
	}
	if e.Best[0].IoU != 39./40 || e.Best[1].IoU != 38./40 || e.Worst[0].IoU != 0 || e.Worst[11].IoU != 11./40 || e.Confused[0].Image != "36" {
		t.Errorf("%+v", e)
	}
	spec, set := classesOfDrawn(t)
	j := someJob(t, []string{boxesNet(t, set.Classes, 224, [4]float32{0.5, 0.5, 0.9, 0.9})}, nil)
	j.DataSet = spec
	r, err := Evaluate(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	back, err := ReadResult(j.Out)
	if err != nil || len(back.Examples.Best) == 0 || back.Rows[3].Right != r.Rows[3].Right || back.Examples.Best[0].IoU != r.Examples.Best[0].IoU || len(back.Examples.Confused) != 0 {
		t.Errorf("%+v, %v", back, err)
	}
}
