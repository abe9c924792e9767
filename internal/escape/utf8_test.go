package escape

import (
	"testing"
	"unicode/utf8"
)

func TestUTF8(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "été.jpg": "été.jpg", `a\xff`: `a\xff`, "\ufffd": "\ufffd",
		"caf\xe9.jpg": `caf\xe9.jpg`, "\xc3": `\xc3`, "\xed\xa0\x80x": `\xed\xa0\x80x`, "画\xff像": `画\xff像`,
	} {
		if got := UTF8(in); got != want || !utf8.ValidString(got) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
