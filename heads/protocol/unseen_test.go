package protocol

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

// spoilt is data with the descriptors of some rows replaced.
func spoilt(d Data, row func(i int) bool) Data {
	d.X = copied(d.X)
	for i := range d.IDs {
		if row(i) {
			for j := range d.row(i) {
				d.row(i)[j] = float32(math.Sin(float64(1 + i*j)))
			}
		}
	}
	return d
}

// However C is chosen for actions, the test images have no part in it.
func TestActionDoesNotSeeTestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	d := objects(80, 2)
	for _, s := range []Settings{{}, {Folds: 3}, {PerClass: true}} {
		clean, err := run(t, action, d, Options{Settings: s})
		if err != nil {
			t.Fatal(err)
		}
		bad := spoilt(d, func(i int) bool { return d.in(i, "test") })
		bad.Labels = slices.Clone(d.Labels)
		for i := range bad.IDs {
			if bad.in(i, "test") {
				bad.Labels[i] = []string{bad.Classes[i%3]}
			}
		}
		other, err := run(t, action, bad, Options{Settings: s})
		if err != nil {
			t.Fatal(err)
		}
		if clean.Figures.Get("mean_ap") == other.Figures.Get("mean_ap") {
			t.Fatal("spoiling did nothing")
		}
		if !reflect.DeepEqual(clean.Splits[0].Choice, other.Splits[0].Choice) || !reflect.DeepEqual(clean.Head(), other.Head()) {
			t.Errorf("%+v: test images had a part in training", s)
		}
	}
}

// The same for Caltech's splits, whichever way C is chosen.
func TestNoCaltechChoiceSeesTestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	d := clusters(5, 20, 8, 0.9)
	for _, s := range []Settings{{}, {Folds: 4}, {PerClass: true}, {Folds: 3, PerClass: true, Bias: 1}} {
		o := Options{TrainPerClass: 12, Seeds: []uint32{3}, Settings: s}
		clean, err := run(t, caltech101, d, o)
		if err != nil {
			t.Fatal(err)
		}
		a := clean.Splits[0]
		other, err := run(t, caltech101, spoilt(d, func(i int) bool { return slices.Contains(a.IDs, d.IDs[i]) }), o)
		if err != nil {
			t.Fatal(err)
		}
		b := other.Splits[0]
		if reflect.DeepEqual(a.Scores, b.Scores) {
			t.Fatal("spoiling did nothing")
		}
		if !reflect.DeepEqual(a.Choice, b.Choice) || !reflect.DeepEqual(a.Head, b.Head) {
			t.Errorf("%+v: test images had a part in training", s)
		}
	}
}

// The same for each draw of a low-shot curve.
func TestLowShotDoesNotSeeTestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	o := LowShotOptions{Shots: []int{1, 2, 4}, Draws: 2}
	voc := multiLabel(160)
	clean, err := lowShot(t, voc, o)
	if err != nil {
		t.Fatal(err)
	}
	other, err := lowShot(t, spoilt(voc, func(i int) bool { return voc.in(i, "test") }), o)
	if err != nil {
		t.Fatal(err)
	}
	for c, curve := range clean.Curves {
		for n, p := range curve.Points {
			for k, draw := range p.Draws {
				bad := other.Curves[c].Points[n].Draws[k]
				if draw.C != bad.C || draw.Images != bad.Images {
					t.Errorf("%s of %d images a class, draw %d: C %v, with other test images %v", curve.Head, p.Shots, k, draw.C, bad.C)
				}
				if draw.Figures.Get("mean_ap") == bad.Figures.Get("mean_ap") {
					t.Error("spoiling did nothing")
				}
			}
		}
	}
}
