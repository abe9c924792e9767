package datasets

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The published folders are numbered from 1 on, without gaps and in order.
func TestCaltech256Classes(t *testing.T) {
	classes := Caltech256Classes()
	if len(classes) != 257 || classes[0] != "001.ak47" || classes[256] != "257.clutter" {
		t.Fatalf("%d classes: %v", len(classes), classes)
	}
	for i, c := range classes {
		if number, name, ok := strings.Cut(c, "."); !ok || name == "" || number != fmt.Sprintf("%03d", i+1) {
			t.Errorf("class %d is %q", i+1, c)
		}
	}
}

func TestCaltech256(t *testing.T) {
	root := tree(t, map[string]string{
		"caltech-256/256_ObjectCategories/198.spider/198_0001.jpg":    "x",
		"caltech-256/256_ObjectCategories/198.spider/RENAME2":         "x",
		"caltech-256/256_ObjectCategories/056.dog/056_0002.jpg":       "x",
		"caltech-256/256_ObjectCategories/056.dog/056_0001.jpg":       "x",
		"caltech-256/256_ObjectCategories/056.dog/greg/vision309":     "x",
		"caltech-256/256_ObjectCategories/257.clutter/257_0001.jpg":   "x",
		"caltech-256/256_ObjectCategories/258.extra/1.png":            "x",
		"caltech-256/256_ObjectCategories/001.ak47/":                  "",
		"caltech-256/256_ObjectCategories/002.american-flag/notes.md": "x",
		"caltech-256/256_ObjectCategories/.DS_Store":                  "x",
	})
	const want = "056.dog/056_0001.jpg 056.dog/056_0002.jpg 198.spider/198_0001.jpg 257.clutter/257_0001.jpg 258.extra/1.png"
	for _, below := range []string{"", "caltech-256", "caltech-256/256_ObjectCategories"} {
		s := mustOpen(t, "caltech256:"+filepath.Join(root, below), Options{})
		if got := ids(s); got != want {
			t.Errorf("at %q: items %s", below, got)
		}
		if !slices.Equal(s.Classes, []string{"056.dog", "198.spider", "257.clutter", "258.extra"}) {
			t.Errorf("at %q: classes %v", below, s.Classes)
		}
		if s.Kind != "caltech256" || s.Root != filepath.Join(root, "caltech-256", "256_ObjectCategories") {
			t.Errorf("at %q: kind %s, root %s", below, s.Kind, s.Root)
		}
	}
	s := mustOpen(t, "caltech256:"+root, Options{})
	if it := s.Items[0]; !slices.Equal(it.Labels(), []string{"056.dog"}) || it.Splits() != nil ||
		it.At.Path != filepath.Join(s.Root, "056.dog", "056_0001.jpg") {
		t.Errorf("item %+v", it)
	}
	const skips = "deeper than the kind's tree goes: 056.dog/greg\nfolder without images: 001.ak47 002.american-flag\n" +
		"hidden or left by the operating system: .DS_Store\n" +
		"not an image by the file name's extension: 002.american-flag/notes.md 198.spider/RENAME2"
	if got := skipped(s); got != skips {
		t.Errorf("skipped\n%s\nwant\n%s", got, skips)
	}
	notes := strings.Join(s.Notes, "\n")
	if !strings.Contains(notes, "of the 257 classes of Caltech-256 there are 3 here; absent: 254 folders (001.ak47, ") ||
		!strings.Contains(notes, "not of Caltech-256, but taken as classes: 1 folder (258.extra)") {
		t.Errorf("notes %s", notes)
	}
}

// All classes, but not all images.
func TestCaltech256Count(t *testing.T) {
	files := make(map[string]string)
	for _, c := range Caltech256Classes() {
		files["256_ObjectCategories/"+c+"/1.jpg"] = ""
	}
	s := mustOpen(t, "caltech256:"+tree(t, files), Options{})
	if len(s.Items) != 257 || !slices.Equal(s.Classes, Caltech256Classes()) {
		t.Errorf("%d items, classes %v", len(s.Items), s.Classes)
	}
	if !slices.Equal(s.Notes, []string{"Caltech-256 was published with 30607 images, here are 257"}) {
		t.Errorf("notes %q", s.Notes)
	}
}

func TestCaltech256Errors(t *testing.T) {
	root := tree(t, map[string]string{
		"packed/256_ObjectCategories.tar":         "x",
		"other/101_ObjectCategories/ant/1.jpg":    "x",
		"001.ak47/1.jpg":                          "x",
		"hollow/256_ObjectCategories/002.x/2.txt": "x",
	})
	for name, words := range map[string][]string{
		"packed":   {"unpack it first: tar -xf", "256_ObjectCategories.tar"},
		"other":    {"no class folder of Caltech-256", "found 1 folder (101_ObjectCategories)"},
		"001.ak47": {"this is one of the class folders"},
		"hollow":   {"hold no images"},
	} {
		_, err := Open(t.Context(), "caltech256:"+filepath.Join(root, name), Options{})
		wantError(t, err, append(words, "expected:", "256_ObjectCategories/001.ak47")...)
	}
}
