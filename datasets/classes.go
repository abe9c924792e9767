package datasets

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// ClassesHelp explains Options.Classes, for help texts.
const ClassesHelp = "only the classes that a pattern names ([a-f]*, cat), or with a leading ! all but those"

// keepClasses leaves the classes that the patterns choose, and the items that have one of them or none of the set's.
func (s *Set) keepClasses(spec string, patterns []string) error {
	if len(s.Classes) == 0 {
		return &SpecError{spec, "a choice of classes is asked for, but the set has no classes"}
	}
	kept := map[string]bool{}
	var classes []string
	for i, c := range s.Classes {
		ok, err := chosenClass(c, patterns)
		if err != nil {
			return &SpecError{spec, err.Error()}
		}
		if ok {
			kept[c] = true
			classes = append(classes, s.Classes[i])
		}
	}
	for _, p := range patterns {
		if !namesOne(p, s.Classes) {
			return &SpecError{spec, fmt.Sprintf("the pattern of classes %q names none of %d, such as %s", p, len(s.Classes), s.Classes[0])}
		}
	}
	if len(classes) == 0 {
		return &SpecError{spec, fmt.Sprintf("the patterns %s leave no class", strings.Join(patterns, " "))}
	}
	s.Classes, s.Unscored = classes, only(s.Unscored, kept)
	var items []Item
	var lists labelLists
	for _, it := range s.Items {
		if of := only(it.Labels(), kept); len(of) > 0 || it.None {
			it.labels = lists.shared(of, only(it.Ignored(), kept))
			items = append(items, it)
		}
	}
	if !slices.ContainsFunc(items, func(it Item) bool { return len(it.Labels()) > 0 }) {
		return &SpecError{spec, fmt.Sprintf("no image has a class that the patterns %s leave", strings.Join(patterns, " "))}
	}
	s.Items = items
	return nil
}

// chosenClass tells whether a pattern without ! names the class, or none is given, and none with ! does.
func chosenClass(class string, patterns []string) (bool, error) {
	named, asked := false, false
	for _, p := range patterns {
		p, not := strings.CutPrefix(p, "!")
		ok, err := path.Match(p, class)
		if err != nil {
			return false, fmt.Errorf("the pattern of classes %q: %w", p, err)
		}
		if not && ok {
			return false, nil
		}
		asked = asked || !not
		named = named || !not && ok
	}
	return named || !asked, nil
}

func namesOne(pattern string, classes []string) bool {
	for _, c := range classes {
		if ok, _ := path.Match(strings.TrimPrefix(pattern, "!"), c); ok {
			return true
		}
	}
	return false
}

// only returns the names that are kept, in order; a slice of its own.
func only(names []string, kept map[string]bool) []string {
	var out []string
	for _, n := range names {
		if kept[n] {
			out = append(out, n)
		}
	}
	return out
}
