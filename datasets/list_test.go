package datasets

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestList(t *testing.T) {
	root := tree(t, map[string]string{
		"lists/all.txt": "\xef\xbb\xbfb/2.jpg\r\n\r\n./a.jpg\r\n  \t\n# no comment.png\n../up.jpg\nABS/x.jpg\nno extension \n\"q\".gif\nb\xff\x01.jpg\nlast.jpg",
		"lists/b/2.jpg": "two",
		"up.jpg":        "up",
	})
	file := filepath.Join(root, "lists", "all.txt")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), "ABS", root, 1))
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, "list:"+file, Options{})
	var got []string
	for _, it := range s.Items {
		got = append(got, it.ID)
		if it.Labels() != nil || it.Box != nil || it.Object != 0 || it.Splits() != nil {
			t.Errorf("item %+v", it)
		}
	}
	want := []string{
		"b/2.jpg", "a.jpg", "# no comment.png", "../up.jpg", filepath.ToSlash(root) + "/x.jpg",
		"no extension ", "\"q\".gif", `b\xff\x01.jpg`, "last.jpg",
	}
	if !slices.Equal(got, want) {
		t.Errorf("items %q, want %q", got, want)
	}
	if s.Kind != "list" || s.Root != filepath.Join(root, "lists") || len(s.Classes) != 0 {
		t.Errorf("kind %s, root %s, classes %v", s.Kind, s.Root, s.Classes)
	}
	for i, want := range map[int]string{0: "lists/b/2.jpg", 3: "up.jpg", 4: "x.jpg", 7: "lists/b\xff\x01.jpg"} {
		if s.Items[i].At.Path != filepath.Join(root, want) {
			t.Errorf("item %d is at %q", i, s.Items[i].At.Path)
		}
	}
	if few := mustOpen(t, "list:"+file, Options{Limit: 2}); ids(few) != "b/2.jpg a.jpg" {
		t.Errorf("limit 2: %s", ids(few))
	}
}

func TestListStdin(t *testing.T) {
	in := strings.NewReader("a/1.jpg\n/b/2.jpg\n")
	s := mustOpen(t, "list:-", Options{Stdin: in})
	if ids(s) != "a/1.jpg /b/2.jpg" || s.Items[0].At.Path != filepath.Join("a", "1.jpg") || s.Root != "." {
		t.Errorf("root %s, items %+v", s.Root, s.Items)
	}
	_, err := Open(t.Context(), "list:-", Options{Stdin: in})
	wantError(t, err, "list:standard input: lists no image")
}

// A kind that reads no stream takes - for a name.
func TestDashIsAFileElsewhere(t *testing.T) {
	t.Chdir(tree(t, map[string]string{"-/1.jpg": ""}))
	if s := mustOpen(t, "folder:-", Options{Stdin: failing{}}); ids(s) != "1.jpg" {
		t.Errorf("items %s", ids(s))
	}
}

func TestListErrors(t *testing.T) {
	root := tree(t, map[string]string{
		"twice.txt":  "a.jpg\n\nb/../a.jpg\n",
		"empty.txt":  "\n \n",
		"binary.txt": "a.jpg\nb\x00c\n",
		"long.txt":   "a\nb\n" + strings.Repeat("x", 5000),
	})
	for name, words := range map[string][]string{
		"twice.txt":  {"twice.txt:3: a.jpg is listed twice: first in line 1"},
		"empty.txt":  {"lists no image", "expected:", "one path a line"},
		"binary.txt": {"binary.txt:2: want a path, found a zero byte"},
		"long.txt":   {"long.txt:3: a line longer than 4096 bytes"},
		".":          {"want a file, found a folder", "expected:"},
	} {
		_, err := Open(t.Context(), "list:"+filepath.Join(root, name), Options{})
		wantError(t, err, words...)
	}
	_, err := Open(t.Context(), "list:"+filepath.Join(root, "."), Options{})
	var layout *layoutFault
	if !errors.As(err, &layout) {
		t.Errorf("a folder gives %T", err)
	}
}
