package datasets

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// keepSplit leaves the items of one split.
func (s *Set) keepSplit(spec, split string) error {
	var kept []Item
	have := make(map[string]bool)
	for _, it := range s.Items {
		for _, name := range it.Splits() {
			have[name] = true
		}
		if slices.Contains(it.Splits(), split) {
			kept = append(kept, it)
		}
	}
	if len(kept) == 0 {
		found := "no splits"
		if len(have) > 0 {
			found = strings.Join(slices.Sorted(maps.Keys(have)), ", ")
		}
		return &SpecError{spec, fmt.Sprintf("has no item of the split %s; it has %s", split, found)}
	}
	s.Items = kept
	return nil
}
