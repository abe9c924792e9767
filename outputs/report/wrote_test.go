package report

import (
	"bytes"
	"strings"
	"testing"
)

// TestWrote: a report is known by its first bytes, with any title; another page and the beginning of one are not.
func TestWrote(t *testing.T) {
	for _, title := range []string{"a", strings.Repeat("<long>", 2000)} {
		var b bytes.Buffer
		if err := Write(&b, Report{Title: title}); err != nil {
			t.Fatal(err)
		}
		if begin := b.Bytes(); !Wrote(begin[:min(Begin, len(begin))]) {
			t.Errorf("a report of %d bytes is not known", len(begin))
		}
	}
	for _, text := range []string{"", doctype, "<!doctype html>\n<html lang=\"en\">\n<head>\n<title>mine</title>", skipLink} {
		if Wrote([]byte(text)) {
			t.Errorf("%q is taken for a report", text)
		}
	}
}
