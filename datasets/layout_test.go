package datasets

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestContents(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"the folder is empty":                         {},
		"found 1 folder (d)":                          {"d/": ""},
		"found 2 files (a, b)":                        {"a": "", "b": ""},
		"found 2 folders (c, d) and 1 file (a\\x0ab)": {"c/": "", "d/": "", "a\nb": ""},
		"found 6 files (1, 2, 3, 4, 5, …)":            {"1": "", "2": "", "3": "", "4": "", "5": "", "6": ""},
	} {
		entries, err := os.ReadDir(tree(t, files))
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(entries); got != want {
			t.Errorf("contents %q, want %q", got, want)
		}
	}
}

func TestDescend(t *testing.T) {
	root := tree(t, map[string]string{"VOCdevkit/voc2007/": "", "vocDEVKIT2": "", "x/MAIN/": ""})
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, "."},
		{[]string{"VOCdevkit", "VOC2007"}, "VOCdevkit/voc2007"},
		{[]string{"vocdevkit"}, "VOCdevkit"},
		{[]string{"VOCdevkit2"}, ""}, // a file
		{[]string{"X", "main"}, "x/MAIN"},
		{[]string{"none", "main"}, ""},
	} {
		want := c.want
		if want != "" {
			want = filepath.Join(root, want)
		}
		if got, err := descend(root, c.names...); got != want || err != nil {
			t.Errorf("%v: %q, want %q: %v", c.names, got, want, err)
		}
	}
}

func TestLayoutError(t *testing.T) {
	e := &layoutFault{Kind: "folder", Path: "/p", Found: "nothing", Hint: "look elsewhere", Tree: "a\nb", Err: fs.ErrPermission}
	const want = "data set folder:/p: nothing: permission denied; look elsewhere\nexpected:\n  a\n  b"
	if e.Error() != want {
		t.Errorf("got %q", e)
	}
	if !errors.Is(e, fs.ErrPermission) {
		t.Error("the cause is lost")
	}
}

func TestSome(t *testing.T) {
	for want, got := range map[string]string{
		"1 class (a)": some("class", []string{"a"}), "2 classes (a, b)": some("class", []string{"a", "b"}), "2 files (a, b)": some("file", []string{"a", "b"}),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
