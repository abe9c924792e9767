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
	return Count(n, thing) + " " + Verb(n, "is", "are")
}

// Verb is the one of two that goes with a number of things: that of one, or that of more or none.
func Verb(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// Plural is the noun behind a number of things.
func Plural(n int, thing string) string {
	more := thing + "s"
	if strings.HasSuffix(thing, "s") || strings.HasSuffix(thing, "x") {
		more = thing + "es"
	}
	return Verb(n, thing, more)
}
