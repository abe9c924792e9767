package catalogue

import (
	"path"
	"strings"
	"testing"

	"fc7/internal/fetch"
)

func TestDataSets(t *testing.T) {
	for _, s := range AllDataSets() {
		if got, ok := LookupDataSet(s.Name); !ok || got.Title != s.Title || s.Kind == "" || s.Folder == "" || s.Open == "" || s.Licence == "" {
			t.Errorf("%s: not found, or incomplete: %+v", s.Name, s)
		}
		if PublishedCounts(s.Kind).Images == 0 {
			t.Errorf("%s: nobody knows how many images it has", s.Name)
		}
		for _, a := range s.Archives {
			for _, u := range a.URLs {
				if path.Base(u) != a.File || !strings.HasPrefix(u, "http") {
					t.Errorf("%s: %s is not at %s", s.Name, a.File, u)
				}
			}
			if len(a.Digests) != 1 || a.Digests[0].Algorithm != fetch.MD5 || len(a.Digests[0].Hex) != 32 {
				t.Errorf("%s: digests %v", a.File, a.Digests)
			}
		}
	}
	if _, ok := LookupDataSet("voc2005"); ok || len(DataSetNames()) != len(AllDataSets()) {
		t.Errorf("names %v", DataSetNames())
	}
}

// The counts agree with one another: trainval is train and val, and the whole is trainval and test.
func TestCounts(t *testing.T) {
	for kind := range counts {
		c := PublishedCounts(kind)
		images, objects := map[string]int{}, map[string]int{}
		for _, s := range c.Splits {
			images[s.Name], objects[s.Name] = s.Images, s.Objects
			if (s.Objects > 0) != (c.Splits[0].Objects > 0) {
				t.Errorf("%s: boxes of some splits alone: %v", kind, c.Splits)
			}
		}
		if n := images["trainval"]; n > 0 && images["train"] > 0 && (n != images["train"]+images["val"] || objects["trainval"] != objects["train"]+objects["val"]) {
			t.Errorf("%s: trainval %d and %d boxes of %v", kind, n, objects["trainval"], c.Splits)
		}
		learned := images["trainval"]
		if learned == 0 {
			learned = images["train"] + images["val"]
		}
		if n := images["test"]; n > 0 && c.Images != n+learned {
			t.Errorf("%s: %d images of %v", kind, c.Images, c.Splits)
		}
	}
	if c := PublishedCounts("folder"); c.Images != 0 || c.Splits != nil {
		t.Errorf("counts of a folder: %v", c)
	}
}

// Sizes of the data sets: VOC by its devkits' lists, Caltech-101 with background and Caltech-256 with clutter by their
// authors' counts of 9,145 and 30,607.
func TestPublishedImages(t *testing.T) {
	for kind, want := range map[string]int{
		"voc2007":    5011 + 4952,   // trainval and test
		"voc2012":    11540 + 10991, // trainval and test of the classification task
		"caltech101": 8677 + 468,    // 101 classes and the background
		"caltech256": 29780 + 827,   // 256 classes and the clutter
		"dtd":        47 * 120,      // in each of ten divisions 40 of a class are to train, 40 to validate, 40 to test
		"food101":    101 * 1000,    // 750 of a class to train, 250 to test
		"sun397":     0,             // of 108,754 the divisions name some
	} {
		if got := PublishedCounts(kind).Images; got != want {
			t.Errorf("%s has %d images, want %d", kind, got, want)
		}
	}
}
