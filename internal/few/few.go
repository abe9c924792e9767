// Package few lists the first few of many names in a message.
package few

import (
	"fmt"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

// shown is how many names a message can take.
const shown = 5

// Names lists the first few of names and counts the rest: "a, b, c, d, e and 7 more". Names may come from outside.
func Names(names []string) string { return Of(names, len(names)) }

// Of lists the first few of a number of things, of which names may hold only some.
func Of(names []string, total int) string {
	n := min(len(names), shown)
	s := escape.Line(strings.Join(names[:n], ", "))
	if total <= n {
		return s
	}
	return fmt.Sprintf("%s and %d more", s, total-n)
}

// Begin lists the first n of a number of things, of which names may hold only some, and tells that there are more: "a,
// b, …".
func Begin(names []string, total, n int) string {
	s := escape.Line(strings.Join(names[:min(len(names), n)], ", "))
	if total > n {
		s += ", …"
	}
	return s
}

// Quoted lists the first n of names that a foreign file chose, in quotes and cut short, and counts the rest.
func Quoted(names []string, n int) string {
	n = min(n, len(names))
	quoted := make([]string, n)
	for i := range quoted {
		quoted[i] = strconv.Quote(escape.Short(names[i]))
	}
	s := strings.Join(quoted, ", ")
	if n < len(names) {
		s += fmt.Sprintf(" and %d more", len(names)-n)
	}
	return s
}
