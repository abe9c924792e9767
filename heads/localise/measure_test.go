package localise

import (
	"math"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

// TestIoU: sides are inclusive, so that touching pixels are shared.
func TestIoU(t *testing.T) {
	for _, c := range []struct {
		a, b Box
		want float64
	}{
		{Box{1, 1, 10, 10}, Box{1, 1, 10, 10}, 1},
		{Box{1, 1, 1, 1}, Box{1, 1, 1, 1}, 1},
		{Box{1, 1, 10, 10}, Box{1, 1, 10, 5}, 0.5},
		{Box{1, 1, 10, 10}, Box{10, 10, 19, 19}, 1.0 / 199},
		{Box{1, 1, 10, 10}, Box{11, 1, 20, 10}, 0},
		{Box{5, 5, 1, 1}, Box{5, 5, 1, 1}, 0},
	} {
		if got := iou(c.a, c.b); !near(got, c.want) || iou(c.b, c.a) != got {
			t.Errorf("%v %v: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// TestCentral: the box of all of an image is the image.
func TestCentral(t *testing.T) {
	if got := Central(40, 30, 1); got != (Box{1, 1, 40, 30}) {
		t.Errorf("%v", got)
	}
	b := Central(40, 20, 0.75)
	if x, y := b.centre(); !near(b.XMax-b.XMin+1, 30) || !near(b.YMax-b.YMin+1, 15) || x != 20.5 || y != 10.5 {
		t.Errorf("%v", b)
	}
}

// TestMeasure: figures reckoned by hand.
func TestMeasure(t *testing.T) {
	truth, half, under, off := Box{1, 1, 10, 10}, Box{1, 1, 10, 5}, Box{1, 1, 10, 4}, Box{21, 1, 30, 10}
	images := []Image{
		{Class: 3, Boxes: []Box{off, truth}, Given: &half, Predicted: []Prediction{{2, truth}, {3, under}, {3, half}}}, // right third
		{Class: 3, Boxes: []Box{truth}, Given: &under, Predicted: []Prediction{{3, truth}}},                            // right first
		{Class: 7, Boxes: []Box{truth}, Predicted: []Prediction{{1, truth}, {2, truth}, {3, truth}, {4, truth}, {5, truth}, {7, truth}}},
		{Class: 7, Boxes: []Box{truth}, Given: &truth, Predicted: []Prediction{{7, off}}},
	}
	m, err := Measure(images)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ got, want float64 }{
		"top 1":        {m.Top1, 0.25},
		"top 5":        {m.Top5, 0.5},
		"classified 1": {m.Classified1, 0.5},
		"classified 5": {m.Classified5, 0.75},
		"given":        {m.Given, 0.5},
		"CorLoc of 3":  {m.CorLoc[3], 0.5},
		"CorLoc of 7":  {m.CorLoc[7], 0.5},
		"mean IoU":     {m.MeanIoU, (0.5 + 0.4 + 0 + 1) / 4},
	} {
		if !near(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if m.Images != 4 || len(m.CorLoc) != 2 {
		t.Errorf("%+v", m)
	}
	for _, bad := range [][]Image{nil, {{Class: 1}}} {
		if _, err := Measure(bad); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}
