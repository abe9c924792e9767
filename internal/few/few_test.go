package few

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		names string
		total int
		want  string
	}{
		{"a", 1, "a"},
		{"a b c d e", 5, "a, b, c, d, e"},
		{"a b c d e f", 6, "a, b, c, d, e and 1 more"},
		{"a b c", 30, "a, b, c and 27 more"},
		{"a b c d e f g", 30, "a, b, c, d, e and 25 more"},
	} {
		names := strings.Fields(c.names)
		if got := Of(names, c.total); got != c.want {
			t.Errorf("%s of %d: %q, want %q", c.names, c.total, got, c.want)
		}
		if got := Names(names); len(names) == c.total && got != c.want {
			t.Errorf("%s: %q, want %q", c.names, got, c.want)
		}
	}
}
