package escape

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// UTF8 gives s with each byte that is not part of valid UTF-8 replaced by \xNN, for a text that need not name one file:
// readers of Parquet reject a whole file for one string that is not UTF-8.
func UTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[i])
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}
