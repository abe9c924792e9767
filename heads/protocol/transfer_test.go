package protocol

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fc7/heads/svm"
)

// dividedData are rows of two classes on either side of 0, in several divisions of which each tests another third.
func dividedData(divisions int) Data {
	d := Data{Classes: []string{"a", "b"}, X: svm.Matrix{N: 36, D: 2, Blocks: []svm.Block{{Width: 2}}}}
	for i := range d.X.N {
		side := float32(2*(i%2) - 1)
		d.IDs = append(d.IDs, fmt.Sprintf("r%02d", i))
		d.X.Blocks[0].Rows = append(d.X.Blocks[0].Rows, []float32{side, float32(i%5) / 10})
		d.Labels = append(d.Labels, []string{d.Classes[i%2]})
		var in []string
		for n := 1; n <= divisions; n++ {
			in = append(in, []string{"train", "val", "test"}[(i/2+n)%3]+fmt.Sprint(n))
		}
		d.Splits = append(d.Splits, in)
	}
	return d
}

// TestDivisions: heads are trained on each of the set's divisions, and the figures are means over them.
func TestSeveralDivisions(t *testing.T) {
	d := dividedData(3)
	p := For("dtd")
	o, err := p.Options(Options{}, d)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Run(t.Context(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Splits) != 3 || r.Headline.Figure != "accuracy" || r.Random() || r.Splits[1].Name != "split 2" || r.Deviation == nil {
		t.Errorf("%d splits, %+v, %q", len(r.Splits), r.Headline, r.Splits[1].Name)
	}
	for n, s := range r.Splits {
		if s.Images.Train != 24 || s.Images.Test != 12 || s.Choice.On != "val" {
			t.Errorf("%+v, chosen on %s", s.Images, s.Choice.On)
		}
		for _, id := range s.IDs {
			if !slices.Contains(d.Splits[slices.Index(d.IDs, id)], fmt.Sprint("test", n+1)) {
				t.Errorf("split %d tests %s", n+1, id)
			}
		}
	}
	low, err := p.LowShot(t.Context(), d, LowShotOptions{Options: Options{}, Shots: []int{1, 2}, Draws: 5}, nil)
	if err != nil || low.Headline.Figure != "accuracy" || len(low.Curves[1].Points[1].Draws) != 5 {
		t.Errorf("low-shot: %+v, %v", low, err)
	}
	all, err := p.Divisions(d, o)
	if err != nil || len(all) != 6 || all[0].Name != "test1" || all[5].Name != "val3" || len(all[4].Test) != 12 {
		t.Errorf("%d divisions, %v", len(all), err)
	}
	if one := dividedData(0); one.hasSplits() {
		t.Error("splits of no division")
	}
}

// TestTransferProtocols: each of the sets has a protocol by its own lists, with the figure that is published.
func TestTransferProtocols(t *testing.T) {
	for kind, figure := range map[string]string{
		"pets": "mean_recall", "flowers102": "mean_recall", "aircraft": "mean_recall", "aircraft:family": "mean_recall", "mit67": "mean_recall",
		"dtd": "accuracy", "cub200": "accuracy", "cars": "accuracy", "food101": "accuracy", "sun397": "accuracy", "dogs": "accuracy", "cifar10": "accuracy", "coco": "mean_ap",
	} {
		p := For(kind)
		if p.Name != strings.ReplaceAll(kind, ":", "-") || p.Headline[0] != figure || p.summary[0] != figure || !p.ReadsSplits() || p.random(Data{}) {
			t.Errorf("%s: %+v", kind, p)
		}
	}
}
