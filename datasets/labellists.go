package datasets

import "strings"

// labels are what an item is of.
type labels struct{ positive, ignored []string }

// labelLists shares equal labels between items. The zero value is ready.
type labelLists struct {
	known map[string]*labels
	key   []byte
}

// maxLabelLists bounds the lists that are remembered: sets have few, or one an item.
const maxLabelLists = 1 << 16

// shared returns labels equal to these, in which the caller's buffers have no part; nil for none.
func (l *labelLists) shared(positive, ignored []string) *labels {
	if len(positive)+len(ignored) == 0 {
		return nil
	}
	l.key = l.key[:0] // no byte below of an escaped name
	for _, n := range positive {
		l.key = append(append(l.key, n...), 0)
	}
	l.key = append(l.key, 1)
	for _, n := range ignored {
		l.key = append(append(l.key, n...), 0)
	}
	if own, ok := l.known[string(l.key)]; ok {
		return own
	}
	own := &labels{cloned(positive), cloned(ignored)}
	if l.known == nil {
		l.known = make(map[string]*labels)
	}
	if len(l.known) < maxLabelLists {
		l.known[string(l.key)] = own
	}
	return own
}

// cloned is a copy of names down to their bytes; nil of none.
func cloned(names []string) (own []string) {
	for _, n := range names {
		own = append(own, strings.Clone(n))
	}
	return own
}
