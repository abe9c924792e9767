package datasets

import (
	"fmt"
	"strings"
	"testing"
)

const catXML = `<annotation><object><name>cat</name><difficult>1</difficult></object><object><name>dog</name></object>` +
	`<object><name>dog</name><difficult>1</difficult></object></annotation>`

func TestVOCAnnotationFallback(t *testing.T) {
	files := vocTree("VOC2007", ids2007)
	files["VOC2007/Annotations/000001.xml"] = catXML
	files["VOC2007/Annotations/000005.xml"] = "not read, as the lists cover the image"
	files["VOC2007/Annotations/000007.xml"] = catXML
	for name, content := range files { // bicycles and dogs lack the image 000007
		if strings.Contains(name, "/bicycle_") || strings.Contains(name, "/dog_") {
			files[name] = strings.Split(content, "000007")[0]
		}
	}
	root := tree(t, files)
	s := mustOpen(t, "voc2007:"+root, Options{})
	// For 000007 the cat lists say -1, and count more than the annotation.
	const want = "000001 [dog] [cat] [test]\n000002 [] [] [test]\n000005 [aeroplane] [] [train trainval]\n000007 [dog train] [aeroplane] [val trainval]\n"
	if got := render(s); got != want {
		t.Errorf("got\n%s", got)
	}

	delete(files, "VOC2007/Annotations/000007.xml")
	s = mustOpen(t, "voc2007:"+tree(t, files), Options{})
	if it := s.Items[3]; fmt.Sprint(it.Labels(), it.Ignored()) != "[train] [aeroplane bicycle dog]" {
		t.Errorf("item %+v", it)
	}
	if notes := strings.Join(s.Notes, "\n"); !strings.Contains(notes, "1 images are in the lists of some classes only") {
		t.Errorf("notes %s", notes)
	}
}

func TestVOCTrainvalIsTheUnion(t *testing.T) {
	files := vocTree("VOC2007", ids2007)
	delete(files, "VOC2007/ImageSets/Main/trainval.txt")
	delete(files, "VOC2007/ImageSets/Main/test.txt")
	s := mustOpen(t, "voc2007:"+tree(t, files), Options{})
	if got := render(s); got != "000005 [aeroplane] [] [train trainval]\n000007 [train] [aeroplane] [val trainval]\n" {
		t.Errorf("got\n%s", got)
	}
}

func TestVOCErrors(t *testing.T) {
	const main = "VOC2007/ImageSets/Main/"
	for _, c := range []struct {
		file, content string
		words         []string
	}{
		{main + "train.txt", "000005\n000005 1\n", []string{"train.txt:2: want one image name, found 2 fields"}},
		{main + "train.txt", "000005\n\n000005\n", []string{"train.txt:3: image 000005 is listed twice: first in line 1"}},
		{main + "val.txt", "../../etc/passwd\n", []string{"val.txt:1: want an image name without folder"}},
		{main + "val.txt", "..\n", []string{"val.txt:1:"}},
		{main + "test.txt", strings.Repeat("x", 5000), []string{"test.txt:1: a line longer than"}},
		{main + "car_val.txt", "000007  2\n", []string{`car_val.txt:1: want 1, 0 or -1 after the image name, found "2"`}},
		{main + "car_val.txt", "000007\n", []string{"car_val.txt:1: want an image name and 1, 0 or -1, found 1 field"}},
		{main + "car_val.txt", "000007 1\n", []string{"car_trainval.txt:2: image 000007 is -1 here, but", "1 in another split's list"}},
		{
			"VOC2007/Annotations/000001.xml", "<annotation><object><name>cow</name><difficult>x</difficult></object></annotation>",
			[]string{"000001.xml", `object 1: difficult: want 0 or 1, found "x"`},
		},
		{
			"VOC2007/Annotations/000001.xml", "<annotation><object><name>helmet</name></object></annotation>",
			[]string{"000001.xml: object 1", `"helmet" is not one of the 20 classes`},
		},
		{"VOC2007/Annotations/000001.xml", "", []string{"000001.xml", "found no element"}},
	} {
		files := vocTree("VOC2007", ids2007)
		files[c.file] = c.content
		_, err := Open(t.Context(), "voc2007:"+tree(t, files), Options{})
		wantError(t, err, append(c.words, "data set voc2007:")...)
	}
	_, err := Open(t.Context(), "voc2007:"+tree(t, map[string]string{main + "class.txt": "cat", main + "val.txt": "\n"}), Options{})
	wantError(t, err, "image lists of ImageSets/Main are absent or empty", "expected:")
}

// An image list may be cut down while the class lists stay complete.
func TestVOCShortenedList(t *testing.T) {
	files := vocTree("VOC2007", ids2007)
	for _, name := range []string{"val", "trainval", "test"} {
		delete(files, "VOC2007/ImageSets/Main/"+name+".txt")
	}
	s := mustOpen(t, "voc2007:"+tree(t, files), Options{})
	if ids(s) != "000005" {
		t.Errorf("items %s", ids(s))
	}
}
