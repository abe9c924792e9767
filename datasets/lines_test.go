package datasets

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
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

func TestCountLines(t *testing.T) {
	for text, want := range map[string]int{"": 0, "a": 1, "a\n": 1, "\n\r\n \t\na\r\nb": 2, "a\r\r b\r": 2, strings.Repeat("x\n", 300_000): 200_000} {
		r := strings.NewReader(text)
		if n, err := countFile(r, 200_000); err != nil || n != want || r.Len() != len(text) {
			t.Errorf("%.20q: %d lines, %v, %d bytes left; want %d", text, n, err, r.Len(), want)
		}
	}
}

func TestSpool(t *testing.T) {
	for _, n := range []int{0, 1, 256 << 10, 256<<10 + 1, 700_000} {
		want := strings.Repeat("x", n)
		text, err := spool(iotest.HalfReader(strings.NewReader(want)), 700_000)
		if got, _ := io.ReadAll(spooled(text)); err != nil || string(got) != want {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
	}
	text, err := spool(&endless{text: "x"}, 1000)
	if got, _ := io.ReadAll(spooled(text)); err != nil || len(got) != 1001 {
		t.Errorf("endless: got %d bytes, %v", len(got), err)
	}
	if _, err := spool(failing{}, 10); err == nil {
		t.Error("a failing reader gives no error")
	}
}
