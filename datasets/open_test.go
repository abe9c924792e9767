package datasets

import (
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenSpecErrors(t *testing.T) {
	for _, c := range []struct {
		spec  string
		o     Options
		words []string
	}{
		{"", Options{}, []string{"KIND:PATH", "voc2007", "folder"}},
		{"photos", Options{}, []string{"KIND:PATH", "caltech101"}},
		{"imagenet1k:/x", Options{}, []string{`unknown kind "imagenet1k"`, "voc2007, voc2012, voc2012:action, caltech101, caltech256, imagenet, pets, flowers102, dtd, cub200, cars, aircraft, aircraft:family, aircraft:manufacturer, food101, sun397, mit67, dogs, coco, cifar10, cifar100, folder, vocxml, list, csv, tar or parquet"}},
		{"VOC2007:/x", Options{}, []string{`is written "voc2007"`}},
		{"voc2012:action", Options{}, []string{"the path is missing", "voc2012:action:/data"}},
		{"folder:x", Options{Objects: "boxes"}, []string{`"boxes": expected image, box or both`}},
		{"folder:x", Options{BoxContext: 0.5}, []string{"want a factor from 1 to 1000, found 0.5"}},
		{"folder:x", Options{BoxContext: 2, Objects: ObjectsImage}, []string{"a factor of 2 would do nothing to whole images"}},
		{"folder:x", Options{BoxContext: math.NaN()}, []string{"found NaN"}},
		{"folder:", Options{}, []string{"the path is missing", "folder:photos"}},
		{"folder:x", Options{Limit: -1}, []string{"limit of -1"}},
		{"folder:x", Options{PerClass: -2}, []string{"-2 a class"}},
	} {
		_, err := Open(t.Context(), c.spec, c.o)
		var spec *SpecError
		if !errors.As(err, &spec) {
			t.Errorf("%q: error %v is no *SpecError", c.spec, err)
			continue
		}
		wantError(t, err, c.words...)
	}
}

func TestOpenPathErrors(t *testing.T) {
	root := tree(t, map[string]string{"file.tar": "x"})
	for _, k := range Kinds() {
		_, err := Open(t.Context(), k.Name+":"+filepath.Join(root, "absent"), Options{})
		var layout *layoutFault
		if !errors.As(err, &layout) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a missing folder gives %v", k.Name, err)
		}
		if !strings.Contains(k.Tree, "PATH/") { // a file, not a tree
			continue
		}
		_, err = Open(t.Context(), k.Name+":"+filepath.Join(root, "file.tar"), Options{})
		wantError(t, err, "is a file, not a folder", "expected:", strings.Split(k.Tree, "\n")[0])
		_, err = Open(t.Context(), k.Name+":"+root, Options{})
		wantError(t, err, "1 file (file.tar)", "expected:")
	}
}

func TestKindsAreDescribed(t *testing.T) {
	for _, k := range Kinds() {
		if k.Name == "" || k.Summary == "" || !strings.Contains(k.Tree, "PATH") || !strings.HasPrefix(k.Example, k.Name+":") {
			t.Errorf("kind %+v is not described", k)
		}
	}
}

func TestOptions(t *testing.T) {
	root := tree(t, map[string]string{
		"a/1.jpg": "", "a/2.jpg": "", "a/3.jpg": "", "b/1.jpg": "", "c/1.jpg": "", "c/2.jpg": "", "0.jpg": "",
	})
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "0.jpg a/1.jpg a/2.jpg a/3.jpg b/1.jpg c/1.jpg c/2.jpg"},
		{Options{PerClass: 2}, "a/1.jpg a/2.jpg b/1.jpg c/1.jpg c/2.jpg"},
		{Options{PerClass: 1}, "a/1.jpg b/1.jpg c/1.jpg"},
		{Options{Limit: 3}, "0.jpg a/1.jpg a/2.jpg"},
		{Options{Limit: 99}, "0.jpg a/1.jpg a/2.jpg a/3.jpg b/1.jpg c/1.jpg c/2.jpg"},
		{Options{PerClass: 1, Limit: 2}, "a/1.jpg b/1.jpg"},
	} {
		s := mustOpen(t, "folder:"+root, c.o)
		if ids(s) != c.want {
			t.Errorf("%+v: items %s, want %s", c.o, ids(s), c.want)
		}
		if len(s.Classes) != 3 {
			t.Errorf("%+v: classes %v", c.o, s.Classes)
		}
	}
}

func TestFirstPerClassOfSeveralLabels(t *testing.T) {
	items := []Item{
		NewItem("1", "x"),
		NewItem("2", "x", "y"), // for y
		NewItem("3", "x"),
		{ID: "4", labels: &labels{ignored: []string{"z"}}},
		NewItem("5", "y"),
		NewItem("6", "y", "z"), // for z
	}
	if got := ids(&Set{Items: firstPerClass(items, 1)}); got != "1 2 6" {
		t.Errorf("kept %s, want 1 2 6", got)
	}
}

func TestPerClassNeedsClasses(t *testing.T) {
	root := tree(t, map[string]string{"1.jpg": ""})
	_, err := Open(t.Context(), "folder:"+root, Options{PerClass: 1})
	wantError(t, err, "no classes", "limit")
}
