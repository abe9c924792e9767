// Package escape makes text from outside, the names of files and what foreign files say, fit for messages and tables.
package escape

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name turns a file name or path into valid, printable UTF-8 by which it can be told from every other: a byte that is
// not part of valid UTF-8, or belongs to a control character, becomes \xHH, and a backslash is doubled. Names without
// any of these, which are nearly all, come back as they are.
func Name(name string) string {
	if Plain(name) {
		return name
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case needsHex(r, n):
			for _, c := range []byte(name[i : i+n]) {
				b.Write([]byte{'\\', 'x', hex[c>>4], hex[c&15]})
			}
		default:
			b.WriteString(name[i : i+n])
		}
		i += n
	}
	return b.String()
}

// Plain reports whether Name has nothing to do.
func Plain(name string) bool {
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		if r == '\\' || needsHex(r, n) {
			return false
		}
		i += n
	}
	return true
}

// needsHex reports whether a decoded rune of n bytes is an invalid byte or a control character.
func needsHex(r rune, n int) bool {
	return (r == utf8.RuneError && n == 1) || unicode.IsControl(r)
}
