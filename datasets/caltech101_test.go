package datasets

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func caltech101Tree(t *testing.T) string {
	return tree(t, map[string]string{
		"caltech-101/101_ObjectCategories/BACKGROUND_Google/image_0002.jpg": "x",
		"caltech-101/101_ObjectCategories/BACKGROUND_Google/image_0001.jpg": "x",
		"caltech-101/101_ObjectCategories/BACKGROUND_Google/tmp":            "x",
		"caltech-101/101_ObjectCategories/BACKGROUND_Google/Thumbs.db":      "x",
		"caltech-101/101_ObjectCategories/accordion/image_0001.jpg":         "x",
		"caltech-101/101_ObjectCategories/accordion/.DS_Store":              "x",
		"caltech-101/101_ObjectCategories/accordion/more/image_0003.jpg":    "x",
		"caltech-101/101_ObjectCategories/my_class/pic.png":                 "x",
		"caltech-101/101_ObjectCategories/Faces/image_0001.jpg":             "-> nowhere",
		"caltech-101/101_ObjectCategories/barrel/":                          "",
		"caltech-101/101_ObjectCategories/README":                           "x",
		"caltech-101/Annotations/accordion/annotation_0001.mat":             "x",
	})
}

func TestCaltech101(t *testing.T) {
	root := caltech101Tree(t)
	const want = "BACKGROUND_Google/image_0001.jpg BACKGROUND_Google/image_0002.jpg BACKGROUND_Google/tmp " +
		"Faces/image_0001.jpg accordion/image_0001.jpg my_class/pic.png"
	for _, below := range []string{"", "caltech-101", "caltech-101/101_ObjectCategories"} {
		s := mustOpen(t, "caltech101:"+filepath.Join(root, below), Options{})
		if got := ids(s); got != want {
			t.Errorf("at %q: items %s", below, got)
		}
		if got := strings.Join(s.Classes, " "); got != "BACKGROUND_Google Faces accordion my_class" {
			t.Errorf("at %q: classes %s", below, got)
		}
		if s.Kind != "caltech101" || s.Root != filepath.Join(root, "caltech-101", "101_ObjectCategories") {
			t.Errorf("at %q: kind %s, root %s", below, s.Kind, s.Root)
		}
	}
	s := mustOpen(t, "caltech101:"+root, Options{})
	if it := s.Items[2]; !slices.Equal(it.Labels(), []string{"BACKGROUND_Google"}) || it.Splits() != nil || it.Object != 0 ||
		it.At.Path != filepath.Join(s.Root, "BACKGROUND_Google", "tmp") {
		t.Errorf("item %+v", it)
	}
	const skips = "deeper than the kind's tree goes: accordion/more\nfolder without images: barrel\n" +
		"hidden or left by the operating system: BACKGROUND_Google/Thumbs.db accordion/.DS_Store\noutside the class folders: README"
	if got := skipped(s); got != skips {
		t.Errorf("skipped\n%s\nwant\n%s", got, skips)
	}
	notes := strings.Join(s.Notes, "\n")
	if !strings.Contains(notes, "there are 3 here; absent: 99 folders (Faces_easy, ") || !strings.Contains(notes, "1 folder (my_class)") {
		t.Errorf("notes %s", notes)
	}
}

func TestCaltech101Errors(t *testing.T) {
	root := tree(t, map[string]string{
		"packed/101_ObjectCategories.tar.gz": "x",
		"other/cats/1.jpg":                   "x",
		"accordion/1.jpg":                    "x",
		"hollow/101_ObjectCategories/ant/":   "",
	})
	for name, words := range map[string][]string{
		"packed":    {"unpack it first: tar -xf", "101_ObjectCategories.tar.gz"},
		"other":     {"found 1 folder (cats)", "open class folders of another set as folder:"},
		"accordion": {"this is one of the class folders"},
		"hollow":    {"hold no images"},
	} {
		_, err := Open(t.Context(), "caltech101:"+filepath.Join(root, name), Options{})
		wantError(t, err, append(words, "expected:", "101_ObjectCategories/accordion")...)
	}
}

func TestCaltech101Real(t *testing.T) {
	root := realData(t, "caltech-101")
	s := mustOpen(t, "caltech101:"+root, Options{})
	if len(s.Items) != 9145 || len(s.Skipped) != 0 || len(s.Notes) != 0 {
		t.Errorf("%d items, want 9,145; skipped %v, notes %v", len(s.Items), s.Skipped, s.Notes)
	}
	if !slices.Equal(s.Classes, Caltech101Classes()) || len(s.Classes) != 102 {
		t.Errorf("%d classes: %v", len(s.Classes), s.Classes)
	}
	if problems, err := s.Check(context.Background()); len(problems) > 0 || err != nil {
		t.Errorf("problems %v, %v", problems, err)
	}
	few := mustOpen(t, "caltech101:"+root, Options{PerClass: 2})
	if len(few.Items) != 204 || few.Items[3].ID != "Faces/image_0002.jpg" {
		t.Errorf("2 a class: %d items", len(few.Items))
	}
}

// The order must be that of the feature file computed elsewhere, whose index lists all images but
// BACKGROUND_Google/tmp.
func TestCaltech101RealOrder(t *testing.T) {
	root := realData(t, "caltech-101")
	f, err := os.Open(filepath.Join(realData(t, "features"), "caltech101_index.tsv"))
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	s := mustOpen(t, "caltech101:"+root, Options{})
	items := slices.DeleteFunc(s.Items, func(it Item) bool { return it.ID == "BACKGROUND_Google/tmp" })
	sc := bufio.NewScanner(f)
	n := 0
	for ; sc.Scan(); n++ {
		class, file, _ := strings.Cut(sc.Text(), "\t")
		if n >= len(items) || items[n].ID != file || items[n].Labels()[0] != class {
			t.Fatalf("row %d is %s", n, file)
		}
	}
	if sc.Err() != nil || n != len(items) {
		t.Errorf("%d rows, %d items, %v", n, len(items), sc.Err())
	}
}
