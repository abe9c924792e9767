package datasets

import (
	"fmt"
	"strings"
	"testing"
)

// boxRows renders the rows of a set: key, object, label and box.
func boxRows(s *Set) string {
	var b strings.Builder
	for _, it := range s.Items {
		fmt.Fprintf(&b, "%s#%d %s %s\n", it.ID, it.Object, it.Labels()[0], it.Box.Corners())
	}
	return b.String()
}

// Of three images of train one has two boxes, and of three of val two have one: by XML files, and by lists.
var (
	boxFiles = join(under("train", trainFiles), under("val", valFiles), map[string]string{
		"map_clsloc.txt": "n02119789 1 a\nn02100735 2 b\nn01440764 3 c\nn03255030 4 d\n",
		truthName:        truthText,
	})
	boxXML = map[string]string{
		"train/n01440764/n01440764_9.xml":  vocText("x", "n99999999 0 0 89 59", "person 9 8.5 3 4"),
		"val/ILSVRC2012_val_00000001.xml":  vocText("x", "n01440764 10 20 95 30"),
		"val/ILSVRC2012_val_00000003.xml":  vocText("x", "n01440764 100 20 195 30", "n01440764 5 5 6 6"),
		"train/n02119789/n02119789_77.xml": vocText("x", "of no image"),
	}
	boxLists = map[string]string{
		"LOC_train_solution.csv": "ImageId,PredictionString\nn01440764_9,n01440764 0 0 89 59 n01440764 9 8.5 3 4\nn02119789_77,n02119789 1 1 2 2 \n",
		"LOC_val_solution.csv":   "ImageId,PredictionString\r\nILSVRC2012_val_00000003,n03255030 5 5 6 6\r\nILSVRC2012_val_00000001,n01440764 10 20 95 30 \r\nILSVRC2012_val_00000002,n02119789 1 1 -5 -7\n",
	}
)

const (
	boxesOfXML = `train/n01440764/n01440764_9.JPEG#1 n01440764 1 1 90 60 of 90 60
train/n01440764/n01440764_9.JPEG#2 n01440764 4 5 10 9.5 of 90 60
val/ILSVRC2012_val_00000001.JPEG#1 n01440764 11 21 90 31 of 90 60
val/ILSVRC2012_val_00000003.JPEG#2 n03255030 6 6 7 7 of 90 60
`
	boxesOfLists = `train/n01440764/n01440764_9.JPEG#1 n01440764 1 1 90 60
train/n01440764/n01440764_9.JPEG#2 n01440764 4 5 10 10
val/ILSVRC2012_val_00000001.JPEG#1 n01440764 11 21 96 31
val/ILSVRC2012_val_00000002.JPEG#1 n02119789 1 1 2 2
val/ILSVRC2012_val_00000003.JPEG#1 n03255030 6 6 7 7
`
)

// TestImageNetBoxes: corners are counted from 0 in the files; the class is the image's, whatever an object is called;
// what is odd is mended and counted.
func TestImageNetBoxes(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
		notes []string
	}{
		"XML": {
			join(boxFiles, under("Annotations/CLS-LOC", boxXML)), boxesOfXML,
			[]string{
				"train: 2 images have no box", "val: 1 images have no box", "1 boxes have their corners in the wrong order",
				"1 boxes reach beyond the picture", "1 boxes have no pixel of the picture",
			},
		},
		"XML below ILSVRC goes before lists": {join(boxFiles, under("ILSVRC/annotations/CLS-LOC", boxXML), boxLists), boxesOfXML, nil},
		"lists": {
			join(boxFiles, boxLists), boxesOfLists,
			[]string{"train: 2 images have no box", "2 boxes have their corners in the wrong order", "1 boxes reach beyond the picture", "4 of 4 annotations do not tell the size"},
		},
		"boxes of val alone": {
			join(boxFiles, map[string]string{"LOC_val_solution.csv": "ILSVRC2012_val_00000001,n01440764 10 20 95 30"}),
			"val/ILSVRC2012_val_00000001.JPEG#1 n01440764 11 21 96 31\n",
			[]string{"train: no image has a box: there is neither Annotations/CLS-LOC/train nor LOC_train_solution.csv", "val: 2 images have no box"},
		},
	} {
		s := mustOpen(t, "imagenet:"+tree(t, c.files), Options{Objects: ObjectsBox})
		if got := boxRows(s); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, c.want)
		}
		notes := strings.Join(s.Notes, "\n")
		for _, n := range c.notes {
			if !strings.Contains(notes, n) {
				t.Errorf("%s: notes\n%s\nlack %q", name, notes, n)
			}
		}
	}
	root := tree(t, join(boxFiles, under("Annotations/CLS-LOC", boxXML)))
	both := mustOpen(t, "imagenet:"+root, Options{Objects: ObjectsBoth, Split: SplitVal})
	if len(both.Items) != 5 || both.Items[1].Object != 1 || both.Items[1].ID != both.Items[0].ID || both.Items[1].At != both.Items[0].At || both.Items[4].Object != 2 {
		t.Errorf("both: %s", boxRows(both))
	}
	if images := mustOpen(t, "imagenet:"+root, Options{}); len(images.Items) != 6 {
		t.Errorf("%d images", len(images.Items))
	}
}

// TestImageNetBoxErrors: no boxes, or files that are none, are told of where boxes are asked for, and nowhere else.
func TestImageNetBoxErrors(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		words []string
	}{
		"none":           {boxFiles, []string{"no image has one", "Annotations/CLS-LOC", "LOC_train_solution.csv"}},
		"no XML":         {join(boxFiles, map[string]string{"Annotations/CLS-LOC/val/ILSVRC2012_val_00000002.xml": "<html/>"}), []string{"ILSVRC2012_val_00000002.xml", "<annotation>"}},
		"no coordinate":  {join(boxFiles, map[string]string{"LOC_train_solution.csv": "n01440764_9,n01440764 1 2 x 4\n"}), []string{"LOC_train_solution.csv:1", `"x"`}},
		"listed twice":   {join(boxFiles, map[string]string{"LOC_train_solution.csv": "a,n01440764 1 2 3 4\na,n01440764 1 2 3 4\n"}), []string{"LOC_train_solution.csv:2", "listed twice"}},
		"XML coordinate": {join(boxFiles, map[string]string{"Annotations/CLS-LOC/val/ILSVRC2012_val_00000002.xml": vocText("x", "a 1 y 2 2")}), []string{"ILSVRC2012_val_00000002", "object 1: bndbox/ymin"}},
	} {
		root := tree(t, c.files)
		_, err := Open(t.Context(), "imagenet:"+root, Options{Objects: ObjectsBox})
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		wantError(t, err, c.words...)
		mustOpen(t, "imagenet:"+root, Options{})
	}
}
