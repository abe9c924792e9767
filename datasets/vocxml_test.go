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
			{name: "person", pose: "Frontal", Truncated: true, occluded: true, Box: &Box{174, 102, 349, 351}},
			{name: "cat", Difficult: true},
		},
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got %+v", a)
	}
}

func TestParseAnnotationErrors(t *testing.T) {
	object := func(inner string) string { return "<annotation><object>" + inner + "</object></annotation>" }
	box := func(xmin, xmax string) string {
		return object("<name>a</name><bndbox><xmin>" + xmin + "</xmin><ymin>1</ymin><xmax>" + xmax + "</xmax><ymax>9</ymax></bndbox>")
	}
	for text, word := range map[string]string{
		"":              "found no element",
		"plain text":    "found no element",
		"<html></html>": "want XML with an <annotation>",
		"<annotation>":  "unexpected EOF",
		object(""):      "object 1: name: want a class",
		object("<name>a</name><truncated>yes</truncated>"): `object 1: truncated: want 0 or 1, found "yes"`,
		box("NaN", "5"):   "object 1: bndbox/xmin: want a pixel coordinate",
		box("1e300", "5"): "want a pixel coordinate",
		box("", "5"):      "want a pixel coordinate",
		box("6", "5"):     "want xmin <= xmax",
		"<annotation><size><width>-3</width></size></annotation>":                    `size/width: want a whole number, found "-3"`,
		"<annotation>" + strings.Repeat("<object/>", maxObjects+1) + "</annotation>": "10001 objects",
		"<annotation>" + strings.Repeat(" ", maxAnnotationBytes) + "</annotation>":   "larger than",
		"<annotation>&bomb;</annotation>":                                            "entity",
	} {
		_, err := parseAnnotation(strings.NewReader(text))
		wantError(t, err, word)
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

func FuzzAnnotation(f *testing.F) {
	for _, s := range []string{exampleXML, catXML, "", "<annotation/>", "<annotation><object><name>x</name><bndbox/></object></annotation>", "<a><b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAnnotation(strings.NewReader(text))
		if err != nil {
			return
		}
		if a.Width < 0 || a.Height < 0 || a.Depth < 0 || len(a.Objects) > maxObjects {
			t.Errorf("annotation %+v", a)
		}
		for _, o := range a.Objects {
			if o.name == "" || o.Box != nil && (o.Box.XMax < o.Box.XMin || o.Box.YMax < o.Box.YMin) {
				t.Errorf("object %+v", o)
			}
		}
	})
}
