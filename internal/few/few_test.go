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

func TestBegin(t *testing.T) {
	for _, c := range []struct {
		names    string
		total, n int
		want     string
	}{{"a", 1, 3, "a"}, {"a b c", 3, 3, "a, b, c"}, {"a b c d", 4, 3, "a, b, c, …"}, {"a b", 30, 3, "a, b, …"}, {"", 0, 3, ""}} {
		if got := Begin(strings.Fields(c.names), c.total, c.n); got != c.want {
			t.Errorf("the first %d of %s of %d: %q, want %q", c.n, c.names, c.total, got, c.want)
		}
	}
}

func TestQuoted(t *testing.T) {
	names := []string{"a", "b\n", strings.Repeat("x", 5000)}
	if got, want := Quoted(names, 2), `"a", "b\n" and 1 more`; got != want {
		t.Errorf("got %s, expected %s", got, want)
	}
	if got := Quoted(names, 3); len(got) > 300 || strings.Contains(got, "more") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	if got := Quoted(nil, 3); got != "" {
		t.Errorf("of none %q", got)
	}
}
