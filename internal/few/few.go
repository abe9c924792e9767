// Package few lists the first few of many names in a message.
package few

import (
	"fmt"
	"strings"
)

// shown is how many names a message can take.
const shown = 5

// Names lists the first few of names and counts the rest: "a, b, c, d, e and 7 more".
func Names(names []string) string { return Of(names, len(names)) }

// Of lists the first few of a number of things, of which names may hold only some.
func Of(names []string, total int) string {
	n := min(len(names), shown)
	s := strings.Join(names[:n], ", ")
	if total <= n {
		return s
	}
	return fmt.Sprintf("%s and %d more", s, total-n)
}
