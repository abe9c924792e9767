package datasets

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// vocText is an annotation with objects "name", or "name!" where it is difficult, or "name x1 y1 x2 y2".
func vocText(filename string, objects ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<annotation><filename>%s</filename><size><width>90</width><height>60</height></size>", filename)
	for _, o := range objects {
		f := strings.Fields(o)
		name, difficult := strings.CutSuffix(f[0], "!")
		fmt.Fprintf(&b, "<object><name>%s</name>", name)
		if difficult {
			b.WriteString("<difficult>1</difficult>")
		}
		if len(f) == 5 {
			fmt.Fprintf(&b, "<bndbox><xmin>%s</xmin><ymin>%s</ymin><xmax>%s</xmax><ymax>%s</ymax></bndbox>", f[1], f[2], f[3], f[4])
		}
		b.WriteString("</object>")
	}
	return b.String() + "</annotation>"
}

// TestVOCXMLLayouts: an annotation is found beside its image, in a folder of annotations, and in that of its split.
func TestVOCXMLLayouts(t *testing.T) {
	ann := vocText("1.jpg", "cat 1 1 9 9", "dog! 2 2 8 8")
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"beside": {
			map[string]string{"1.jpg": "", "1.xml": ann, "2.jpg": ""},
			"1.jpg [cat] [dog] []\n2.jpg [] [] []\n",
		},
		"two folders": {
			map[string]string{"images/1.jpg": "", "Annotations/1.XML": ann},
			"images/1.jpg [cat] [dog] []\n",
		},
		"splits inside": {
			map[string]string{
				"images/train/1.jpg": "", "images/val/1.jpg": "",
				"ann/train/1.xml": ann, "ann/val/1.xml": vocText("1.jpg", "dog 1 1 2 2"),
			},
			"images/train/1.jpg [cat] [dog] [train]\nimages/val/1.jpg [dog] [] [val]\n",
		},
		"splits outside": {
			map[string]string{
				"train/1.jpg": "", "train/1.xml": ann,
				"valid/1.jpg": "", "valid/1.xml": vocText("1.jpg"),
			},
			"train/1.jpg [cat] [dog] [train]\nvalid/1.jpg [] [] [val]\n",
		},
		"beside goes first": {
			map[string]string{"a/1.jpg": "", "a/1.xml": ann, "b/1.jpg": "", "c/1.xml": vocText("1.jpg", "owl")},
			"a/1.jpg [cat] [dog] []\nb/1.jpg [owl] [] []\n",
		},
		"of other folders": { // which have their own
			map[string]string{
				"train/images/1.jpg": "", "train/xml/1.xml": ann, "valid/images/1.jpg": "", "valid/images/2.jpg": "", "train/xml/2.xml": ann,
			},
			"train/images/1.jpg [cat] [dog] [train]\nvalid/images/1.jpg [] [] [val]\nvalid/images/2.jpg [] [] [val]\n",
		},
		"several folders of annotations": {
			map[string]string{"JPEGImages/a/1.jpg": "", "JPEGImages/b/1.jpg": "", "Annotations/a/1.xml": ann, "Annotations/b/1.xml": vocText("1.jpg", "owl")},
			"JPEGImages/a/1.jpg [cat] [dog] []\nJPEGImages/b/1.jpg [owl] [] []\n",
		},
		"named": {
			map[string]string{"1.jpg": "", "1.png": "", "1.xml": ann},
			"1.jpg [cat] [dog] []\n1.png [] [] []\n",
		},
	} {
		s := mustOpen(t, "vocxml:"+tree(t, c.files), Options{})
		if got := render(s); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, c.want)
		}
	}
}

// TestVOCXMLBoxes: an object of an annotation is a row, of the number that it has there.
func TestVOCXMLBoxes(t *testing.T) {
	root := tree(t, map[string]string{
		"1.jpg": "", "1.xml": vocText("1.jpg", "cat 1 2 30 40", "dog", "cat! 50 60 10 20"),
		"2.jpg": "", "2.xml": vocText("2.jpg"),
		"3.jpg": "", "old/4.xml": vocText("4.jpg", "cow 1 1 2 2"),
	})
	s := mustOpen(t, "vocxml:"+root, Options{Objects: ObjectsBoth})
	var rows []string
	for _, it := range s.Items {
		rows = append(rows, fmt.Sprint(it.ID, it.Object, " ", it.Box.Corners(), it.Labels(), it.Ignored(), it.None))
	}
	want := []string{
		"1.jpg0 [cat dog] []false",
		"1.jpg1 1 2 30 40 of 90 60[cat] []false",
		"1.jpg3 10 20 50 60 of 90 60[] [cat]false",
		"2.jpg0 [] []true",
		"3.jpg0 [] []false",
	}
	for i := range want {
		if i >= len(rows) || strings.ReplaceAll(rows[i], " ", "") != strings.ReplaceAll(want[i], " ", "") {
			t.Fatalf("rows\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
		}
	}
	if !slices.Equal(s.Classes, []string{"cat", "dog"}) {
		t.Errorf("classes %q", s.Classes)
	}
	if got := skipped(s); got != skipNoPicture+": old/4.xml" {
		t.Errorf("skipped %s", got)
	}
	notes := strings.Join(s.Notes, "\n")
	for _, n := range []string{"1 of 3 images have no annotation", "1 objects have no box", "1 boxes have their corners"} {
		if !strings.Contains(notes, n) {
			t.Errorf("notes %s, want %q", notes, n)
		}
	}
	if s := mustOpen(t, "vocxml:"+root, Options{Objects: ObjectsBox, BoxContext: 2}); len(s.Items) != 2 || s.Items[0].Box.Corners() != "1 1 45 60 of 90 60" {
		t.Errorf("enlarged within 90 x 60 pixels: %d rows, the first %s", len(s.Items), s.Items[0].Box.Corners())
	}
}

// TestVOCXMLOddBoxes: what is odd about boxes is mended and counted, and where nothing tells how large the picture was,
// they are taken as they are.
func TestVOCXMLOddBoxes(t *testing.T) {
	unsized := strings.Replace(vocText("2.jpg", "cat 5 5 500 50"), "<width>90</width>", "<width>?</width>", 1)
	root := tree(t, map[string]string{
		"1.jpg": "", "1.xml": vocText("1.jpg", "cat 0 1 90.4 60", "cat 80 50 99 70", "cat 91 1 99 60", "cat 1 70 9 61", "cat 10.25 20 10 30.5"),
		"2.jpg": "", "2.xml": unsized,
	})
	s := mustOpen(t, "vocxml:"+root, Options{Objects: ObjectsBox})
	var got []string
	for _, it := range s.Items {
		got = append(got, fmt.Sprint(it.ID, "#", it.Object, " ", it.Box.Corners()))
	}
	want := []string{"1.jpg#1 1 1 90 60 of 90 60", "1.jpg#2 80 50 90 60 of 90 60", "1.jpg#5 10 20 10.25 30.5 of 90 60", "2.jpg#1 5 5 500 50"}
	if !slices.Equal(got, want) {
		t.Errorf("boxes %q", got)
	}
	notes := []string{
		"1 boxes have their corners in the wrong order: they are swapped",
		"2 boxes reach beyond the picture that they were drawn on: they are clipped to it",
		"2 boxes have no pixel of the picture that they were drawn on, and so no row",
		"1 of 2 annotations do not tell the size of their picture: their boxes are taken to be in pixels of the image",
	}
	if !slices.Equal(s.Notes, notes) {
		t.Errorf("notes %q", s.Notes)
	}
	if s := mustOpen(t, "vocxml:"+root, Options{}); len(s.Notes) > 0 { // boxes are looked at where there are rows of them
		t.Errorf("notes of whole images: %q", s.Notes)
	}
}

// TestVOCXMLErrors: what cannot be told apart is not guessed.
func TestVOCXMLErrors(t *testing.T) {
	ann := vocText("x.jpg", "cat 1 1 2 2")
	for name, c := range map[string]struct {
		files map[string]string
		o     Options
		words []string
	}{
		"two annotations": {
			map[string]string{"images/1.jpg": "", "a/1.xml": ann, "b/1.xml": ann},
			Options{},
			[]string{"images/1.jpg", "a/1.xml", "b/1.xml"},
		},
		"two images": {
			map[string]string{"1.jpg": "", "1.png": "", "1.xml": ann},
			Options{},
			[]string{"1.xml", "1.jpg", "1.png", "x.jpg"},
		},
		"no annotation": {map[string]string{"1.jpg": ""}, Options{}, []string{"no XML file", "folder:"}},
		"no image":      {map[string]string{"1.xml": ann}, Options{}, []string{"no image files"}},
		"no box":        {map[string]string{"1.jpg": "", "1.xml": vocText("1.jpg", "cat")}, Options{Objects: ObjectsBox}, []string{"no annotation has a box", "--objects image"}},
		"a damaged box": {
			map[string]string{"1.jpg": "", "1.xml": vocText("1.jpg", "cat 1 x 2 2")},
			Options{Objects: ObjectsBox},
			[]string{"1.xml", "object 1", "ymin", `"x"`},
		},
		"no annotation at all": {map[string]string{"1.jpg": "", "1.xml": "<html/>"}, Options{}, []string{"1.xml", "<annotation>"}},
	} {
		_, err := Open(t.Context(), "vocxml:"+tree(t, c.files), c.o)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		wantError(t, err, c.words...)
	}
	_, err := Open(t.Context(), "vocxml:"+tree(t, map[string]string{"1.jpg": "", "1.xml": ann}), Options{BoxContext: 2})
	wantError(t, err, "whole images", "--objects box")
	_, err = Open(t.Context(), "voc2007:"+tree(t, map[string]string{"images/1.jpg": "", "annotations/1.xml": ann}), Options{})
	wantError(t, err, "opened as vocxml:")
}

// TestVOCXMLReal opens photographs with boxes as they were published.
func TestVOCXMLReal(t *testing.T) {
	for name, want := range map[string]struct{ images, boxes int }{"raccoon": {200, 217}, "kangaroo": {164, 266}} {
		root := realData(t, "boxes/"+name)
		s := mustOpen(t, "vocxml:"+root, Options{})
		if len(s.Items) != want.images || !slices.Equal(s.Classes, []string{name}) || len(s.Notes)+len(s.Skipped) > 0 {
			t.Errorf("%s: %d images of %q, notes %q, skipped %v", name, len(s.Items), s.Classes, s.Notes, s.Skipped)
		}
		boxes := mustOpen(t, "vocxml:"+root, Options{Objects: ObjectsBox})
		if len(boxes.Items) != want.boxes {
			t.Errorf("%s: %d boxes", name, len(boxes.Items))
		}
	}
}
