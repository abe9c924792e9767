package heads

import (
	"reflect"
	"testing"

	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// TestKNN: the probe stands in the scores, and heads without it, or with another, are other heads.
func TestKNN(t *testing.T) {
	x := fixture.Job(t)
	fixture.Extract(t, x)
	j := Job{Features: x.Out, Protocol: "voc2007", KNN: []int{1, 3}}
	j.Options.C = 1
	r, err := Train(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	back, err := ReadResult(r.Out)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.KNN.Points) != 2 || back.KNN.Headline.Figure != "mean_ap_11" || !reflect.DeepEqual(back.KNN.Points[1].Figures, r.KNN.Points[1].Figures) {
		t.Errorf("read back as %+v", back.KNN)
	}
	if err := back.Fit(t.Context(), j); err != nil {
		t.Error(err)
	}
	for _, ks := range [][]int{nil, {1}} {
		other := j
		other.KNN = ks
		if back.Fit(t.Context(), other) == nil {
			t.Errorf("heads of other neighbours than %v are taken for those", ks)
		}
	}
	back.KNN.Points[0].K = 0
	if back.check() == nil {
		t.Error("a probe of no neighbours is whole")
	}
}
