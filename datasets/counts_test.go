package datasets

import (
	"strings"
	"testing"

	"fc7/internal/catalogue"
)

// A split that is nearly complete is told from one that was cut down on purpose.
func TestOtherCounts(t *testing.T) {
	s := &Set{}
	for i, id := range []string{"a", "a", "b", "c"} {
		s.Items = append(s.Items, Item{ID: id, Object: i + 1, Box: &Box{XMin: 1, YMin: 1, XMax: 2, YMax: 2}, splits: bitTrain | bitTrainVal})
	}
	s.Items = append(s.Items, Item{ID: "d", splits: bitVal})
	k := KindInfo{Published: []catalogue.Split{{Name: SplitTrain, Images: 4, Objects: 5}, {Name: SplitTrainVal, Images: 3, Objects: 4}, {Name: SplitVal, Images: 3, Objects: 0}, {Name: SplitTest, Images: 9, Objects: 9}}}
	const want = "the counts are not those published: train 3 of 4 images, train 4 of 5 boxes"
	if got := strings.Join(s.otherCounts(k), "|"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if c := s.Counts(); c[""] != (Count{4, 5, 4}) || c[SplitTrain] != (Count{3, 4, 4}) {
		t.Errorf("counts %v", c)
	}
}
