package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vocTree returns the files of a VOC folder with four images, ids being train, val, test, test. Aeroplanes are in the
// first (positive) and second (only difficult); a test image is listed, but has no labels in lists.
func vocTree(prefix string, ids [4]string) map[string]string {
	main := prefix + "/ImageSets/Main/"
	files := map[string]string{
		main + "train.txt":    ids[0] + "\r\n",
		main + "val.txt":      ids[1] + "\n",
		main + "trainval.txt": "\xef\xbb\xbf" + ids[0] + "\n\n" + ids[1],
		main + "test.txt":     ids[3] + "\n" + ids[2] + "\n",
		// names that begin as a list of the class "train" and of a split do
		main + "class.txt":                        "aeroplane\r\n",
		prefix + "/JPEGImages/" + ids[0] + ".jpg": "x",
		prefix + "/JPEGImages/" + ids[1] + ".jpg": "x",
		prefix + "/JPEGImages/" + ids[2] + ".jpg": "x",
	}
	for _, class := range VOCClasses() {
		a, b := "-1", "-1"
		switch class {
		case "aeroplane":
			a, b = " 1", " 0"
		case "train":
			a, b = "-1", " 1"
		}
		files[main+class+"_train.txt"] = ids[0] + " " + a + "\n"
		files[main+class+"_val.txt"] = ids[1] + " " + b + "\r\n"
		files[main+class+"_trainval.txt"] = ids[0] + " " + a + "\n" + ids[1] + "\t" + b + "\n"
	}
	return files
}

var (
	ids2007 = [4]string{"000005", "000007", "000001", "000002"}
	ids2012 = [4]string{"2008_000002", "2008_000003", "2007_000001", "2011_000002"}
)

// render writes what a set says, an item a line.
func render(s *Set) string {
	var b strings.Builder
	for _, it := range s.Items {
		fmt.Fprintf(&b, "%s %v %v %v\n", it.ID, it.Labels(), it.Ignored(), it.Splits())
	}
	return b.String()
}

func TestVOCRoots(t *testing.T) {
	const want = "000001 [] [] [test]\n000002 [] [] [test]\n000005 [aeroplane] [] [train trainval]\n000007 [train] [aeroplane] [val trainval]\n"
	for _, c := range []struct{ prefix, open string }{
		{"VOCdevkit/VOC2007", ""},
		{"VOCdevkit/VOC2007", "VOCdevkit"},
		{"VOCdevkit/VOC2007", "VOCdevkit/VOC2007"},
		{"vocdevkit/voc2007", ""},
		{"some/name", "some/name"},
	} {
		root := tree(t, vocTree(c.prefix, ids2007))
		s := mustOpen(t, "voc2007:"+filepath.Join(root, c.open), Options{})
		if got := render(s); got != want {
			t.Errorf("%+v: got\n%s", c, got)
		}
		if s.Root != filepath.Join(root, c.prefix) || s.Kind != "voc2007" || !slices.Equal(s.Classes, VOCClasses()) {
			t.Errorf("%+v: %s set at %s with classes %v", c, s.Kind, s.Root, s.Classes)
		}
		if p := s.Items[2].At.Path; p != filepath.Join(s.Root, "JPEGImages", "000005.jpg") {
			t.Errorf("%+v: image at %s", c, p)
		}
		if got := strings.Join(s.Notes, "\n"); got != "test: 2 of 2 rows have no labels, neither in class lists nor in annotations" {
			t.Errorf("%+v: notes %s", c, got)
		}
		problems, err := s.Check(context.Background())
		if err != nil || len(problems) != 1 || problems[0].id != "000002" || !errors.Is(problems[0].err, fs.ErrNotExist) {
			t.Errorf("%+v: problems %+v, %v", c, problems, err)
		}
	}
}

func TestVOCYears(t *testing.T) {
	both := vocTree("VOCdevkit/VOC2007", ids2007)
	maps.Copy(both, vocTree("VOCdevkit/VOC2012", ids2012))
	root := tree(t, both)
	s := mustOpen(t, "voc2012:"+root, Options{})
	if ids(s) != "2007_000001 2008_000002 2008_000003 2011_000002" || s.Items[1].Labels()[0] != "aeroplane" {
		t.Errorf("items %s", render(s))
	}
	if s := mustOpen(t, "voc2007:"+root, Options{}); s.Items[0].ID != "000001" {
		t.Errorf("items %s", render(s))
	}
	for _, c := range []struct {
		spec  string
		words []string
	}{
		{"voc2007:" + root + "/VOCdevkit/VOC2012", []string{"this is VOC2012", "open it as voc2012:"}},
		{"voc2012:" + root + "/VOCdevkit/VOC2007", []string{"this is VOC2007", "open it as voc2007:"}},
		{"voc2007:" + tree(t, vocTree("d", ids2012)) + "/d", []string{"later year", "voc2012:"}},
		{"voc2012:" + tree(t, vocTree("d", ids2007)) + "/d", []string{"is of 2007", "voc2007:"}},
		{"voc2007:" + tree(t, vocTree("VOC2012", ids2012)), []string{"no ImageSets/Main", "found 1 folder (VOC2012)", "VOC2007/JPEGImages"}},
		{"voc2007:" + root + "/VOCdevkit/VOC2007/JPEGImages", []string{"give the folder above it"}},
		{"voc2007:" + root + "/VOCdevkit/VOC2007/ImageSets/Main", []string{"two above it"}},
	} {
		_, err := Open(t.Context(), c.spec, Options{})
		var layout *layoutFault
		if !errors.As(err, &layout) {
			t.Errorf("%s: %v is no *layoutFault", c.spec, err)
		}
		wantError(t, err, append(c.words, "expected:")...)
	}
}

func TestVOC2007Real(t *testing.T) {
	s := mustOpen(t, "voc2007:"+realData(t, "voc2007"), Options{})
	counts := make(map[string]int)
	for _, it := range s.Items {
		for _, split := range it.Splits() {
			counts[split]++
			for _, c := range it.Labels() {
				counts[c+" "+split]++
			}
			for _, c := range it.Ignored() {
				counts[c+" "+split+" 0"]++
			}
		}
		if len(it.Labels())+len(it.Ignored()) == 0 {
			t.Errorf("%s has no labels", it.ID)
		}
	}
	for key, want := range map[string]int{
		"train": 2501, "val": 2510, "trainval": 5011, "test": 4952,
		"aeroplane train": 112, "aeroplane val": 126, "aeroplane trainval": 238, "aeroplane test": 204,
		"person trainval": 2008, "person test": 2007, "sheep trainval": 96, "sheep test": 97,
	} {
		if counts[key] != want {
			t.Errorf("%s: %d, want %d", key, counts[key], want)
		}
	}
	if len(s.Items) != 9963 || s.Items[0].ID != "000001" || s.Items[9962].ID != "009963" {
		t.Errorf("%d items", len(s.Items))
	}
	zeros := 0
	for key, n := range counts {
		if strings.HasSuffix(key, " 0") {
			zeros += n
		}
	}
	if zeros != 1833 { // lines with 0 in the 80 files
		t.Errorf("%d ignored labels, want 1,833", zeros)
	}
	if !strings.Contains(strings.Join(s.Notes, " "), "no folder JPEGImages") {
		t.Errorf("notes %v", s.Notes)
	}
}
