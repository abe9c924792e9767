package datasets

import (
	"fmt"
	"strings"
	"testing"
)

// TestOpenBoxed: each image once, with the boxes of its objects; images without one, and difficult objects, are left
// out and counted, and limits are of images.
func TestOpenBoxed(t *testing.T) {
	dir := tree(t, map[string]string{
		"a.jpg": "", "a.xml": vocText("a.jpg", "cat 1 2 30 40.5", "dog 5 6 7 8", "cat! 1 1 2 2"),
		"b.jpg": "", "b.xml": vocText("b.jpg"),
		"c.jpg": "", "c.xml": vocText("c.jpg", "dog 9 9 20 20"),
		"d.jpg": "",
	})
	b, err := OpenBoxed(t.Context(), "vocxml:"+dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := func(b *Boxed) (s string) {
		for i, it := range b.Items {
			s += fmt.Sprintf("%s %v %d", it.ID, it.Labels(), it.Object)
			for _, o := range b.Boxes[i] {
				s += fmt.Sprintf(" %s %v,%v,%v,%v", o.Class, o.XMin, o.YMin, o.XMax, o.YMax)
			}
			s += "\n"
		}
		return s
	}
	if got, want := text(b), "a.jpg [cat dog] 0 cat 1,2,30,40.5 dog 5,6,7,8\nc.jpg [dog] 0 dog 9,9,20,20\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	notes := strings.Join(b.Notes, "\n")
	for _, want := range []string{"2 images have no box of a class", "1 objects are to be ignored"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q, want %q", notes, want)
		}
	}
	if b, err = OpenBoxed(t.Context(), "vocxml:"+dir, Options{Limit: 1, Classes: []string{"dog"}}); err != nil || text(b) != "a.jpg [dog] 0 dog 5,6,7,8\n" {
		t.Errorf("%v %v", b, err)
	}
}

// TestOpenBoxedVOC: of the sets of VOC, whose rows are images, boxes stand in Annotations: those of test images, of
// which nobody is told, are not there.
func TestOpenBoxedVOC(t *testing.T) {
	for year, ids := range map[string][3]string{"2007": {"000005", "000007", "000009"}, "2012": {"2008_000005", "2008_000007", "2008_000009"}} {
		in := "VOCdevkit/VOC" + year + "/"
		dir := tree(t, map[string]string{
			in + "ImageSets/Main/train.txt": ids[0] + "\n", in + "ImageSets/Main/val.txt": ids[1] + "\n", in + "ImageSets/Main/test.txt": ids[2] + "\n",
			in + "Annotations/" + ids[0] + ".xml": vocText(ids[0]+".jpg", "cat 1 2 30 40.5", "dog 5 6 7 8", "cat! 1 1 2 2"),
			in + "Annotations/" + ids[1] + ".xml": vocText(ids[1]+".jpg", "dog 9 9 20 20"),
			in + "JPEGImages/" + ids[0] + ".jpg":  "",
		})
		b, err := OpenBoxed(t.Context(), "voc"+year+":"+dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Items) != 2 || len(b.Boxes[0]) != 2 || b.Boxes[0][0].Class != "cat" || b.Boxes[0][0].YMax != 40.5 || b.Boxes[1][0].Class != "dog" || len(b.Classes) != 20 {
			t.Errorf("%s: %+v %+v", year, b.Items, b.Boxes)
		}
		notes := strings.Join(b.Notes, "\n")
		for _, want := range []string{"1 images have no box of a class", "1 objects are to be ignored"} {
			if !strings.Contains(notes, want) {
				t.Errorf("%s: notes %q, want %q", year, notes, want)
			}
		}
		if b, err = OpenBoxed(t.Context(), "voc"+year+":"+dir, Options{Split: SplitTrain, Classes: []string{"dog"}}); err != nil || len(b.Items) != 1 || len(b.Boxes[0]) != 1 || b.Boxes[0][0].Class != "dog" {
			t.Errorf("%s: dogs of train: %v %v", year, b, err)
		}
	}
}

// TestBlacklist: validation images that ILSVRC's blacklist names are left out where it lies in a development kit, and
// counted; a list that is none is an error.
func TestBlacklist(t *testing.T) {
	for place, want := range map[string]int{
		"ILSVRC2014_devkit/data/ILSVRC2014_clsloc_validation_blacklist.txt": 1,
		"devkit/data/ILSVRC2015_clsloc_validation_blacklist.txt":            1,
		"ILSVRC2014_clsloc_validation_blacklist.txt":                        1,
		"elsewhere.txt": 2,
	} {
		list := map[string]string{place: "36\r\n3\r\n50000\r\n"}
		b, err := OpenBoxed(t.Context(), "imagenet:"+tree(t, join(boxFiles, under("Annotations/CLS-LOC", boxXML), list)), Options{Split: SplitVal})
		if err != nil || len(b.Items) != want {
			t.Fatalf("%s: %d images, want %d: %v", place, len(b.Items), want, err)
		}
		if said := strings.Contains(strings.Join(b.Notes, "\n"), "1 validation images are left out"); said != (want == 1) {
			t.Errorf("%s: notes %q", place, b.Notes)
		}
	}
	files := join(boxFiles, under("Annotations/CLS-LOC", boxXML), map[string]string{"ILSVRC2014_clsloc_validation_blacklist.txt": "36\nx\n"})
	_, err := OpenBoxed(t.Context(), "imagenet:"+tree(t, files), Options{})
	wantError(t, err, "blacklist.txt:2", "number of a validation image", `"x"`)
}

// TestOpenBoxedTable: rows of boxes alone are put together to images.
func TestOpenBoxedTable(t *testing.T) {
	dir := tree(t, map[string]string{
		"t.csv":     "path,labels,xmin,ymin,xmax,ymax\n1.jpg,cat,1,1,9,9\n2.jpg,dog,1,1,5,5\n1.jpg,dog,2,2,8,8\n",
		"plain.csv": "path,labels\n1.jpg,cat\n",
	})
	b, err := OpenBoxed(t.Context(), "csv:"+dir+"/t.csv", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Items) != 2 || len(b.Boxes[0]) != 2 || b.Boxes[0][1].Class != "dog" || b.Items[0].Box != nil || fmt.Sprint(b.Items[0].Labels()) != "[cat dog]" {
		t.Errorf("%+v %+v", b.Items, b.Boxes)
	}
	if _, err := OpenBoxed(t.Context(), "csv:"+dir+"/plain.csv", Options{}); err == nil || !strings.Contains(err.Error(), "no boxes") {
		t.Errorf("%v", err)
	}
}

// TestBoxIn: a box that was drawn on a picture of another size is scaled, with its decimals.
func TestBoxIn(t *testing.T) {
	b := Box{11, 11.5, 20, 20, imageSize{40, 30}}
	if got := b.In(80, 90); got != (Box{XMin: 21, YMin: 32.5, XMax: 40, YMax: 60}) {
		t.Errorf("%+v", got)
	}
	if got := b.In(40, 30); got != (Box{XMin: 11, YMin: 11.5, XMax: 20, YMax: 20}) {
		t.Errorf("%+v", got)
	}
}
