package datasets

import "strings"

// labelLists shares equal lists of labels between items. The zero value is ready.
type labelLists struct {
	known map[string][]string
}

// maxLabelLists bounds the lists that are remembered: sets have few, or one an item.
const maxLabelLists = 1 << 16

// shared returns a list equal to names; one that the caller's buffers have no part in.
func (l *labelLists) shared(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	key := strings.Join(names, "\x00") // no byte of an escaped name
	if list, ok := l.known[key]; ok {
		return list
	}
	own := make([]string, len(names))
	for i, n := range names {
		own[i] = strings.Clone(n)
	}
	if l.known == nil {
		l.known = make(map[string][]string)
	}
	if len(l.known) < maxLabelLists {
		l.known[strings.Clone(key)] = own
	}
	return own
}
