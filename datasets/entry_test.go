package datasets

import (
	"os"
	"testing"
)

func TestImageNames(t *testing.T) {
	for name, want := range map[string]bool{
		"a.jpg": true, "a.JPG": true, "b.tar.PnG": true, "x.heic": true, ".jpg": true,
		"": false, "jpg": false, "a.jpg.txt": false, "a.": false, "a.jpg ": false,
	} {
		if got := isImageName(name); got != want {
			t.Errorf("isImageName(%q) = %v", name, got)
		}
	}
}

func TestHiddenNames(t *testing.T) {
	for name, want := range map[string]bool{
		".a": true, "..": true, "Thumbs.db": true, "DESKTOP.INI": true, "Icon\r": true, "__MACOSX": true,
		"a.": false, "thumbs": false, "Icon": false,
	} {
		if got := isHidden(name); got != want {
			t.Errorf("isHidden(%q) = %v", name, got)
		}
	}
}

func TestTypeOf(t *testing.T) {
	root := tree(t, map[string]string{
		"file": "", "folder/": "", "toFile": "-> file", "toFolder": "-> folder", "gone": "-> none", "loop": "-> loop",
	})
	want := map[string]entryType{
		"file": entryFile, "folder": entryDir, "toFile": entryFile, "toFolder": entryDir, "gone": entryFile, "loop": entryFile,
	}
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != len(want) {
		t.Fatal(entries, err)
	}
	for _, e := range entries {
		if got := typeOf(root, e); got != want[e.Name()] {
			t.Errorf("%s is %v", e.Name(), got)
		}
	}
}
