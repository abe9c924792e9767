package training

import (
	"strings"
	"testing"

	"fc7/datasets"
)

// TestTwoSides: classes that are declared do not count, those with images to train on do; of images of several labels
// one class and images without it are enough.
func TestTwoSides(t *testing.T) {
	of := func(labels string, n int) (items []datasets.Item) {
		it := datasets.NewItem("", strings.FieldsFunc(labels, func(c rune) bool { return c == ',' })...)
		it.SetSplits("train")
		for range n {
			items = append(items, it)
		}
		return items
	}
	held := datasets.NewItem("", "b")
	held.SetSplits("val")
	for name, c := range map[string]struct {
		items []datasets.Item
		multi bool
		want  string // "": it is trained
	}{
		"two classes":                       {append(of("a", 4), of("b", 4)...), false, ""},
		"one of two classes has images":     {append(of("a", 4), held), false, "of 2 classes of which 1 have images to train"},
		"both labels on each image":         {append(of("a,b", 4), held), true, "of 2 classes of which 2 have images to train"},
		"one label on each image, of two":   {append(append(of("a", 4), of("b", 1)...), held), true, ""},
		"one class, and images of the rest": {append(append(of("a,b", 2), of("b", 2)...), held), true, ""},
	} {
		set := &datasets.Set{Classes: []string{"a", "b"}, Items: c.items}
		divide := newSplit
		if c.multi {
			divide = newLabelSplit
		}
		_, err := divide(set, 0.25, 1)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
