package datasets

import (
	"strings"
	"testing"
)

// Whatever a ground truth file holds, its labels are WordNet ids, and no image has two.
func FuzzImageNetTruth(f *testing.F) {
	f.Add("ImageId,PredictionString\nILSVRC2012_val_00000001,n01440764 1 2 3 4 n01440764 5 6 7 8\n", "n02119789 1 kit_fox\n")
	f.Add("n01440764\r\nn02119789\n", "n02119789 1\nn01440764 3 tench\n")
	f.Add("3\n1\n1\n", "n02119789 1 kit_fox\nn01440764 3 tench\n")
	f.Fuzz(func(t *testing.T, truth, mapping string) {
		for name, parse := range map[string]func() (*valTruth, error){
			"solution": func() (*valTruth, error) { return parseSolution("a", strings.NewReader(truth)) },
			"ids":      func() (*valTruth, error) { return parseIDs("a", strings.NewReader(truth)) },
			"kit": func() (*valTruth, error) {
				return kitFiles{truth: strings.NewReader(truth), mapping: strings.NewReader(mapping)}.read("a")
			},
		} {
			v, err := parse()
			if err != nil {
				continue
			}
			for i, wnid := range v.byNumber {
				if !isWNID(wnid) {
					t.Errorf("%s: line %d is of class %q", name, i+1, wnid)
				}
			}
			for image, wnid := range v.byName {
				if !isWNID(wnid) {
					t.Errorf("%s: %q is of class %q", name, image, wnid)
				}
			}
		}
	})
}

func TestValNumber(t *testing.T) {
	for name, want := range map[string]int{
		"ILSVRC2012_val_00000001.JPEG": 1, "ILSVRC2012_val_00050000.JPEG": 50000, "ILSVRC2012_val_00000001": 1,
		"ILSVRC2012_val_1.JPEG": 0, "ILSVRC2012_val_0000000x.JPEG": 0, "n01440764_1.JPEG": 0, "": 0,
	} {
		if n, ok := valNumber(name); n != want || ok != (want > 0) {
			t.Errorf("%q: %d, %v", name, n, ok)
		}
	}
}
