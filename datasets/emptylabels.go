package datasets

import "fmt"

// What items without labels are; see Options.EmptyLabels.
const (
	emptyNone    = "none"
	emptyUnknown = "unknown"
)

// EmptyMeanings lists what Options.EmptyLabels may be.
func EmptyMeanings() []string { return []string{emptyNone, emptyUnknown} }

// EmptyLabelsHelp explains Options.EmptyLabels, for help texts.
const EmptyLabelsHelp = "images without labels are of none of the classes, or it is not known what they are of: none or unknown"

// settleEmpty sets what the items without labels are. As the kind means it, a set without classes leaves nothing to be
// none of; where some are so by an empty cell or list, a note says it.
func (s *Set) settleEmpty(spec, meaning string) error {
	if meaning == emptyNone && len(s.Classes) == 0 {
		return &SpecError{spec, "images without labels are said to be of none of the classes, but the set has no classes"}
	}
	none := 0
	for i := range s.Items {
		it := &s.Items[i]
		switch {
		case it.has() || len(s.Classes) == 0 || meaning == emptyUnknown:
			it.None = false
		case meaning == emptyNone:
			it.None = true
		}
		if it.None {
			none++
		}
	}
	s.noteEmpty(meaning, none, len(s.Items))
	return nil
}

// noteEmpty tells that of so many items some are of none of the classes, where that may be meant otherwise.
func (s *Set) noteEmpty(meaning string, none, items int) {
	if none > 0 && meaning == "" && s.empty != "" {
		s.Notes = append(s.Notes, fmt.Sprintf("%d of %d rows have %s: they are of none of the classes; --empty-labels %s takes them as not known",
			none, items, s.empty, emptyUnknown))
	}
}
