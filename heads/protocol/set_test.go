package protocol

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fc7/heads/svm"
)

// On one label an image, with Caltech's numbers of images, the generic protocol is Caltech's: same splits, same C, same
// recall.
func TestSetIsCaltechOnOneLabel(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	d := clusters(7, 20, 8, 0.8)
	c, err := run(t, caltech101, d, Options{TrainPerClass: 10, TestPerClass: 6, Settings: Settings{Bias: 1}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := run(t, set, d, Options{TrainPerClass: 10, TestPerClass: 6, Settings: Settings{Bias: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Splits {
		a, b := c.Splits[i], s.Splits[i]
		if !slices.Equal(a.IDs, b.IDs) || a.Figures.Get("mean_recall") != b.Figures.Get("mean_recall") || a.Figures.Get("accuracy") != b.Figures.Get("accuracy") || !reflect.DeepEqual(a.Choice, b.Choice) {
			t.Errorf("split %d: %+v, Caltech %+v", i, b.Figures, a.Figures.Get("mean_recall"))
		}
		hits := 0
		for n := range b.IDs {
			better := 0
			var own float64
			for k := range b.Scores {
				if b.True[k][n] > 0 {
					own = b.Scores[k][n]
				}
			}
			for k := range b.Scores {
				if b.Scores[k][n] > own {
					better++
				}
			}
			if better < 5 {
				hits++
			}
		}
		if want := float64(hits) / float64(len(b.IDs)); math.Abs(float64(b.Figures.Get("top5"))-want) > 1e-12 {
			t.Errorf("top-5 %v, counted %v", b.Figures.Get("top5"), want)
		}
	}
	if s.Figures.Get("mean_recall") != c.Figures.Get("mean_recall") || s.Deviation.Get("mean_recall") != c.Deviation.Get("mean_recall") || !s.SingleLabel() || s.Classes[2].Counts.Get("train") != 10 || s.Classes[2].Counts.Get("test") != 6 {
		t.Errorf("%+v", s.Figures)
	}
	if _, err := json.Marshal(s); err != nil {
		t.Error(err)
	}
}

// On several labels with the set's splits it is VOC's.
func TestSetIsVOCOnSplits(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	d := multiLabel(200)
	for i := range d.IDs { // VOC has negatives of all classes, which here would be unlabelled
		if len(d.Labels[i]) == 0 {
			d.Labels[i] = d.Classes[i%4 : i%4+1]
		}
	}
	v, err := run(t, voc2007, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := run(t, set, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.SingleLabel() || len(s.Splits) != 1 || s.Figures.Get("mean_ap") != v.Figures.Get("mean_ap") || s.Figures.Get("mean_ap_11") != v.Figures.Get("mean_ap_11") || s.Splits[0].Choice.C != v.Splits[0].Choice.C {
		t.Errorf("%+v, VOC %v", s.Figures, v.Figures.Get("mean_ap"))
	}
	if s.Figures.Get("accuracy").Defined() || s.Splits[0].Confusion != nil || s.Classes[1].Figures.Get("ap") != v.Classes[1].Figures.Get("ap") {
		t.Errorf("%+v", s)
	}
	if s.Classes[0].Counts.Get("train") != v.Classes[0].Counts.Get("train") || s.Classes[0].Counts.Get("test") != v.Classes[0].Counts.Get("test") {
		t.Errorf("%+v, VOC %+v", s.Classes[0], v.Classes[0])
	}
}

func TestSetRandomSplitsOfSeveralLabels(t *testing.T) {
	d := multiLabel(120)
	d.Splits, d.None = nil, nil
	r, err := run(t, set, d, Options{TrainFraction: 0.5, Seeds: []uint32{3, 4}})
	if err != nil {
		t.Fatal(err)
	}
	labelled := 0
	for i := range d.IDs {
		if d.labelled([]int{i}) {
			labelled++
		}
	}
	n := r.Splits[0].Images
	if len(r.Splits) != 2 || n.Train+n.Test != labelled || n.Train < labelled/2-4 || n.Train > labelled/2+4 || !r.Deviation.Get("mean_ap").Defined() {
		t.Errorf("%+v of %d", n, labelled)
	}
	if !strings.Contains(strings.Join(r.Notes, " "), "no label") {
		t.Error(r.Notes)
	}
	if _, err := run(t, set, d, Options{TrainPerClass: 4}); err == nil || !strings.Contains(err.Error(), "several labels") {
		t.Error(err)
	}
	for _, o := range []Options{{TrainFraction: 1}, {TrainPerClass: -1}, {Seeds: []uint32{}}, {TestPerClass: -1}} {
		if _, err := run(t, set, d, o); err == nil {
			t.Errorf("%+v passed", o)
		}
	}
}

// A row without a descriptor is a miss in every figure.
func TestSetMissingRows(t *testing.T) {
	d := clusters(6, 10, 8, 0.01)
	o := Options{Seeds: []uint32{0}, Settings: Settings{C: 10}}
	whole, err := run(t, set, d, o)
	if err != nil {
		t.Fatal(err)
	}
	d.Missing = make([]bool, len(d.IDs))
	d.Missing[slices.Index(d.IDs, whole.Splits[0].IDs[0])] = true
	r, err := run(t, set, d, o)
	if err != nil {
		t.Fatal(err)
	}
	a, b := whole.Splits[0].Figures, r.Splits[0].Figures
	if a.Get("accuracy") != 1 || math.Abs(float64(a.Get("accuracy")-b.Get("accuracy"))-1./12) > 1e-9 || math.Abs(float64(a.Get("top5")-b.Get("top5"))-1./12) > 1e-9 || b.Get("mean_ap") >= a.Get("mean_ap") {
		t.Errorf("%+v, without missing %+v", b, a)
	}
}

func TestLowShot(t *testing.T) {
	d := clusters(6, 30, 16, 1.2)
	r, err := lowShot(t, d, LowShotOptions{Shots: []int{1, 4, 16}})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range r.Curves[1].Points {
		mean, deviation := r.Figure(p)
		if name := r.Headline.Short(); name != "mean class recall" || !deviation.Defined() || len(p.Draws) != 5 || i > 0 && mean <= r.Curves[1].Points[i-1].Figures.Get("mean_recall") {
			t.Errorf("%d images: %v ± %v of %s", p.Shots, mean, deviation, r.Headline.Name)
		}
		for _, draw := range p.Draws {
			if draw.Images != (Images{Train: 6 * p.Shots, Test: 6 * 14}) || p.Shots == 1 && draw.C != fallbackC {
				t.Errorf("%+v", draw)
			}
		}
	}
	if !reflect.DeepEqual(r.Curves[1].Points[0].Draws[0].Images.Test, r.Curves[1].Points[2].Draws[0].Images.Test) {
		t.Error("points are scored on different images")
	}
	for _, o := range []LowShotOptions{{}, {Shots: []int{0}}, {Shots: []int{1}, Draws: -1}, {Shots: []int{4, 1, 4}}} {
		if _, err := lowShot(t, d, o); err == nil {
			t.Errorf("%+v passed", o)
		}
	}
}

// Each class of a multi-label draw has k positives, and draws of a seed are nested.
func TestShotsOfSeveralLabels(t *testing.T) {
	d := multiLabel(200)
	run, err := set.task(d, set.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	small, _, _ := run.shots(run.divisions[0].train, 3, 1)
	rows, y, own := run.shots(run.divisions[0].train, 8, 1)
	for _, i := range small {
		if !slices.Contains(rows, i) {
			t.Error("draws are not nested")
		}
	}
	for c := range y {
		if n := positives(y[c], rows); n != 8 || len(own[c]) != 8 {
			t.Errorf("class %d: %d positives, drawn %v", c, n, own[c])
		}
		for _, i := range rows {
			if y[c][i] != run.y[c][i] && (y[c][i] != 0 || run.y[c][i] != 1) {
				t.Errorf("row %d class %d: %d, was %d", i, c, y[c][i], run.y[c][i])
			}
		}
	}
	_, _, own = run.shots(run.divisions[0].train, 1000, 1)
	for c := range own {
		if n := positives(run.y[c], run.divisions[0].train); len(own[c]) != n {
			t.Errorf("class %d: %d drawn of %d", c, len(own[c]), n)
		}
	}
	r, err := lowShot(t, d, LowShotOptions{Shots: []int{2}, Draws: 2})
	if err != nil {
		t.Fatal(err)
	}
	if mean, _ := r.Figure(r.Curves[1].Points[0]); r.Headline.Short() != "mean AP" || !mean.Defined() {
		t.Errorf("%+v", r.Curves[1].Points[0])
	}
}

// Nothing that is learnt depends on the test images, with splits of the set, with random ones, by folds, and on
// low-shot curves.
func TestSetDoesNotSeeTestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	spoil := func(d Data, test func(i int) bool) Data {
		d.X = copied(d.X)
		for i := range d.IDs {
			if test(i) {
				for j := range d.row(i) {
					d.row(i)[j] = float32(math.Cos(float64(i + 3*j)))
				}
			}
		}
		return d
	}
	split, random := multiLabel(160), clusters(5, 20, 8, 0.9)
	for _, s := range []Settings{{}, {Folds: 3}, {PerClass: true}} {
		for _, d := range []Data{split, random} {
			o := Options{Settings: s}
			if !d.hasSplits() {
				o.Seeds = []uint32{4}
			}
			clean, err := run(t, set, d, o)
			if err != nil {
				t.Fatal(err)
			}
			bad := spoil(d, func(i int) bool { return slices.Contains(clean.Splits[0].IDs, d.IDs[i]) })
			spoilt, err := run(t, set, bad, o)
			if err != nil {
				t.Fatal(err)
			}
			a, b := clean.Splits[0], spoilt.Splits[0]
			if a.Figures.Get("mean_ap") == b.Figures.Get("mean_ap") {
				t.Error("spoiling did nothing")
			}
			if !reflect.DeepEqual(a.Choice, b.Choice) || !reflect.DeepEqual(a.Head, b.Head) {
				t.Errorf("%+v: test images had a part in training", s)
			}
		}
	}
	o := LowShotOptions{Shots: []int{3}, Draws: 2}
	clean, err := lowShot(t, split, o)
	if err != nil {
		t.Fatal(err)
	}
	spoilt, err := lowShot(t, spoil(split, func(i int) bool { return split.in(i, "test") }), o)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range clean.Curves[1].Points[0].Draws {
		if b := spoilt.Curves[1].Points[0].Draws[i]; a.C != b.C || slices.Equal(a.Figures, b.Figures) {
			t.Errorf("draw %d: C %v and %v", i, a.C, b.C)
		}
	}
}

// A solver that ends before it kept to the tolerance is told of, and no other is.
func TestUnsolvedIsTold(t *testing.T) {
	d := clusters(4, 20, 8, 0.8)
	o := Options{TrainPerClass: 10, TestPerClass: 6, Settings: Settings{Bias: 1, Loss: svm.Logistic}}
	for passes, want := range map[int]bool{0: false, 1: true} {
		o.MaxIterations = passes
		r, err := run(t, set, d, o)
		if err != nil {
			t.Fatal(err)
		}
		told := slices.ContainsFunc(r.Notes, func(s string) bool {
			return strings.Contains(s, "the solver ended at its limit, not at the tolerance of 0.001")
		})
		if told != want {
			t.Errorf("%d passes: %q", passes, r.Notes)
		}
	}
}
