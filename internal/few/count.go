package few

import (
	"fmt"
	"strings"
)

// Count writes a number of things: "no rows", "1 row", "2 rows".
func Count(n int, thing string) string {
	if n == 0 {
		return "no " + Plural(0, thing)
	}
	return fmt.Sprintf("%d %s", n, Plural(n, thing))
}

// Are is Count with the verb behind it.
func Are(n int, thing string) string {
	if n == 1 {
		return Count(n, thing) + " is"
	}
	return Count(n, thing) + " are"
}

// Plural is the noun behind a number of things.
func Plural(n int, thing string) string {
	switch {
	case n == 1:
		return thing
	case strings.HasSuffix(thing, "s"), strings.HasSuffix(thing, "x"):
		return thing + "es"
	}
	return thing + "s"
}
