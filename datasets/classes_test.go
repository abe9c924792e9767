package datasets

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
)

func TestChoiceOfClasses(t *testing.T) {
	root := tree(t, map[string]string{"ant/1.jpg": "", "bee/1.jpg": "", "bee/2.jpg": "", "cat/1.jpg": "", "0.jpg": ""})
	for _, c := range []struct {
		patterns []string
		classes  []string
		items    int
	}{
		{nil, []string{"ant", "bee", "cat"}, 5},
		{[]string{"[ab]*"}, []string{"ant", "bee"}, 3},
		{[]string{"!bee"}, []string{"ant", "cat"}, 2},
		{[]string{"*", "!*t"}, []string{"bee"}, 2},
		{[]string{"cat", "ant"}, []string{"ant", "cat"}, 2},
	} {
		s, err := Open(t.Context(), "folder:"+root, Options{Classes: c.patterns})
		if err != nil {
			t.Fatalf("%q: %v", c.patterns, err)
		}
		if !slices.Equal(s.Classes, c.classes) || len(s.Items) != c.items {
			t.Errorf("%q: classes %q, %d items; want %q and %d", c.patterns, s.Classes, len(s.Items), c.classes, c.items)
		}
	}
}

// An image of several classes keeps those that are chosen.
func TestChoiceOfClassesOfLabels(t *testing.T) {
	root := tree(t, map[string]string{"l.csv": "path,labels\na.jpg,cat;dog\nb.jpg,dog\n", "a.jpg": "", "b.jpg": ""})
	s, err := Open(t.Context(), "csv:"+filepath.Join(root, "l.csv"), Options{Classes: []string{"cat"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Items) != 1 || !slices.Equal(s.Items[0].Labels(), []string{"cat"}) {
		t.Errorf("%+v", s.Items)
	}
}

func TestChoiceOfClassesRefuses(t *testing.T) {
	root := tree(t, map[string]string{"ant/1.jpg": "", "bee/1.jpg": "", "flat/x/1.jpg": ""})
	flat := tree(t, map[string]string{"1.jpg": ""})
	for want, spec := range map[string]struct {
		root     string
		patterns []string
	}{
		`"wasp" names none of 3`: {root, []string{"ant", "wasp"}},
		"syntax error":           {root, []string{"[a"}},
		"leave no class":         {root, []string{"ant", "!ant"}},
		"has no classes":         {flat, []string{"ant"}},
	} {
		_, err := Open(t.Context(), "folder:"+spec.root, Options{Classes: spec.patterns})
		var e *SpecError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v is no *SpecError", want, err)
		}
		wantError(t, err, want)
	}
}
