package synth

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/internal/catalogue"
)

// listedKinds are the kinds that open the layouts, and of which of them there are boxes.
func listedKinds() map[string][]string {
	of := make(map[string][]string)
	for _, l := range listedLayouts() {
		of[l.name] = []string{l.kind}
	}
	of["aircraft"] = []string{"aircraft", "aircraft:family", "aircraft:manufacturer"}
	return of
}

var withBoxes = []string{"pets", "cub200", "cars", "aircraft", "dogs", "coco"}

// drawListed draws a set of 32 images of 4 classes.
func drawListed(t *testing.T, name string) Summary {
	t.Helper()
	return generate(t, Options{Layout: name, Images: 32, Classes: 4, Seed: 3, Size: 48})
}

// TestListedSets: each kind reads its drawn set: its images in the order of the lists, which are there, a label each,
// in one split of each division; with boxes that lie in them.
func TestListedSets(t *testing.T) {
	for name, kinds := range listedKinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := drawListed(t, name)
			for _, kind := range kinds {
				set, err := datasets.Open(t.Context(), kind+":"+s.Root, datasets.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if set.Notes = slices.DeleteFunc(set.Notes, func(n string) bool { return strings.Contains(n, "banner") }); strings.HasPrefix(kind, "aircraft") && set.Items[0].Foot != 20 {
					t.Errorf("%s: a banner of %d rows", kind, set.Items[0].Foot)
				}
				checkListed(t, set)
				if len(catalogue.PublishedCounts(kind).Splits) == 0 {
					t.Errorf("%s: nobody knows its counts", kind)
				}
			}
			checkListedBoxes(t, kinds[0], s)
		})
	}
}

func checkListed(t *testing.T, set *datasets.Set) {
	t.Helper()
	divisions := max(1, len(set.SplitNames())/2)
	if missing, err := set.Check(t.Context()); err != nil || len(missing) > 0 || len(set.Items) != 32 || len(set.Notes) > 0 {
		t.Errorf("%s: %d items, missing %v, %v, notes %q", set.Kind, len(set.Items), missing, err, set.Notes)
	}
	classes := make(map[string]bool)
	for _, it := range set.Items {
		if len(it.Labels()) != 1 || len(it.Splits()) < 1 || len(it.Splits()) > divisions {
			t.Errorf("%s: %s is of %v in %v", set.Kind, it.ID, it.Labels(), it.Splits())
			continue
		}
		classes[it.Labels()[0]] = true
	}
	if len(classes) != len(set.Classes) {
		t.Errorf("%s: images of %d classes, but there are %v", set.Kind, len(classes), set.Classes)
	}
	counts := set.Counts()
	if set.Kind == "coco" {
		counts["test"] = counts["val"]
	}
	if counts["test"].Images+counts["test1"].Images != 8 || divisions > 1 && counts["test10"].Images != 8 {
		t.Errorf("%s: counts %v", set.Kind, counts)
	}
}

func checkListedBoxes(t *testing.T, kind string, s Summary) {
	t.Helper()
	set, err := datasets.Open(t.Context(), kind+":"+s.Root, datasets.Options{Objects: datasets.ObjectsBox})
	if !slices.Contains(withBoxes, kind) {
		if err == nil {
			t.Errorf("%s: boxes of a set without any", kind)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	set.Notes = slices.DeleteFunc(set.Notes, func(n string) bool { return strings.Contains(n, "banner") })
	if n := len(set.Items); n > 32 || n < 24 || n < 32 != (len(set.Notes) > 0) {
		t.Errorf("%s: %d boxes, notes %q", kind, n, set.Notes)
	}
	for _, it := range set.Items {
		if b := it.Box; b == nil || b.XMin < 1 || b.YMin < 1 || b.XMax > 48 || b.YMax > 48 || it.Object != 1 || len(it.Labels()) != 1 {
			t.Errorf("%s: %s#%d of %v: box %v", kind, it.ID, it.Object, it.Labels(), b)
		}
	}
}

// listsOf are the files of a drawn set that are no images, annotations of single images and notes.
func listsOf(t *testing.T, s Summary) (names []string) {
	t.Helper()
	err := filepath.WalkDir(s.Root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name() != readmeName && slices.Contains([]string{".txt", ".mat", ".json", ".bin"}, filepath.Ext(path)) {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return names
}

// openListed opens a drawn set by the kinds of its layout, with its boxes, and joins what they say.
func openListed(t *testing.T, name string, s Summary) (notes []string, err error) {
	t.Helper()
	for _, kind := range listedKinds()[name] {
		o := datasets.Options{}
		if slices.Contains(withBoxes, name) {
			o.Objects = datasets.ObjectsBoth
		}
		set, e := datasets.Open(t.Context(), kind+":"+s.Root, o)
		if e != nil {
			err = e
			continue
		}
		notes = append(notes, set.Notes...)
	}
	return notes, err
}

// TestListedMissing: a list that is not there is told by its name.
func TestListedMissing(t *testing.T) {
	for name := range listedKinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := drawListed(t, name)
			for _, list := range listsOf(t, s) {
				if err := os.Rename(list, list+".away"); err != nil {
					t.Fatal(err)
				}
				notes, err := openListed(t, name, s)
				if name == "coco" && err == nil && len(notes) == 1 && strings.Contains(notes[0], filepath.Base(list)) {
					err = fmt.Errorf("%s\nexpected: one of the two is enough", notes[0])
				}
				if err == nil || !strings.Contains(err.Error(), filepath.Base(list)) || !strings.Contains(err.Error(), "expected:") {
					t.Errorf("without %s: %v", list, err)
				}
				if err := os.Rename(list+".away", list); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestDivisionsMissing: the divisions whose lists are not there are told.
func TestDivisionsMissing(t *testing.T) {
	for name, lists := range map[string]string{"dtd": "labels/*[0-9].txt", "sun397": "Partitions/*.txt"} {
		s := drawListed(t, name)
		found, err := filepath.Glob(filepath.Join(s.Root, lists))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if third := regexp.MustCompile(`[a-z_0]3\.txt$`); third.MatchString(f) {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
		}
		notes, err := openListed(t, name, s)
		if err != nil || len(notes) != 1 || !strings.HasSuffix(notes[0], "1 of the 10 divisions are not here: 3") {
			t.Errorf("%s: %q, %v", name, notes, err)
		}
	}
}

// TestListedHostile: a name that leads out of the set is refused, in every list that names images, and said where.
func TestListedHostile(t *testing.T) {
	for name, first := range map[string]string{
		"pets": "Breed_01_1", "dtd": "class_001/class_001_0001", "cub200": "001.Bird_1/Bird_1_0001_0", "cars": "00001.jpg", "aircraft": "0034309",
		"food101": "class_001/100000", "sun397": "/c/class_001/sun_000000", "mit67": "class_001/class_001_0001", "dogs": "n02085620-Dog_1/n02085620_1", "coco": "000000000001.jpg",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := drawListed(t, name)
			for _, list := range listsOf(t, s) {
				whole, err := os.ReadFile(list)
				if err != nil {
					t.Fatal(err)
				}
				damaged := bytes.ReplaceAll(whole, wide(list, first), wide(list, "/../"+first[4:]))
				if bytes.Equal(damaged, whole) {
					continue // it does not name the image
				}
				if err := os.WriteFile(list, damaged, 0o600); err != nil {
					t.Fatal(err)
				}
				if _, err := openListed(t, name, s); err == nil || !strings.Contains(err.Error(), filepath.Base(list)) {
					t.Errorf("%s: %v", list, err)
				}
				if err := os.WriteFile(list, whole, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// wide is a text as a list has it: of MATLAB's two bytes a letter.
func wide(list, text string) []byte {
	if filepath.Ext(list) != ".mat" {
		return []byte(text)
	}
	var b []byte
	for i := range len(text) {
		b = append(b, text[i], 0)
	}
	return b
}

// TestListedChanged: a list that came to name an image of another split is refused.
func TestListedChanged(t *testing.T) {
	for name, lists := range map[string][2]string{
		"pets": {"annotations/trainval.txt", "annotations/test.txt"}, "dtd": {"labels/val4.txt", "labels/test4.txt"},
		"cub200": {"train_test_split.txt", "train_test_split.txt"}, "aircraft": {"images_variant_train.txt", "images_variant_test.txt"},
		"food101": {"meta/train.txt", "meta/test.txt"}, "sun397": {"Partitions/Training_10.txt", "Partitions/Testing_10.txt"},
		"mit67": {"TrainImages.txt", "TestImages.txt"},
	} {
		s := drawListed(t, name)
		more, err := os.ReadFile(filepath.Join(s.Root, lists[0]))
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(filepath.Join(s.Root, lists[1]), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := bytes.Cut(more, []byte("\n"))
		_, err = f.Write(append(line, '\n'))
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		set, err := datasets.Open(t.Context(), name+":"+s.Root, datasets.Options{})
		if err == nil || !strings.Contains(err.Error(), "listed twice") || !strings.Contains(err.Error(), filepath.Base(lists[1])+":") {
			t.Errorf("%s: %v, %v", name, set, err)
		}
	}
}

// TestListedReplaced: each layout may take the place of what it drew before, and of another.
func TestListedReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	for _, l := range slices.Concat(Layouts(), Layouts()[:1]) {
		o := Options{Layout: l, Images: 4, Size: 32, Replace: true}
		if _, err := Generate(t.Context(), dir, o); err != nil {
			t.Errorf("%s: %v", l, err)
		}
	}
}
