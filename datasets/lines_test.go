package datasets

import (
	"strings"
	"testing"
)

func TestReadLinesLimits(t *testing.T) {
	lim := lineLimits{bytes: 20, line: 8, lines: 3, what: "a test"}
	read := func(text string) (string, error) {
		var lines []string
		err := readLines("f", strings.NewReader(text), lim, func(_ int, b []byte) error {
			lines = append(lines, string(b))
			return nil
		})
		return strings.Join(lines, "|"), err
	}
	for text, want := range map[string]string{
		"":                            "",
		"a\r\n\nb":                    "a||b",
		"\xef\xbb\xbfa\n\xef\xbb\xbf": "a|\xef\xbb\xbf",
		"12345678\r\n":                "12345678",
		"1234567\n":                   "1234567",
		"1234567\n1234567\n123\n":     "1234567|1234567|123",
	} {
		if got, err := read(text); err != nil || got != want {
			t.Errorf("%q: lines %q, %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"a\n123456789\n":            "f:2: a line longer than 8 bytes: is this a test?",
		"a\nb\nc\nd\n":              "f:4: more than 3 lines",
		"1234567\n1234567\n12345\n": "f: larger than 20 bytes: is this a test?",
	} {
		_, err := read(text)
		wantError(t, err, want)
	}
}
