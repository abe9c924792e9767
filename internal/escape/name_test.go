package escape

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"":              "",
		"a/b c.jpg":     "a/b c.jpg",
		"Grün%20.jpg":   "Grün%20.jpg",
		"\xff.jpg":      `\xff.jpg`,
		`\xff.jpg`:      `\\xff.jpg`,
		"line\nend":     `line\x0aend`,
		"\ufffd":        "\ufffd",
		"\u0085":        `\xc2\x85`,
		"caf\xe9\\x/é":  `caf\xe9\\x/é`,
		"\xe2\x82":      `\xe2\x82`,
		"\xed\xa0\x80x": `\xed\xa0\x80x`,
	} {
		if got := Name(name); got != want {
			t.Errorf("Name(%q) = %q, want %q", name, got, want)
		}
	}
}

// unescape undoes Name; that it can shows that no two names share an ID.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			b.WriteByte(s[i])
		case s[i+1] == '\\':
			b.WriteByte('\\')
			i++
		default:
			const hex = "0123456789abcdef"
			b.WriteByte(byte(strings.IndexByte(hex, s[i+2])<<4 | strings.IndexByte(hex, s[i+3])))
			i += 3
		}
	}
	return b.String()
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"a.jpg", "\xff", `\xff`, "\n\\", "\xe2\x82"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		e := Name(name)
		if !utf8.ValidString(e) {
			t.Errorf("Name(%q) = %q is not UTF-8", name, e)
		}
		if back := unescape(e); back != name {
			t.Errorf("%q becomes %q, which stands for %q", name, e, back)
		}
	})
}
