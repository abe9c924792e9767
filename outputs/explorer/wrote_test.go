package explorer

import (
	"strings"
	"testing"
)

// TestWrote: a page is known by what all of them begin with, whatever else their heads get; another page is none.
func TestWrote(t *testing.T) {
	begin := func(text string) []byte { return []byte(text[:min(Begin, len(text))]) }
	for _, beside := range []string{"", " 'self'"} {
		page := (&Page{Title: "A < B"}).head("x", beside)
		for _, text := range []string{page, strings.Replace(page, "<meta charset", "<meta name=\"of\" content=\"later\">\n<meta charset", 1)} {
			if !Wrote(begin(text)) {
				t.Errorf("%.300s is no page", text)
			}
		}
		for _, text := range []string{page[:100], page[1:], strings.Replace(page, "blob:", "", 1), strings.Replace(page, "sha256", "sha1", 1)} {
			if Wrote(begin(text)) {
				t.Errorf("%.300s is a page", text)
			}
		}
	}
}
