package datasets

import (
	"slices"
	"strings"
	"testing"

	"fc7/internal/catalogue"
)

// A split that is nearly complete is told from one that was cut down on purpose.
func TestOtherCounts(t *testing.T) {
	s := &Set{}
	for i, id := range []string{"a", "a", "b", "c"} {
		s.Items = append(s.Items, Item{ID: id, Object: i + 1, Box: &Box{1, 1, 2, 2}, Splits: []string{SplitTrain, SplitTrainVal}})
	}
	s.Items = append(s.Items, Item{ID: "d", Splits: []string{SplitVal}})
	k := KindInfo{Published: []catalogue.Split{{Name: SplitTrain, Images: 4, Objects: 5}, {Name: SplitTrainVal, Images: 3, Objects: 4}, {Name: SplitVal, Images: 3, Objects: 0}, {Name: SplitTest, Images: 9, Objects: 9}}}
	const want = "the counts are not those published: train 3 of 4 images, train 4 of 5 boxes"
	if got := strings.Join(s.otherCounts(k), "|"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if c := s.Counts(); c[""] != (Count{4, 5, 4}) || c[SplitTrain] != (Count{3, 4, 4}) {
		t.Errorf("counts %v", c)
	}
}

// The published counts add up: train and val are trainval, and all splits together the numbers of images that are known of the sets.
func TestPublishedAddUp(t *testing.T) {
	all := map[string]int{"voc2007": 9963, "voc2012": 22531, "voc2012:action": 4588, "imagenet": 1_331_167}
	for _, k := range Kinds() {
		if len(k.Published) == 0 {
			continue
		}
		of := func(split string) (p Published, ok bool) {
			i := slices.IndexFunc(k.Published, func(p Published) bool { return p.Split == split })
			if i < 0 {
				return p, false
			}
			return k.Published[i], true
		}
		train, _ := of(SplitTrain)
		val, _ := of(SplitVal)
		test, _ := of(SplitTest)
		if both, ok := of(SplitTrainVal); ok && (both.Images != train.Images+val.Images || both.Objects != train.Objects+val.Objects) {
			t.Errorf("%s: train %+v and val %+v are trainval %+v", k.Name, train, val, both)
		}
		if sum := train.Images + val.Images + test.Images; sum != all[k.Name] {
			t.Errorf("%s: %d images, want %d", k.Name, sum, all[k.Name])
		}
		delete(all, k.Name)
	}
	if len(all) > 0 {
		t.Errorf("no counts of %v", all)
	}
}
