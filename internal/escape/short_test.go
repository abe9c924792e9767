package escape

import (
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"", 3, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"éàü", 3, "éàü"},
		{"éàüö", 3, "éà…"},
		{"ab", 1, "…"},
		{"\xff\xfe\xfd\xfc", 3, "\xff\xfe…"},
	} {
		if got := cut(c.s, c.n); got != c.want {
			t.Errorf("%q to %d: %q, want %q", c.s, c.n, got, c.want)
		}
	}
	if got := Short(strings.Repeat("é", 101)); got != strings.Repeat("é", 99)+"…" {
		t.Errorf("%q", got)
	}
}
