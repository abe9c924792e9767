package datasets

import (
	"errors"
	"strings"
	"testing"
)

// meanings renders what is said of each item: its labels, ignored ones in brackets, "none" or "?".
func meanings(s *Set) string {
	var all []string
	for _, it := range s.Items {
		m := strings.Join(it.Labels(), ";")
		switch {
		case len(it.Ignored()) > 0:
			m += "[" + strings.Join(it.Ignored(), ";") + "]"
		case it.None:
			m = "none"
		case !it.Labelled():
			m = "?"
		}
		all = append(all, m)
	}
	return strings.Join(all, " ")
}

// noneTree is a set of VOC 2007: image 1 is a dog, 2 is -1 in all lists, 3 is in no list, but annotated without
// objects, and 4 is in no list and not annotated.
func noneTree() map[string]string {
	files := map[string]string{
		"ImageSets/Main/train.txt": "1\n2\n3\n4\n",
		"Annotations/3.xml":        "<annotation><filename>3.jpg</filename></annotation>",
	}
	for _, c := range VOCClasses() {
		value := "-1"
		if c == "dog" {
			value = "1"
		}
		files["ImageSets/Main/"+c+"_train.txt"] = "1 " + value + "\n2 -1\n"
	}
	return files
}

// TestEmptyLabels: what images without labels are of, as each kind means it, and as the option says.
func TestEmptyLabels(t *testing.T) {
	files := noneTree()
	files["t.csv"] = "path,labels\na,cat\nb,\nc, ;\n"
	files["ignored.csv"] = "path,ignored\na,cat\nb,\n"
	files["bare.csv"] = "path,labels\na,\nb,\n"
	files["label.csv"] = "path,label\na,cat\nb,\n"
	files["photos/cat/1.jpg"], files["photos/2.jpg"] = "", ""
	files["t.tar"] = string(tarBytes(t,
		member{"a.jpg", ""}, member{"a.json", `{"labels": ["cat"]}`}, member{"b.jpg", ""}, member{"b.json", `{"labels": []}`},
		member{"c.jpg", ""}, member{"c.json", `{"labels": null, "label": null}`}, member{"d.jpg", ""},
		member{"e.jpg", ""}, member{"e.json", `{"labels": [null]}`}))
	root := tree(t, files)
	for _, c := range []struct{ spec, empty, want string }{
		{"voc2007:" + root, "", "dog none none ?"},
		{"voc2007:" + root, emptyNone, "dog none none none"},
		{"voc2007:" + root, emptyUnknown, "dog ? ? ?"},
		{"csv:" + root + "/t.csv", "", "cat none none"},
		{"csv:" + root + "/t.csv", emptyUnknown, "cat ? ?"},
		{"csv:" + root + "/ignored.csv", "", "[cat] ?"},
		{"csv:" + root + "/ignored.csv", emptyNone, "[cat] none"},
		{"csv:" + root + "/bare.csv", "", "? ?"}, // of no class there is, nothing is none
		{"csv:" + root + "/label.csv", "", "cat ?"},
		{"csv:" + root + "/label.csv", emptyNone, "cat none"},
		{"folder:" + root + "/photos", "", "? cat"},
		{"folder:" + root + "/photos", emptyNone, "none cat"},
		{"tar:" + root + "/t.tar", "", "cat none ? ? ?"},
		{"tar:" + root + "/t.tar", emptyNone, "cat none none none none"},
	} {
		s := mustOpen(t, c.spec, Options{EmptyLabels: c.empty})
		if got := meanings(s); got != c.want {
			t.Errorf("%s, empty labels %q: %s, want %s", c.spec, c.empty, got, c.want)
		}
		noted := strings.Contains(strings.Join(s.Notes, " "), "they are of none of the classes")
		if want := c.empty == "" && strings.Contains(c.want, "none") && !strings.HasPrefix(c.spec, "voc"); noted != want {
			t.Errorf("%s, empty labels %q: notes %q", c.spec, c.empty, s.Notes)
		}
		unknown := strings.Contains(strings.Join(s.Notes, " "), "an empty cell of it is not known")
		if want := c.want == "cat ?"; unknown != want {
			t.Errorf("%s, empty labels %q: notes %q", c.spec, c.empty, s.Notes)
		}
	}
	for want, o := range map[string]Options{"the set has no classes": {EmptyLabels: emptyNone}, `"maybe"`: {EmptyLabels: "maybe"}} {
		_, err := Open(t.Context(), "csv:"+root+"/bare.csv", o)
		var e *SpecError
		if !errors.As(err, &e) {
			t.Errorf("%v is no *SpecError", err)
		}
		wantError(t, err, want)
	}
}

// TestNoneIsKept: a choice of classes, and of some images a class, keeps images of none of the classes, as negatives.
func TestNoneIsKept(t *testing.T) {
	root := tree(t, map[string]string{"t.csv": "path,labels\na,cat\nb,\nc,dog\nd,cat\ne,\n"})
	for want, o := range map[string]Options{
		"a b d e": {Classes: []string{"cat"}},
		"a b c":   {PerClass: 1},
		"a b":     {PerClass: 1, Classes: []string{"cat"}},
	} {
		if s := mustOpen(t, "csv:"+root+"/t.csv", o); ids(s) != want {
			t.Errorf("%+v: %s, want %s", o, ids(s), want)
		}
	}
}

// TestPublicNegatives reads the shared case of an image that VOC's lists say -1 of in all classes.
func TestPublicNegatives(t *testing.T) {
	s := mustOpen(t, "voc2007:"+realCase(t, "22-negatives-called-unlabelled"), Options{})
	if got := meanings(s); got != "none" || len(s.Notes) > 0 {
		t.Errorf("%s; %q", got, s.Notes)
	}
}
