package protocol

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitIsOfTheSet(t *testing.T) {
	d := clusters(5, 12, 4, 0.1)
	of, err := d.classIndex()
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.caltechClasses(of)
	if err != nil {
		t.Fatal(err)
	}
	s := c.draw(3, 5, 4)
	if len(s.train) != 25 || len(s.test) != 20 || len(s.part) != 20 || len(s.held) != 5 {
		t.Fatalf("%d to train (%d and %d), %d to test", len(s.train), len(s.part), len(s.held), len(s.test))
	}
	all := slices.Concat(s.part, s.held)
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
	if got := c.draw(3, 5, 4); !slices.Equal(got.train, s.train) || slices.Equal(c.draw(4, 5, 4).train, s.train) {
		t.Error("a seed is a split")
	}
}

// The split is that of the names, whatever the order of rows and classes in the table.
func TestSplitKnowsNoOrderOfTheTable(t *testing.T) {
	names := func(d Data) []string {
		of, err := d.classIndex()
		if err != nil {
			t.Fatal(err)
		}
		c, err := d.caltechClasses(of)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, i := range c.draw(0, 5, 4).train {
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

func TestTrainOf(t *testing.T) {
	for _, c := range [][3]int{{800, 30, 30}, {31, 30, 30}, {30, 30, 22}, {10, 30, 7}, {4, 30, 3}, {3, 30, 2}, {2, 30, 1}, {2, 1, 1}} {
		if got := trainOf(c[0], c[1]); got != c[2] {
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
		if _, err := Caltech(t.Context(), d, CaltechOptions{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q", name, err, c.want)
		}
	}
	for _, o := range []CaltechOptions{{TrainPerClass: -1}, {TestPerClass: -2}, {Seeds: []uint32{}}, {Settings: Settings{Grid: []float64{}}}, {Settings: Settings{Grid: []float64{-1}}}} {
		if _, err := Caltech(t.Context(), clusters(2, 4, 3, 0.1), o); err == nil {
			t.Errorf("%+v passed", o)
		}
	}
}
