package escape

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"unicode"
)

// Visible is a text as people may be shown it, on a terminal or a page: what would command the terminal, turn the
// direction of the text or cannot be seen at all becomes U+FFFD. Lines and tabs stay, and so do the joiners that words
// of some scripts, and emoji, are written with.
func Visible(text string) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	before := rune(0)
	for _, r := range text {
		if hidden(r) && !(joins(r) && before >= 0x80) {
			b.WriteRune('\ufffd')
		} else {
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

// hidden tells whether a character commands, or is not seen.
func hidden(r rune) bool {
	return r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// joins tells whether a character is the zero-width joiner or its opposite.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }

// Error is the text of an error, with the paths that the system's errors in it name as [Name] has them: a path may hold
// a line feed, and its end then looks like a line of the program's own.
func Error(err error) string {
	text := err.Error()
	for _, p := range paths(err) {
		if commands(p) {
			text = strings.ReplaceAll(text, p, Name(p))
		}
	}
	return text
}

// commands tells whether a path holds more than what can be printed. Backslashes, which Windows' paths have, can.
func commands(path string) bool {
	return !Plain(strings.ReplaceAll(path, `\`, ""))
}

// paths are those that the system's errors in a tree of errors name.
func paths(err error) []string {
	switch e := err.(type) {
	case *fs.PathError:
		return []string{e.Path}
	case *os.LinkError:
		return []string{e.Old, e.New}
	case interface{ Unwrap() []error }:
		var all []string
		for _, sub := range e.Unwrap() {
			all = append(all, paths(sub)...)
		}
		return all
	}
	if sub := errors.Unwrap(err); sub != nil {
		return paths(sub)
	}
	return nil
}
