package datasets

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"fc7/internal/storetest"
)

// TestRemoteFolder: a folder of images on a store is the set that it is on a disk, in the same order, with its classes
// and splits, the files that are passed over, and the names in tables; nothing is read but the list.
func TestRemoteFolder(t *testing.T) {
	for name, c := range map[string]struct {
		files   map[string]string
		folders string
	}{
		"classes": {map[string]string{
			"dog/2.JPG": "d2", "dog/10.png": "d10", "cat/a/b/c/1.jpeg": "c1", "cat/z.WebP": "cz", "cat/notes.txt": "x", "cat/noext": "x", "cat/.hidden.jpg": "x",
			".git/x.jpg": "x", "loose.tif": "l", "LICENSE": "x", "Thumbs.db": "x", "docs/readme.md": "x", "photo.jpg/in.gif": "in", "metadata.csv": "x",
			"cat-a/1.jpg": "order", "cat/0.jpg": "order", "cat.x/1.jpg": "order", "it's 100% ü&+=?#/é 1%41.jpg": "name",
		}, ""},
		"flat":   {map[string]string{"b.png": "b", "a.jpg": "a", "c.txt": "x"}, ""},
		"splits": {map[string]string{"train/ants/1.jpg": "1", "train/bees/deep/er/2.jpg": "2", "val/ants/3.jpg": "3", "test/4.jpg": "4", "5.jpg": "5"}, ""},
		"denied": {map[string]string{"train/ants/1.jpg": "1", "val/ants/3.jpg": "3"}, FoldersClasses},
		"beside": {map[string]string{"train/a/1.jpg": "1", "val/a/2.jpg": "2", "extra/a/3.jpg": "3"}, ""},
	} {
		root := tree(t, c.files)
		b := storetest.Serve(t)
		b.PutFolder(t, root, "d/photos")
		b.Put("d/photos-2/cat/other.jpg", []byte("of another folder"))
		disk := mustOpen(t, "folder:"+root, Options{Folders: c.folders})
		for _, at := range []string{"s3://bucket/d/photos", "s3://bucket/d/photos/"} {
			b.Asked()
			s := mustOpen(t, "folder:"+at, Options{Folders: c.folders})
			checkSet(t, s)
			if asked := b.Asked(); len(asked) != 1 {
				t.Errorf("%s: opened by %v", name, asked)
			}
			if got, want := tellsAll(t, s), strings.ReplaceAll(tellsAll(t, disk), root, "s3://bucket/d/photos"); got != want {
				t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
			}
			if last := s.Notes[len(s.Notes)-1]; !strings.Contains(last, "images are read over the network, from s3://bucket") {
				t.Errorf("%s: notes %q", name, s.Notes)
			}
		}
	}
}

// TestRemoteFolderNames: whatever objects are called, an item is of the object of its name or there is none, and no
// name leads to another object.
func TestRemoteFolderNames(t *testing.T) {
	b := storetest.Serve(t)
	hostile := []string{
		"a//b.jpg", "/c.jpg", "../up.jpg", "a/../../up.jpg", "./d.jpg", "a/./e.jpg", "..", "a/..", "x\\..\\y.jpg", "C:/z.jpg", "a\x1b[2J.jpg", "a\u202egpj.jpg",
		"same", "same/f.jpg", "same.jpg", "same.jpg/g.jpg", "~/h.jpg", "-i.jpg", "con/j.jpg", "k.jpg ", " l.jpg", "folder/", strings.Repeat("deep/", 150) + "m.jpg",
	}
	for _, key := range hostile {
		b.Put("p/"+key, []byte(key))
	}
	b.Put("up.jpg", []byte("not of the set"))
	s := mustOpen(t, "folder:s3://bucket/p", Options{})
	items := map[string]bool{}
	for _, it := range s.Items {
		key, ok := strings.CutPrefix(it.At.Path, "s3://bucket/p/")
		if got := content(t, it); !ok || got != key {
			t.Errorf("%q has the bytes of %q", it.At.Path, got)
		}
		if items[it.ID] || strings.ContainsAny(it.ID, "\x1b\n") {
			t.Errorf("the key %q", it.ID)
		}
		items[it.ID] = true
	}
	for _, id := range []string{"C:/z.jpg", "same/f.jpg", "same.jpg", "same.jpg/g.jpg", "~/h.jpg", "-i.jpg", "con/j.jpg", " l.jpg", strings.Repeat("deep/", 150) + "m.jpg"} {
		if runtime.GOOS != "windows" && !items[id] {
			t.Errorf("%s is missing: %s", id, ids(s))
		}
	}
	if told := skipped(s); !strings.Contains(told, skipNamed+": .. ../up.jpg ./d.jpg") || strings.Contains(told, "folder without") {
		t.Errorf("%s", told)
	}
	if runtime.GOOS != "windows" && len(items) != 12 {
		t.Errorf("%d items: %s", len(items), ids(s))
	}
}

// TestRemoteFolderRefused: what is not there, and what cannot be listed, is told.
func TestRemoteFolderRefused(t *testing.T) {
	b := storetest.Serve(t)
	b.Put("d/notes.txt", nil)
	for spec, words := range map[string]string{
		"folder:s3://bucket/none":                "no image files here or below: the folder is empty",
		"folder:s3://bucket/d":                   "no image files here or below: found 1 file (notes.txt)",
		"folder:https://example.org/photos/x":    "a folder that can be listed",
		"folder:hf://datasets/o/r@" + hub + "/d": "a folder that can be listed",
		"folder:s3://bucket":                     "want s3://BUCKET/NAME",
		"folder:s3://bucket/d/":                  "no image files here",
	} {
		_, err := Open(t.Context(), spec, Options{})
		wantError(t, err, words)
	}
	b.First(func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	_, err := Open(t.Context(), "folder:s3://bucket/d", Options{})
	wantError(t, err, "access is refused")
	if _, err := os.Stat(filepath.Join("s3:")); err == nil {
		t.Error("a folder was made")
	}
}

const hub = "0123456789abcdef0123456789abcdef01234567"

// TestBucketEntry: entries of a store are what walkers ask of those of a disk.
func TestBucketEntry(t *testing.T) {
	for _, folder := range []bool{false, true} {
		e := bucketEntry{"a", folder}
		if _, err := e.Info(); e.Type().IsDir() != folder || e.IsDir() != folder || err == nil {
			t.Errorf("%+v, %v", e, err)
		}
		var _ fs.DirEntry = e
	}
}
