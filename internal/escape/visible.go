package escape

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Visible is a text as people may be shown it, on a terminal or a page: what would command the terminal, turn the
// direction of the text, cannot be seen at all or is no UTF-8 becomes U+FFFD. Lines and tabs stay, and so do the
// joiners and variants that words of some scripts, and emoji, are written with. All that is printed goes through it at
// last; see [Line] for names.
func Visible(text string) string {
	if !strings.ContainsFunc(text, hidden) && utf8.ValidString(text) {
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

// Line is Visible for a name from a foreign file as a part of a line: lines and tabs do not stay either, which would
// look like a line, or a column, of the program's own.
func Line(name string) string {
	return Visible(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return '\ufffd'
		}
		return r
	}, name))
}

// JSON writes what a JSON text has in strings and people may not be shown as \uXXXX, which means the same to every
// reader.
func JSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, hidden) {
		return text
	}
	var b []byte
	for _, r := range string(text) {
		switch {
		case !hidden(r):
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return b
}

// blankPattern is Braille's without a dot, which looks like nothing and is no space by its kind.
const blankPattern = '\u2800'

// hidden tells whether a character commands, or is not seen.
func hidden(r rune) bool {
	return r != '\n' && r != '\t' && unicode.IsControl(r) || r == blankPattern ||
		unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// joins tells whether a character is the zero-width joiner or its opposite, or chooses a variant of the one before.
func joins(r rune) bool {
	return r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Variation_Selector, r)
}

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
