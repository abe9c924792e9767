package datasets

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree writes files below a new folder and returns it. A name with a slash at its end is a folder; a content "-> x"
// makes a link to x.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		target, link := strings.CutPrefix(content, "-> ")
		switch {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		case link:
			err = os.Symlink(target, path)
		default:
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// realData returns a folder of the shared real data, or skips the test.
func realData(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", name)
	if !isDir(path) {
		t.Skipf("no real data at %s", path)
	}
	return path
}

func mustOpen(t *testing.T, spec string, o Options) *Set {
	t.Helper()
	s, err := Open(t.Context(), spec, o)
	if err != nil {
		t.Fatal(err)
	}
	checkSet(t, s)
	return s
}

// told is a test, or what a hostile file gave.
type told interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkSet tests what holds for every set.
func checkSet(t told, s *Set) {
	t.Helper()
	if len(s.Items) == 0 {
		t.Errorf("a set without items")
	}
	type key struct {
		id     string
		object int
	}
	seen := make(map[key]bool)
	place := func(c string) int { return slices.Index(s.Classes, c) }
	for _, it := range s.Items {
		if k := (key{it.ID, it.Object}); seen[k] {
			t.Errorf("key %v twice", k)
		} else {
			seen[k] = true
		}
		if it.ID == "" || it.At.Path == "" {
			t.Errorf("item %+v lacks a key or a path", it)
		}
		both := slices.Concat(it.Labels(), it.Ignored())
		for i, c := range both {
			if place(c) < 0 || slices.Contains(both[:i], c) {
				t.Errorf("%s: class %q is unknown or listed twice", it.ID, c)
			}
		}
		for _, l := range [][]string{it.Labels(), it.Ignored()} {
			if !slices.IsSortedFunc(l, func(a, b string) int { return place(a) - place(b) }) {
				t.Errorf("%s: classes %v are not in class order", it.ID, l)
			}
		}
	}
}

func ids(s *Set) string {
	var all []string
	for _, it := range s.Items {
		all = append(all, it.ID)
	}
	return strings.Join(all, " ")
}

// skipped renders Set.Skipped, one reason a line.
func skipped(s *Set) string {
	var lines []string
	for _, k := range s.Skipped {
		lines = append(lines, k.Reason+": "+strings.Join(k.Names, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// wantError checks that the error is there and holds all the words.
func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q\nlacks %q", err, w)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// realCase returns a folder of the shared inputs on which fc7 was wrong once, or skips the test.
func realCase(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "cases", name)
	if !isDir(path) {
		t.Skipf("no shared case at %s", path)
	}
	return path
}
