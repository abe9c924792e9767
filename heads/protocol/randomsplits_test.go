package protocol

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fc7/heads/svm"
)

func TestSplitIsOfTheSet(t *testing.T) {
	d := clusters(5, 12, 4, 0.1)
	strata, err := d.strata(allRows(d), true)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{TrainPerClass: 5, TestPerClass: 4}
	s := draw(strata, 3, o)
	if len(s.train) != 25 || len(s.test) != 20 || len(s.parts[0].train) != 20 || len(s.parts[0].held) != 5 {
		t.Fatalf("%d to train (%d and %d), %d to test", len(s.train), len(s.parts[0].train), len(s.parts[0].held), len(s.test))
	}
	all := slices.Concat(s.parts[0].train, s.parts[0].held)
	slices.Sort(all)
	train := slices.Sorted(slices.Values(s.train))
	if !slices.Equal(all, train) {
		t.Error("part and held are not train")
	}
	for _, i := range s.test {
		if slices.Contains(s.train, i) {
			t.Errorf("row %d is in train and test", i)
		}
	}
	if got := draw(strata, 3, o); !slices.Equal(got.train, s.train) || slices.Equal(draw(strata, 4, o).train, s.train) {
		t.Error("a seed is a split")
	}
}

// The split is that of the names, whatever the order of rows and classes in the table.
func TestSplitKnowsNoOrderOfTheTable(t *testing.T) {
	names := func(d Data) []string {
		strata, err := d.strata(allRows(d), true)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, i := range draw(strata, 0, Options{TrainPerClass: 5, TestPerClass: 4}).train {
			out = append(out, d.IDs[i])
		}
		return out
	}
	d := clusters(5, 12, 4, 0.1)
	want := names(d)
	slices.Reverse(d.Classes)
	slices.Reverse(d.IDs)
	slices.Reverse(d.Labels)
	if got := names(d); !slices.Equal(got, want) {
		t.Errorf("%v, expected %v", got, want)
	}
}

// Objects of an image stay together, and count as one of the images asked for.
func TestSplitKeepsImagesWhole(t *testing.T) {
	d := clusters(3, 24, 4, 0.1)
	for i := range d.IDs {
		d.Images = append(d.Images, fmt.Sprintf("%d.jpg", i/2))
	}
	strata, err := d.strata(allRows(d), true)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint32(5) {
		v := draw(strata, seed, Options{TrainPerClass: 5, TestPerClass: 4})
		in := map[string]string{}
		for part, rows := range map[string][]int{"trained": v.parts[0].train, "held out": v.parts[0].held, "tested": v.test} {
			images := map[string]bool{}
			for _, i := range rows {
				if was := in[d.Images[i]]; was != "" && was != part {
					t.Errorf("seed %d: %s is %s and %s", seed, d.Images[i], was, part)
				}
				in[d.Images[i]], images[d.Images[i]] = part, true
			}
			if want := map[string]int{"trained": 4, "held out": 1, "tested": 4}[part] * 3; len(images) != want {
				t.Errorf("seed %d: %d images %s, expected %d", seed, len(images), part, want)
			}
		}
	}
}

func TestTrainOf(t *testing.T) {
	for _, c := range [][3]int{{800, 30, 30}, {31, 30, 30}, {30, 30, 22}, {10, 30, 7}, {4, 30, 3}, {3, 30, 2}, {2, 30, 1}, {2, 1, 1}} {
		if got := (Options{TrainPerClass: c[1]}).trainOf(c[0]); got != c[2] {
			t.Errorf("%d images, %d asked for: %d, expected %d", c[0], c[1], got, c[2])
		}
	}
}

func TestHold(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 0, 2: 1, 3: 1, 7: 1, 8: 2, 30: 6, 100: 20} {
		train, held := hold(make([]int, n))
		if len(held) != want || len(train) != n-want {
			t.Errorf("of %d: %d and %d, expected %d held out", n, len(train), len(held), want)
		}
	}
}

func TestBadCaltechSets(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Data)
		want   string
	}{
		"two labels": {func(d *Data) { d.Labels[2] = []string{"class0", "class1"} }, "class0/1002 has 2 labels"},
		"no label":   {func(d *Data) { d.Labels[2] = nil }, "0 labels"},
		"one image":  {func(d *Data) { d.Labels[0] = []string{"class1"} }, "class class0 has one image"},
		"one class": {func(d *Data) {
			for i := range d.Labels {
				d.Labels[i] = []string{"class1"}
			}
		}, "1 of 2 classes"},
	} {
		d := clusters(2, 2, 3, 0.1)
		if name == "two labels" {
			d = clusters(2, 4, 3, 0.1)
		}
		if name == "no label" {
			d = clusters(2, 4, 3, 0.1)
		}
		c.change(&d)
		if _, err := run(t, caltech101, d, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q", name, err, c.want)
		}
	}
	for _, o := range []Options{{TrainPerClass: -1}, {TestPerClass: -2}, {Seeds: []uint32{}}, {Settings: Settings{Grid: []float64{}}}, {Settings: Settings{Grid: []float64{-1}}}} {
		if _, err := run(t, caltech101, clusters(2, 4, 3, 0.1), o); err == nil {
			t.Errorf("%+v passed", o)
		}
	}
}

// The rows are those that the protocol itself tests on, for every seed.
func TestDrawnRows(t *testing.T) {
	d := Data{Classes: []string{"b", "a"}}
	var x []float32
	for i := range 30 {
		d.IDs = append(d.IDs, fmt.Sprintf("%02d", 29-i))
		d.Labels = append(d.Labels, []string{d.Classes[i%2]})
		x = append(x, float32(i%2), float32(i))
	}
	d.X = svm.Dense(x, 2)
	for _, seed := range []uint32{0, 7} {
		r, err := run(t, caltech101, d, Options{TrainPerClass: 6, TestPerClass: 4, Seeds: []uint32{seed}})
		if err != nil {
			t.Fatal(err)
		}
		train, test, err := DrawnRows(Data{IDs: d.IDs, Classes: d.Classes, Labels: d.Labels}, seed, Options{TrainPerClass: 6, TestPerClass: 4, Seeds: []uint32{seed}})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, i := range test {
			ids = append(ids, d.IDs[i])
		}
		if !slices.Equal(ids, r.Splits[0].IDs) || len(train) != 12 {
			t.Errorf("seed %d: %v, the protocol tests on %v; %d to train", seed, ids, r.Splits[0].IDs, len(train))
		}
		for _, i := range train {
			if slices.Contains(test, i) {
				t.Errorf("row %d is in both", i)
			}
		}
	}
	if _, _, err := DrawnRows(Data{IDs: []string{"x"}, Classes: []string{"a"}, Labels: [][]string{{"a"}}}, 0, caltech101.Defaults()); err == nil {
		t.Error("a class of one image was split")
	}
	if _, _, err := DrawnRows(Data{IDs: []string{"x"}, Classes: []string{"a"}}, 0, caltech101.Defaults()); err == nil {
		t.Error("rows without labels were split")
	}
}
