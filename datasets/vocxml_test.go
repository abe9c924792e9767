package datasets

import (
	"errors"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// As the development kits write it; part is a body part of a person.
const exampleXML = `<annotation>
	<folder>VOC2012</folder>
	<filename>2007_000001.jpg</filename>
	<source><database>The VOC2007 Database</database></source>
	<size><width>486</width><height>500</height><depth>3</depth></size>
	<segmented>1</segmented>
	<object>
		<name>person</name><pose>Frontal</pose><truncated>1</truncated><occluded>1</occluded><difficult>0</difficult>
		<bndbox><xmin>174</xmin><ymin>101.5</ymin><xmax>349.2</xmax><ymax>351</ymax></bndbox>
		<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>
	</object>
	<object><name> cat </name><difficult>1</difficult></object>
</annotation>
`

func TestParseAnnotation(t *testing.T) {
	a, err := parseAnnotation(strings.NewReader(exampleXML))
	if err != nil {
		t.Fatal(err)
	}
	want := &Annotation{
		Folder: "VOC2012", Filename: "2007_000001.jpg", Width: 486, Height: 500, Depth: 3, segmented: true,
		Objects: []Object{
			{name: "person", pose: "Frontal", Truncated: true, occluded: true, Box: &Box{XMin: 174, YMin: 101.5, XMax: 349.2, YMax: 351}},
			{name: "cat", Difficult: true},
		},
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got %+v", a)
	}
}

func TestParseAnnotationErrors(t *testing.T) {
	object := func(inner string) string { return "<annotation><object>" + inner + "</object></annotation>" }
	for text, word := range map[string]string{
		"":              "found no element",
		"plain text":    "found no element",
		"<html></html>": "want XML with an <annotation>",
		"<annotation>":  "unexpected EOF",
		object(""):      "object 1: name: want a class",
		object("<name>a</name><difficult>perhaps</difficult>"):                       `object 1: difficult: want 0 or 1, found "perhaps"`,
		object("<name>a</name><difficult>2</difficult>"):                             `difficult: want 0 or 1, found "2"`,
		`<?xml version="1.0" encoding="klingon"?><annotation/>`:                      `the encoding "klingon" is not known`,
		"<annotation>" + strings.Repeat("<object/>", maxObjects+1) + "</annotation>": "10001 objects",
		"<annotation>" + strings.Repeat(" ", maxAnnotationBytes) + "</annotation>":   "larger than",
		"<annotation>&bomb;</annotation>":                                            "entity",
	} {
		_, err := parseAnnotation(strings.NewReader(text))
		wantError(t, err, word)
	}
}

// TestFieldsThatPlayNoPart: what says nothing of an object's class refuses nothing; boxes, sizes and actions are errors
// for those who look at them.
func TestFieldsThatPlayNoPart(t *testing.T) {
	for _, word := range []string{"Unspecified", "0.35", "", "-1", "perhaps"} {
		text := strings.NewReplacer("<depth>3", "<depth>"+word, "<truncated>1", "<truncated>"+word, "<segmented>1", "<segmented>"+word,
			"<occluded>1", "<occluded>"+word).Replace(exampleXML)
		a, err := parseAnnotation(strings.NewReader(text))
		if err != nil || len(a.Objects) != 2 || a.Width != 486 || a.Objects[0].Box == nil || a.sizeErr != nil {
			t.Errorf("%q: %+v, %v", word, a, err)
			continue
		}
		if a.Objects[0].Truncated != (word == "0.35") || a.Depth != 0 {
			t.Errorf("%q: truncated %v, depth %d", word, a.Objects[0].Truncated, a.Depth)
		}
	}
	for word, want := range map[string]bool{"Unspecified": false, "0.35": false, "": false, "0.0": false, "1.0": true, "true": true} {
		a, err := parseAnnotation(strings.NewReader("<annotation><object><name>a</name><difficult>" + word + "</difficult></object></annotation>"))
		if err != nil || a.Objects[0].Difficult != want {
			t.Errorf("difficult %q: %+v, %v", word, a, err)
		}
	}
	box := func(xmin, xmax string) string {
		return "<annotation><object><name>a</name><bndbox><xmin>" + xmin + "</xmin><ymin>1</ymin><xmax>" + xmax + "</xmax><ymax>9</ymax></bndbox></object></annotation>"
	}
	for text, word := range map[string]string{
		box("NaN", "5"):   "object 1: bndbox/xmin: want a pixel coordinate",
		box("1e300", "5"): "want a pixel coordinate",
		box("", "5"):      "want a pixel coordinate",
		box("6", "5"):     "want xmin <= xmax",
	} {
		a, err := parseAnnotation(strings.NewReader(text))
		if err != nil || a.Objects[0].Box != nil {
			t.Fatalf("%s: %+v, %v", text, a, err)
		}
		wantError(t, a.Objects[0].boxErr, word)
	}
	a, err := parseAnnotation(strings.NewReader("<annotation><size><width>-3</width></size><object><name>a</name><actions><running>often</running></actions></object></annotation>"))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, a.sizeErr, `size/width: want a whole number, found "-3"`)
	wantError(t, a.Objects[0].actionsErr, `actions/running: want 0 or 1, found "often"`)
}

// TestAnnotationEncodings: XML is text of the encoding that it declares.
func TestAnnotationEncodings(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"latin-1": {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><annotation><filename>\xe9t\xe9.jpg</filename></annotation>", "été.jpg"},
		"gb2312":  {"<?xml version='1.0' encoding='gb2312' ?><annotation><filename>\xcd\xbc.jpg</filename></annotation>", "图.jpg"},
		"not 16":  {"<?xml version=\"1.0\" encoding=\"utf-16\"?><annotation><filename>\u00e9t\u00e9.jpg</filename></annotation>", "\u00e9t\u00e9.jpg"}, // written so by .NET
		"ascii":   {"<?xml version=\"1.0\" encoding=\"us-ascii\"?><annotation><filename>a.jpg</filename></annotation>", "a.jpg"},
		"utf-16":  {"\xff\xfe<\x00a\x00n\x00n\x00o\x00t\x00a\x00t\x00i\x00o\x00n\x00>\x00<\x00f\x00i\x00l\x00e\x00n\x00a\x00m\x00e\x00>\x00\xfe\x56<\x00/\x00f\x00i\x00l\x00e\x00n\x00a\x00m\x00e\x00>\x00<\x00/\x00a\x00n\x00n\x00o\x00t\x00a\x00t\x00i\x00o\x00n\x00>\x00", "图"},
		"none":    {"<annotation><filename>\xe9t\xe9.jpg</filename></annotation>", "\ufffdt\ufffd.jpg"},
	} {
		a, err := parseAnnotation(strings.NewReader(c.text))
		if err != nil || a.Filename != c.want {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

// TestPublicAnnotations reads the shared cases of annotations that refused whole sets.
func TestPublicAnnotations(t *testing.T) {
	root := realCase(t, "20-voc-unspecified")
	dirs, err := filepath.Glob(filepath.Join(root, "*", "VOC2007"))
	if err != nil || len(dirs) == 0 {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		if s := mustOpen(t, "voc2007:"+dir, Options{}); meanings(s) != "dog" {
			t.Errorf("%s: %s", dir, meanings(s))
		}
	}
}

func TestReadAnnotation(t *testing.T) {
	root := tree(t, map[string]string{"good.xml": exampleXML, "bad.xml": "<x/>"})
	if a, err := ReadAnnotation(filepath.Join(root, "good.xml")); err != nil || len(a.Objects) != 2 {
		t.Errorf("%+v, %v", a, err)
	}
	_, err := ReadAnnotation(filepath.Join(root, "bad.xml"))
	wantError(t, err, "bad.xml")
	if _, err = ReadAnnotation(filepath.Join(root, "none.xml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
}
