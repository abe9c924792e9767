package datasets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// openSoon opens a set and fails if that takes longer than any honest tree needs.
func openSoon(t *testing.T, spec string) *Set {
	t.Helper()
	done := make(chan *Set, 1)
	go func() {
		s, err := Open(t.Context(), spec, Options{})
		if err != nil {
			t.Error(err)
		}
		done <- s
	}()
	select {
	case s := <-done:
		if s == nil {
			t.FailNow()
		}
		checkSet(t, s)
		return s
	case <-time.After(20 * time.Second):
		t.Fatal("endless")
		return nil
	}
}

func TestFolderClasses(t *testing.T) {
	root := tree(t, map[string]string{
		"dog/2.JPG":        "",
		"dog/10.png":       "",
		"cat/a/b/c/1.jpeg": "",
		"cat/z.WebP":       "",
		"cat/notes.txt":    "",
		"cat/noext":        "",
		"cat/.hidden.jpg":  "",
		".git/x.jpg":       "",
		"loose.tif":        "",
		"LICENSE":          "",
		"Thumbs.db":        "",
		"docs/readme.md":   "",
		"empty/":           "",
		"photo.jpg/in.gif": "",
	})
	s := openSoon(t, "folder:"+root+"/")
	if got := ids(s); got != "cat/a/b/c/1.jpeg cat/z.WebP dog/10.png dog/2.JPG loose.tif photo.jpg/in.gif" {
		t.Errorf("items %s", got)
	}
	if got := strings.Join(s.Classes, " "); got != "cat dog photo.jpg" || s.Root != root {
		t.Errorf("classes %s, root %s", got, s.Root)
	}
	for _, it := range s.Items {
		class, _, nested := strings.Cut(it.ID, "/")
		if got := strings.Join(it.Labels(), " "); nested && got != class || !nested && got != "" {
			t.Errorf("%s is labelled %q", it.ID, got)
		}
		if it.At.Path != filepath.Join(root, filepath.FromSlash(it.ID)) {
			t.Errorf("%s is at %s", it.ID, it.At.Path)
		}
	}
	const want = "folder without images: docs empty\n" +
		"hidden or left by the operating system: .git Thumbs.db cat/.hidden.jpg\n" +
		"not an image by the file name's extension: LICENSE cat/noext cat/notes.txt docs/readme.md"
	if got := skipped(s); got != want {
		t.Errorf("skipped\n%s\nwant\n%s", got, want)
	}
}

func TestFolderFlat(t *testing.T) {
	root := tree(t, map[string]string{"b.png": "", "a.jpg": "", "c.txt": ""})
	s := openSoon(t, "folder:"+root)
	if ids(s) != "a.jpg b.png" || len(s.Classes) != 0 || s.Items[0].Labels() != nil {
		t.Errorf("items %s, classes %v", ids(s), s.Classes)
	}
}

func TestFolderWithoutImages(t *testing.T) {
	root := tree(t, map[string]string{"a/notes.txt": "", "b.pdf": ""})
	_, err := Open(t.Context(), "folder:"+root, Options{})
	wantError(t, err, "no image files", "1 folder (a) and 1 file (b.pdf)", "extensions: jpg")
}

func TestFolderReal(t *testing.T) {
	s := openSoon(t, "folder:"+realData(t, "images"))
	listed := 0
	for _, k := range s.Skipped {
		listed += k.Count
	}
	files := 0
	err := filepath.WalkDir(s.Root, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	})
	if err != nil || len(s.Items)+listed != files || len(s.Items) < 70 {
		t.Errorf("%d items and %d skipped of %d files, %v", len(s.Items), listed, files, err)
	}
}
