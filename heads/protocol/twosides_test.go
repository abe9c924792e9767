package protocol

import (
	"strings"
	"testing"
)

// TestTwoSides: heads need images of two classes to train on, or of one and of none of them; otherwise every protocol
// refuses the data, whatever splits they have.
func TestTwoSides(t *testing.T) {
	labels := func(of func(i int) []string) Data {
		d := multiLabel(60)
		d.Ignored = nil
		d.Classes = []string{"cat", "dog"}
		for i := range d.IDs {
			d.Labels[i] = of(i)
		}
		return d
	}
	alone := labels(func(int) []string { return []string{"cat"} })
	alone.Classes = alone.Classes[:1]
	unsplit := alone
	unsplit.Splits = nil
	negatives := labels(func(i int) []string { return [][]string{{"cat"}, nil}[i/3%2] })
	negatives.Classes, negatives.None = negatives.Classes[:1], nil
	unknown := negatives
	for _, l := range negatives.Labels {
		negatives.None = append(negatives.None, l == nil)
	}
	declared := labels(func(int) []string { return []string{"cat"} })
	both := labels(func(int) []string { return []string{"cat", "dog"} })
	late := labels(func(i int) []string { return []string{"cat"} })
	for i := range late.IDs {
		if late.in(i, "test") {
			late.Labels[i] = []string{"dog"}
		}
	}
	for name, c := range map[string]struct {
		p    Protocol
		d    Data
		want string // "": it is trained
	}{
		"one class, by its splits":             {set, alone, "1 of 1 classes have images to train on (cat), and none has images without it"},
		"one class, at random":                 {set, unsplit, "1 of 1 classes have images to train on (cat)"},
		"one class, of VOC":                    {voc2007, alone, "1 of 1 classes"},
		"one class, of Caltech":                {caltech101, unsplit, "recall needs at least two"},
		"a class without images":               {set, declared, "1 of 2 classes have images to train on (cat)"},
		"all images of both":                   {set, both, "2 of 2 classes have images to train on (cat, dog)"},
		"all images of both, of VOC":           {voc2012, both, "2 of 2 classes"},
		"the other class is in test alone":     {set, late, "1 of 2 classes have images to train on (cat)"},
		"one class and its negatives, of VOC":  {voc2007, negatives, ""},
		"one class and its negatives":          {set, negatives, ""},
		"one class, and nothing of the others": {voc2007, unknown, "1 of 1 classes"},
	} {
		_, err := run(t, c.p, c.d, Options{})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
