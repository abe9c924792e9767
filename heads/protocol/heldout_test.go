package protocol

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every row is held out once and trained on in all other folds; classes come to the folds in equal shares, the rare
// ones too.
func TestFoldsAreStratified(t *testing.T) {
	d := clusters(4, 23, 3, 0.5)
	for i := range 20 { // of the first class 3 rows are left
		d.Labels[i] = []string{"class1"}
	}
	rows := shuffled(make([]int, len(d.IDs)), 1)
	for i := range rows {
		rows[i] = i
	}
	parts := d.folds(rows, 3, 5)
	seen := make([]int, len(d.IDs))
	for _, p := range parts {
		count := map[string]int{}
		for _, r := range p.held {
			seen[r]++
			count[d.Labels[r][0]]++
		}
		if count["class0"] != 1 || count["class2"] < 7 || count["class2"] > 8 || len(p.train)+len(p.held) != len(rows) {
			t.Errorf("a fold of %v, %d + %d rows", count, len(p.train), len(p.held))
		}
		for _, r := range p.train {
			if slices.Contains(p.held, r) {
				t.Fatalf("row %d is trained on and held out", r)
			}
		}
	}
	if slices.Max(seen) != 1 || slices.Min(seen) != 1 {
		t.Errorf("rows are held out %v times", seen)
	}
	if !reflect.DeepEqual(parts, d.folds(rows, 3, 5)) || reflect.DeepEqual(parts, d.folds(rows, 3, 6)) {
		t.Error("folds must depend on the seed alone")
	}
	if n := len(d.folds(rows[:2], 5, 0)); n != 2 {
		t.Errorf("%d folds of 2 rows", n)
	}
}

// Objects of one image are never divided, neither by folds nor by the held-out fifth.
func TestDivisionsKeepImagesWhole(t *testing.T) {
	d := objects(60, 3)
	rows := make([]int, len(d.IDs))
	for i := range rows {
		rows[i] = i
	}
	for _, p := range append(d.folds(rows, 4, 1), d.fifth(rows, 1)) {
		if len(p.train) == 0 || len(p.held) == 0 || len(p.train)+len(p.held) != len(rows) {
			t.Fatalf("%d + %d rows", len(p.train), len(p.held))
		}
		for _, r := range p.train {
			if slices.ContainsFunc(p.held, func(h int) bool { return d.Images[h] == d.Images[r] }) {
				t.Fatalf("image %s is trained on and held out", d.Images[r])
			}
		}
	}
}

// objects is multiLabel's data with some objects an image, one of them labelled "other" only.
func objects(images, each int) Data {
	d := multiLabel(images * each)
	d.Classes = append(d.Classes, actionOther)
	for i := range d.IDs {
		d.Images = append(d.Images, "img"+strconv.Itoa(i/each))
		d.Objects = append(d.Objects, 1+i%each)
		d.Splits[i] = [][]string{{"train", "trainval"}, {"val", "trainval"}, {"test"}}[i/each%3]
		if len(d.Labels[i]) == 0 {
			d.Labels[i] = []string{actionOther}
		}
	}
	return d
}

func TestAction(t *testing.T) {
	d := objects(60, 3)
	r, err := run(t, action, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Classes) != 4 || r.Protocol != "voc2012-action" || slices.Contains(r.Head().Classes, actionOther) || r.Splits[0].Images.Test != 60 {
		t.Errorf("%+v", r)
	}
	if len(d.Classes) != 5 || !slices.ContainsFunc(d.Labels, func(l []string) bool { return slices.Contains(l, actionOther) }) {
		t.Error("the data was changed")
	}
	line := r.Splits[0].Results(0)[4]
	if i := slices.Index(d.IDs, r.Splits[0].IDs[4]); line.Image != d.Images[i] || line.Object != d.Objects[i] || line.Object != 2 {
		t.Errorf("%+v", line)
	}
	if r.Classes[0].Counts.Get("test")+r.Classes[0].Counts.Get("negatives")+r.Classes[0].Counts.Get("ignored") != 60 {
		t.Errorf("rows of %q do not count: %+v", actionOther, r.Classes[0])
	}
	d.Objects[5] = 0
	if _, err := run(t, action, d, Options{}); err == nil || !strings.Contains(err.Error(), "is an image") {
		t.Error(err)
	}
	d.Objects = nil
	if _, err := run(t, action, d, Options{}); err == nil || !strings.Contains(err.Error(), "extract the boxes") {
		t.Error(err)
	}
}

// However C is chosen, the test images have no part in it: with their descriptors, their labels or both spoilt, the
// choice, the curve and the heads are the same to the last bit.
func TestNoChoiceSeesTestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	for _, s := range []Settings{{}, {Folds: 3}, {PerClass: true}, {Folds: 4, PerClass: true, Bias: 1}} {
		d := multiLabel(200)
		clean, err := run(t, voc2007, d, Options{Settings: s})
		if err != nil {
			t.Fatal(err)
		}
		bad := multiLabel(200)
		for i := range bad.IDs {
			if bad.in(i, "test") {
				bad.Labels[i], bad.Ignored[i] = bad.Classes[i%2:i%2+1], nil
				for j := range bad.row(i) {
					bad.row(i)[j] = float32(math.Sin(float64(i * j)))
				}
			}
		}
		spoilt, err := run(t, voc2007, bad, Options{Settings: s})
		if err != nil {
			t.Fatal(err)
		}
		if clean.Figures.Get("mean_ap") == spoilt.Figures.Get("mean_ap") {
			t.Fatal("spoiling did nothing")
		}
		if !reflect.DeepEqual(clean.Splits[0].Choice, spoilt.Splits[0].Choice) || !reflect.DeepEqual(clean.Head(), spoilt.Head()) {
			t.Errorf("%+v: test images had a part in training", s)
		}
		if s.Folds > 0 && (len(clean.Splits[0].Choice.Curve[0].Folds) != s.Folds || clean.Splits[0].Choice.Held != 100 || !strings.Contains(clean.Splits[0].Choice.On, "folds of trainval")) {
			t.Errorf("%+v", clean.Splits[0].Choice)
		}
	}
}

func TestCaltechByFolds(t *testing.T) {
	d := clusters(5, 20, 8, 0.9)
	r, err := run(t, caltech101, d, Options{TrainPerClass: 12, Seeds: []uint32{7}, Settings: Settings{Folds: 4, PerClass: true}})
	if err != nil {
		t.Fatal(err)
	}
	c := r.Splits[0].Choice
	if c.Trained != 45 || c.Held != 60 || len(c.PerClass) != 5 || !reflect.DeepEqual(c.PerClass, r.Splits[0].Head.C) || c.Measure != "mean all-point AP" {
		t.Errorf("%+v", c)
	}
	if _, err := run(t, caltech101, d, Options{Settings: Settings{Folds: 1}}); err == nil || !strings.Contains(err.Error(), "1 folds") {
		t.Error(err)
	}
}

// Test images without labels have scores but no figures.
func TestVOCUnlabelledTest(t *testing.T) {
	d := multiLabel(120)
	for i := range d.IDs {
		if d.in(i, "test") {
			d.Labels[i], d.Ignored[i], d.None[i] = nil, nil, false
		}
	}
	r, err := run(t, voc2007, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Figures.Get("mean_ap").Defined() || len(r.Splits[0].Results(1)) != 60 || !strings.Contains(strings.Join(r.Notes, " "), "no labels") {
		t.Errorf("%+v", r.Notes)
	}
}

// TestTooManyFolds: more folds than the largest class has images are refused with the number that fits; a class that is
// rarer refuses nothing, and objects of one image are one.
func TestTooManyFolds(t *testing.T) {
	d := Data{Classes: []string{"cat", "dog"}, Labels: [][]string{{"cat"}, {"cat"}, {"cat", "dog"}, {"dog"}, nil}}
	v := division{train: []int{0, 1, 2, 3, 4}}
	for _, folds := range []int{4, 1_000_000} {
		if _, err := v.folded(d, Settings{Folds: folds}, "trainval"); err == nil || !strings.Contains(err.Error(), "at most 3 folds") {
			t.Errorf("%d folds: %v", folds, err)
		}
	}
	if v, err := v.folded(d, Settings{Folds: 3}, "trainval"); err != nil || len(v.parts) != 3 || v.on != "3 stratified folds of trainval" {
		t.Errorf("%d folds on %q, %v", len(v.parts), v.on, err)
	}
	d.Images = []string{"a", "a", "b", "c", "d"}
	if _, err := v.folded(d, Settings{Folds: 3}, "trainval"); err == nil || !strings.Contains(err.Error(), "at most 2 folds") {
		t.Error(err)
	}
}
