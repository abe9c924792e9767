package protocol

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// background is clusters of which the last are of none of the classes; named holds the same rows with a class of that
// name instead.
func background() (d, named Data) {
	named = clusters(5, 20, 8, 0.9)
	d = named
	d.Classes, d.Labels, d.None = d.Classes[:4], slices.Clone(d.Labels), make([]bool, len(d.IDs))
	for i := range d.IDs {
		if d.Labels[i][0] == "class4" {
			d.Labels[i], d.None[i] = nil, true
		}
	}
	return d, named
}

// withSplits puts two of three rows into train.
func withSplits(d Data) Data {
	for i := range d.IDs {
		d.Splits = append(d.Splits, [][]string{{"train"}, {"train"}, {"val"}}[i%3])
	}
	return d
}

// TestNoneAreNegatives: rows of none of the classes teach and count as those of a further class do: the heads of the
// others are the same, and so is their average precision, while the classes' recalls are of rows that have a class.
func TestNoneAreNegatives(t *testing.T) {
	for _, splits := range []func(Data) Data{withSplits, func(d Data) Data { return d }} {
		d, named := background()
		d, named = splits(d), splits(named)
		o := Options{Settings: Settings{C: 1}}
		got, err := run(t, set, d, o)
		if err != nil {
			t.Fatal(err)
		}
		want, err := run(t, set, named, o)
		if err != nil {
			t.Fatal(err)
		}
		for k := range got.Classes {
			if !reflect.DeepEqual(got.Head().Weights[k], want.Head().Weights[k]) || got.Classes[k].Figures.Get("ap") != want.Classes[k].Figures.Get("ap") {
				t.Errorf("%s: AP %v, with a class of the negatives %v", got.Classes[k].Name, got.Classes[k].Figures.Get("ap"), want.Classes[k].Figures.Get("ap"))
			}
		}
		s := got.Splits[0]
		counted := 0
		for _, row := range s.Confusion.Counts {
			for _, n := range row {
				counted += n
			}
		}
		classed := 0
		for i := range s.IDs {
			if slices.ContainsFunc(s.True, func(y []int8) bool { return y[i] > 0 }) {
				classed++
			}
		}
		if classed == len(s.IDs) || counted != classed {
			t.Errorf("%d rows in the confusions, %d of %d have a class", counted, classed, len(s.IDs))
		}
		if notes := strings.Join(got.Notes, "; "); !strings.Contains(notes, "20 of 100 rows are of none of the classes") || strings.Contains(notes, "left out") {
			t.Error(notes)
		}
		d.None = nil
		bare, err := run(t, set, d, o)
		if err != nil {
			t.Fatal(err)
		}
		if bare.Figures.Get("mean_ap") <= got.Figures.Get("mean_ap") || !strings.Contains(strings.Join(bare.Notes, "; "), "20 of 100 rows have no label and are left out") {
			t.Errorf("not known: mean AP %v, with negatives %v; %q", bare.Figures.Get("mean_ap"), got.Figures.Get("mean_ap"), bare.Notes)
		}
	}
}

// TestOneClassAndItsNegatives: that is told by average precision alone, since every row with a class is of it.
func TestOneClassAndItsNegatives(t *testing.T) {
	d := clusters(2, 20, 8, 0.9)
	d.Classes, d.None = d.Classes[:1], make([]bool, 40)
	for i := 20; i < 40; i++ {
		d.Labels[i], d.None[i] = nil, true
	}
	r, err := run(t, set, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.SingleLabel() || r.Headline.Figure != "mean_ap" || !(r.Figures.Get("mean_ap") > 0.5) || r.Figures.Has("accuracy") {
		t.Errorf("%+v", r.Figures)
	}
	if l, err := lowShot(t, d, LowShotOptions{Shots: []int{3}, Draws: 1}); err != nil || l.Curves[1].Points[0].Draws[0].Images.Train != 6 {
		t.Errorf("%+v, %v", l, err)
	}
}

// TestNoneInLowShot: as many of the negatives are drawn as of a class.
func TestNoneInLowShot(t *testing.T) {
	d, _ := background()
	r, err := lowShot(t, d, LowShotOptions{Shots: []int{2, 5}, Draws: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Curves[1].Points {
		if n := p.Draws[0].Images.Train; n != 5*p.Shots {
			t.Errorf("%d images of %d a class and of none", n, p.Shots)
		}
	}
}

// TestVOCNone: images that are -1 in all lists teach and are scored as negatives; those of which nothing is known do
// neither.
func TestVOCNone(t *testing.T) {
	d := multiLabel(200)
	o := Options{Settings: Settings{C: 1}}
	r, err := run(t, voc2007, d, o)
	if err != nil {
		t.Fatal(err)
	}
	negatives := 0
	for i := range d.IDs {
		if d.in(i, "test") && !slices.Contains(d.Labels[i], "class0") && !slices.Contains(d.Ignored[i], "class0") {
			negatives++
		}
	}
	if got := r.Classes[0].Counts.Get("negatives"); got != negatives {
		t.Errorf("%d negatives to test, want %d", got, negatives)
	}
	known := d.onlyKnown(allRows(Data{IDs: d.IDs}))
	var some []int
	none := d
	none.None = nil
	for _, i := range known {
		if none.known(i) {
			some = append(some, i)
		}
	}
	left, err := run(t, voc2007, none, o)
	if err != nil {
		t.Fatal(err)
	}
	want, err := run(t, voc2007, none.Subset(some), o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(left.Head(), want.Head()) || left.Figures.Get("mean_ap") != want.Figures.Get("mean_ap") || reflect.DeepEqual(left.Head(), r.Head()) {
		t.Errorf("mean AP %v, without those rows %v", left.Figures.Get("mean_ap"), want.Figures.Get("mean_ap"))
	}
	if notes := strings.Join(left.Notes, "; "); !strings.Contains(notes, "of trainval have no label and are left out") || !strings.Contains(notes, "no part in the figures") {
		t.Error(notes)
	}
	if len(left.Splits[0].Results(0)) != 100 {
		t.Error("a test image without labels has no line in the result files")
	}
}

// TestOtherIsNone: a person of VOC's class "other" is a negative of the ten, not one of which nothing is known.
func TestOtherIsNone(t *testing.T) {
	d, err := withoutOther(objects(60, 2))
	if err != nil {
		t.Fatal(err)
	}
	of, err := d.checked()
	if err != nil {
		t.Fatal(err)
	}
	y := d.labelMatrix(of, 0)
	n := 0
	for i := range d.IDs {
		if !d.has(i) {
			n++
			for k := range y {
				if y[k][i] != -1 {
					t.Fatalf("%s is %d for %s", d.IDs[i], y[k][i], d.Classes[k])
				}
			}
		}
	}
	if n == 0 {
		t.Error("there is no row of other")
	}
}

// TestSplitsWithNone: the splits of the classes are those without negatives, which are divided by themselves.
func TestSplitsWithNone(t *testing.T) {
	d, _ := background()
	o := caltech101.Defaults()
	o.TrainPerClass, o.TestPerClass = 12, 5
	train, test, err := DrawnRows(Data{IDs: d.IDs, Classes: d.Classes, Labels: d.Labels, None: d.None}, 3, o)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]int, 80)
	for i := range rows {
		rows[i] = i
	}
	bare := d.Subset(rows)
	bareTrain, bareTest, err := DrawnRows(Data{IDs: bare.IDs, Classes: d.Classes, Labels: bare.Labels}, 3, o)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(train[:48], bareTrain) || !slices.Equal(test[:20], bareTest) || len(train) != 60 || len(test) != 25 {
		t.Errorf("%d to train, %d to test", len(train), len(test))
	}
}
