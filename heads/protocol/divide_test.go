package protocol

import (
	"errors"
	"reflect"
	"slices"
	"testing"
)

// Divisions of the set's own splits are test against all that is learned from, and val against train; random ones are
// what is trained and scored.
func TestDivisions(t *testing.T) {
	d := Data{IDs: []string{"a", "b", "c", "d", "e"}, Splits: [][]string{{"train", "trainval"}, {"val", "trainval"}, {"test"}, {"trainval"}, nil}}
	got, err := set.Divisions(d, set.Defaults())
	want := []Division{
		{Name: "test", Train: []string{"a", "b", "d"}, Test: []string{"c"}},
		{Name: "val", Train: []string{"a"}, Test: []string{"b"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	o, err := caltech101.Options(Options{Seeds: []uint32{5}}, Data{})
	if err != nil {
		t.Fatal(err)
	}
	c := caltech(t)
	got, err = caltech101.Divisions(c, o)
	if err != nil || len(got) != 1 || got[0].Name != "seed 5" || !got[0].Random || got[0].Seed != 5 {
		t.Fatalf("%d divisions, %v", len(got), err)
	}
	train, test, err := DrawnRows(c, 5, o)
	if err != nil || !slices.Equal(got[0].Train, subset(c.IDs, train)) || !slices.Equal(got[0].Test, subset(c.IDs, test)) {
		t.Errorf("not the rows that are drawn: %v", err)
	}
}

// The heads that score without some rows are those that score with them: nothing left out gives the figures of Run, and
// only wrong answers left out gives all right.
func TestRunLeaving(t *testing.T) {
	d := probed()
	d.Missing = nil
	d.X.Blocks[0].Rows[4] = []float32{5, -1}
	o := set.Defaults()
	o.C = 1
	plain, err := set.Run(t.Context(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := set.RunLeaving(t.Context(), d, o, []map[string]bool{{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range plain.Figures {
		for _, r := range []*Result{b.All, b.Left} {
			if got := r.Figures.Get(f.Name); got.Defined() != f.Value.Defined() || f.Value.Defined() && got != f.Value {
				t.Errorf("%s is %v, want %v", f.Name, got, f.Value)
			}
		}
	}
	s := b.All.Splits[0]
	wrong := map[string]bool{}
	for i, k := range s.Best() {
		if s.True[k][i] < 0 {
			wrong[s.IDs[i]] = true
		}
	}
	if len(wrong) == 0 || len(wrong) == len(s.IDs) {
		t.Fatalf("%d of %d rows are wrong: the data test nothing", len(wrong), len(s.IDs))
	}
	b, err = set.RunLeaving(t.Context(), d, o, []map[string]bool{wrong})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Left.Figures.Get("accuracy"); got != 1 || b.Left.Splits[0].Images.Test != 2-len(wrong) {
		t.Errorf("without the wrong ones: accuracy %v of %+v", got, b.Left.Splits[0].Images)
	}
	if b.All.Figures.Get("accuracy") != plain.Figures.Get("accuracy") {
		t.Error("the figures with all rows changed")
	}
	few := new(TooLittleError)
	if _, err := set.RunLeaving(t.Context(), d, o, []map[string]bool{{"d": true, "e": true}}); !errors.As(err, &few) {
		t.Errorf("a split without images to test: %v", err)
	}
	if _, err := set.RunLeaving(t.Context(), d, o, nil); err == nil {
		t.Error("lists of another number of splits were taken")
	}
}
