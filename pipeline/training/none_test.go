package training

import (
	"strings"
	"testing"

	"fc7/datasets"
)

// TestImagesOfNoClass: images of none of the classes are negatives of every class for the sigmoid loss; the softmax
// loss has no place for them, and says so. Those of which nothing is known are used by neither.
func TestImagesOfNoClass(t *testing.T) {
	set := &datasets.Set{Classes: []string{"a", "b"}}
	for i := range 20 {
		set.Items = append(set.Items, datasets.NewItem(string(rune('A'+i)), set.Classes[i%2]))
	}
	set.Items = append(set.Items, datasets.Item{ID: "none", None: true}, datasets.Item{ID: "unknown"})
	one, err := splitFor(t.Context(), set, Job{HeldOut: 0.3, Loss: "softmax"})
	if err != nil || len(one.train)+len(one.val) != 20 || one.class[20] != -1 {
		t.Fatalf("%+v %v", one, err)
	}
	if notes := strings.Join(one.notes, "; "); !strings.Contains(notes, "1 images without a class") || !strings.Contains(notes, "1 images of none of the classes are not used") {
		t.Error(notes)
	}
	several, err := splitFor(t.Context(), set, Job{HeldOut: 0.3, Loss: "sigmoid"})
	if err != nil || len(several.train)+len(several.val) != 21 || several.labels[21] != nil {
		t.Fatalf("%+v %v", several, err)
	}
	if y := several.labels[20]; len(y) != 2 || y[0] != -1 || y[1] != -1 {
		t.Errorf("labels of none: %v", y)
	}
}

// TestOneClassOfMany: one class beside images that are not of it is learnt by the sigmoid loss, unasked.
func TestOneClassOfMany(t *testing.T) {
	set := &datasets.Set{Classes: []string{"a"}}
	for range 10 {
		set.Items = append(set.Items, datasets.NewItem("", set.Classes...), datasets.Item{None: true})
	}
	s, err := splitFor(t.Context(), set, Job{HeldOut: 0.3})
	if err != nil || !s.multi() || len(s.train)+len(s.val) != 20 || !strings.Contains(strings.Join(s.notes, " "), "there is one class (a)") {
		t.Errorf("%+v %v", s, err)
	}
}
