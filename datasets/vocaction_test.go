package datasets

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// actionXML is an annotation of 100 x 80 pixels with an object for each of actions; "-" is one without, such as a
// horse.
func actionXML(actions ...string) string {
	var b strings.Builder
	b.WriteString("<annotation><size><width>100</width><height>80</height><depth>3</depth></size>")
	for n, does := range actions {
		fmt.Fprintf(&b, "<object><name>person</name><bndbox><xmin>%d</xmin><ymin>21</ymin><xmax>%d</xmax><ymax>40</ymax></bndbox>", 1+n*20, 20+n*20)
		if does != "-" {
			b.WriteString("<actions>")
			for _, a := range VOCActions() {
				on := 0
				if slices.Contains(strings.Fields(does), a) {
					on = 1
				}
				fmt.Fprintf(&b, "<%s>%d</%s>", a, on, a)
			}
			b.WriteString("</actions>")
		}
		b.WriteString("</object>")
	}
	return b.String() + "</annotation>"
}

// actionTree is a set of three images: two persons in lists, two persons and a horse in the annotation alone, and a
// test image of which nothing is said.
func actionTree() map[string]string {
	const lists = "VOC2012/ImageSets/Action/"
	files := map[string]string{
		lists + "train.txt":                      "2010_000001 1\r\n2010_000001  3\r\n",
		lists + "val.txt":                        "2010_000002\n",
		lists + "test.txt":                       "2010_000009\n",
		"VOC2012/Annotations/2010_000001.xml":    actionXML("-", "-", "-"),
		"VOC2012/Annotations/2010_000002.xml":    actionXML("-", "other", "running phoning"),
		"VOC2012/JPEGImages/2010_000001.jpg":     "x",
		"VOC2012/ImageSets/Main/train.txt":       "2008_000002\n",
		"VOC2012/ImageSets/Action/notes_any.txt": "not a class list",
	}
	for _, c := range VOCActions() {
		one, three := "-1", "-1"
		switch c {
		case "jumping":
			one, three = " 1", " 0"
		case "walking":
			continue // no list: not known of the first image
		}
		files[lists+c+"_train.txt"] = "2010_000001 1 " + one + "\n2010_000001 3 " + three + "\n2010_777777 1 1\n"
	}
	return files
}

// rows writes what a set says, with boxes, a row a line.
func rows(s *Set) string {
	var b strings.Builder
	for _, it := range s.Items {
		fmt.Fprintf(&b, "%s %d", it.ID, it.Object)
		if it.Box != nil {
			fmt.Fprintf(&b, " {%s}", it.Box.Corners())
		}
		fmt.Fprintf(&b, " %v %v %v\n", it.Labels(), it.Ignored(), it.Splits())
	}
	return b.String()
}

func TestVOCAction(t *testing.T) {
	root := tree(t, actionTree())
	boxes := "2010_000001 1 {1 21 20 40} [jumping] [walking] [train trainval]\n" +
		"2010_000001 3 {41 21 60 40} [] [jumping walking] [train trainval]\n" +
		"2010_000002 2 {21 21 40 40} [other] [] [val trainval]\n" +
		"2010_000002 3 {41 21 60 40} [phoning running] [] [val trainval]\n"
	images := "2010_000001 0 [jumping] [walking] [train trainval]\n" +
		"2010_000002 0 [other phoning running] [] [val trainval]\n" +
		"2010_000009 0 [] [] [test]\n"
	for objects, want := range map[string]string{"": boxes, ObjectsBox: boxes, ObjectsImage: images} {
		s := mustOpen(t, "voc2012:action:"+root, Options{Objects: objects})
		if got := rows(s); got != want {
			t.Errorf("%q: got\n%swant\n%s", objects, got, want)
		}
		if !slices.Equal(s.Unscored, []string{"other"}) || len(s.Classes) != 11 || s.Kind != "voc2012:action" {
			t.Errorf("%s with classes %v, of which %v are not scored", s.Kind, s.Classes, s.Unscored)
		}
	}
	s := mustOpen(t, "voc2012:action:"+root, Options{Objects: ObjectsBoth})
	lines := strings.SplitAfter(boxes+images, "\n")
	slices.Sort(lines)
	if got := rows(s); got != strings.Join(lines, "") {
		t.Errorf("both: got\n%s", got)
	}
	if got := skipped(s); got != skipNoAnnotation+": 2010_000009" {
		t.Errorf("skipped %q", got)
	}
	if got := strings.Join(s.Notes, "\n"); !strings.Contains(got, "other is not scored") || !strings.Contains(got, "1 of 3 images of the lists have no annotation, and so no person's box and no row: 2010_000009 (Annotations/2010_000009.xml)") || strings.Contains(got, "published") {
		t.Errorf("notes %q", got)
	}
}

// The persons to be tested have rows with boxes and without labels, as their actions are secret: those that test.txt
// names, or, where it names images alone, all that are annotated. A person of another split of which nothing is known
// has one if a list names it; without an annotation there is no box, and no row.
func TestVOCActionTest(t *testing.T) {
	const lists = "VOC2012/ImageSets/Action/"
	for _, c := range []struct{ list, boxes, skipped string }{
		{"2010_000009 2\n2010_000009 3\n2010_000010 1\n", "2010_000009 2 {21 21 40 40} [] [] [test]\n2010_000009 3 {41 21 60 40} [] [] [test]\n", "2010_000010"},
		{"2010_000009\n", "2010_000009 1 {1 21 20 40} [] [] [test]\n2010_000009 2 {21 21 40 40} [] [] [test]\n2010_000009 3 {41 21 60 40} [] [] [test]\n", ""},
	} {
		files := actionTree()
		files[lists+"test.txt"] = c.list
		files[lists+"val.txt"] = "2010_000002\n2010_000003 1\n"
		files["VOC2012/Annotations/2010_000003.xml"] = actionXML("-", "-")
		files["VOC2012/Annotations/2010_000009.xml"] = actionXML("-", "-", "-")
		s := mustOpen(t, "voc2012:action:"+tree(t, files), Options{})
		for _, want := range []string{c.boxes, "2010_000003 1 {1 21 20 40} [] [] [val trainval]\n", "2010_000002 3 {41 21 60 40} [phoning running] [] [val trainval]\n"} {
			if got := rows(s); !strings.Contains(got, want) || strings.Contains(got, "2010_000003 2") {
				t.Errorf("%q: got\n%swant\n%s", c.list, got, want)
			}
		}
		if got := skipped(s); got != "" && got != skipNoAnnotation+": "+c.skipped || (got == "") != (c.skipped == "") {
			t.Errorf("skipped %q", got)
		}
		for _, it := range s.Items {
			if it.None && len(it.Splits()) == 1 {
				t.Errorf("%s, object %d, of which nothing is known, is said to be of none of the classes", it.ID, it.Object)
			}
		}
		if images := mustOpen(t, "voc2012:action:"+tree(t, files), Options{Objects: ObjectsImage}); !strings.Contains(rows(images), "2010_000009 0 [] [] [test]\n") {
			t.Errorf("images:\n%s", rows(images))
		}
	}
}

func TestVOCActionContext(t *testing.T) {
	root := tree(t, actionTree())
	s := mustOpen(t, "voc2012:action:"+root, Options{BoxContext: 1.5})
	var got []string
	for _, it := range s.Items {
		got = append(got, it.Box.Corners())
	}
	want := []string{"1 16 25 45", "36 16 65 45", "16 16 45 45", "36 16 65 45"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s = mustOpen(t, "voc2012:action:"+root, Options{BoxContext: 100})
	if got := s.Items[0].Box.Corners(); got != "1 1 100 80" {
		t.Errorf("got %v, want the whole image", got)
	}
}

// Rows of whole images need no annotation where the lists say it all.
func TestVOCActionImagesWithoutAnnotations(t *testing.T) {
	files := actionTree()
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.Contains(name, "Annotations") })
	s := mustOpen(t, "voc2012:action:"+tree(t, files), Options{Objects: ObjectsImage})
	want := "2010_000001 0 [jumping] [walking] [train trainval]\n2010_000002 0 [] [] [val trainval]\n2010_000009 0 [] [] [test]\n"
	if got := rows(s); got != want {
		t.Errorf("got\n%s", got)
	}
	if !slices.Contains(s.Notes, "val: 1 of 1 rows have no labels, neither in class lists nor in annotations") {
		t.Errorf("notes %q", s.Notes)
	}
}

func TestVOCActionErrors(t *testing.T) {
	const lists = "VOC2012/ImageSets/Action/"
	for _, c := range []struct {
		file, text string
		words      []string
	}{
		{lists + "train.txt", "2010_000001 1\n2010_000001 1\n", []string{"train.txt:2", "listed twice: first in line 1"}},
		{lists + "train.txt", "2010_000001 0\n", []string{"train.txt:1", "want an object number"}},
		{lists + "train.txt", "2010_000001 1 -1\n", []string{"train.txt:1", "found 3 fields"}},
		{lists + "train.txt", "../x 1\n", []string{"train.txt:1", "without folder"}},
		{lists + "jumping_train.txt", "2010_000001 1 1\n2010_000001 1 -1\n", []string{"jumping_train.txt:2", "object 1 of 2010_000001 is listed twice"}},
		{lists + "jumping_train.txt", "2010_000001 1 2\n", []string{"jumping_train.txt:1", `found "2"`}},
		{lists + "jumping_train.txt", "2010_000001 4 1\n", []string{"jumping_train.txt:1", "2010_000001.xml has 3 objects"}},
		{lists + "jumping_train.txt", "2010_000001 1\n", []string{"jumping_train.txt:1", "found 2 fields"}},
		{lists + "jumping_trainval.txt", "2010_000001 1 -1\n", []string{"jumping_trainval.txt:1", "is -1 here, but 1 in another split's"}},
		{lists + "jumping_val.txt", "2010_000002 3 1\n2010_000009 1 1\n", []string{"jumping_val.txt:2", "no box", "2010_000009.xml", "whole images"}},
		{"VOC2012/Annotations/2010_000002.xml", "<annotation><object><name>person</name><actions><flying>1</flying></actions><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object></annotation>", []string{"2010_000002.xml", "object 1", `"flying" is not one of the 11 classes`}},
		{"VOC2012/Annotations/2010_000002.xml", "<annotation><object><name>person</name><actions><running>yes</running></actions></object></annotation>", []string{"2010_000002.xml", "actions/running: want 0 or 1"}},
		{"VOC2012/Annotations/2010_000002.xml", "<annotation><object><name>person</name><actions></actions></object></annotation>", []string{"2010_000002.xml", "object 1", "want a bndbox"}},
	} {
		files := actionTree()
		files[c.file] = c.text
		_, err := Open(t.Context(), "voc2012:action:"+tree(t, files), Options{})
		wantError(t, err, c.words...)
	}
	_, err := Open(t.Context(), "voc2012:action:"+tree(t, vocTree("VOC2012", ids2012)), Options{})
	wantError(t, err, "no ImageSets/Action here", "jumping_train.txt")
}

func TestChooseBoxes(t *testing.T) {
	root := tree(t, map[string]string{
		"t.csv": "path,xmin,ymin,xmax,ymax\na.jpg,,,,\na.jpg,5,5,14,14\n", "b.csv": "path,xmin,ymin,xmax,ymax\na.jpg,5,5,14,14\n", "p.csv": "path\na.jpg\n",
	})
	at := func(name string) string { return "csv:" + filepath.Join(root, name) }
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "a.jpg 0 [] [] []\na.jpg 1 {5 5 14 14} [] [] []\n"},
		{Options{Objects: ObjectsImage}, "a.jpg 0 [] [] []\n"},
		{Options{Objects: ObjectsBox}, "a.jpg 1 {5 5 14 14} [] [] []\n"},
		{Options{BoxContext: 2}, "a.jpg 0 [] [] []\na.jpg 1 {1 1 19 19} [] [] []\n"},
		{Options{BoxContext: 1}, "a.jpg 0 [] [] []\na.jpg 1 {5 5 14 14} [] [] []\n"},
		{Options{Objects: "box", Limit: 1}, "a.jpg 1 {5 5 14 14} [] [] []\n"},
	} {
		if got := rows(mustOpen(t, at("t.csv"), c.o)); got != c.want {
			t.Errorf("%+v: got\n%s", c.o, got)
		}
	}
	_, err := Open(t.Context(), at("p.csv"), Options{Objects: ObjectsBox})
	wantError(t, err, "the set has no boxes")
	_, err = Open(t.Context(), at("p.csv"), Options{BoxContext: 2})
	wantError(t, err, "the set has no boxes")
	_, err = Open(t.Context(), at("b.csv"), Options{Objects: ObjectsImage})
	wantError(t, err, "boxes only")
}
