package few

import "testing"

func TestCount(t *testing.T) {
	for _, c := range []struct {
		n                int
		thing            string
		count, are, noun string
	}{
		{0, "row", "no rows", "no rows are", "rows"},
		{1, "row", "1 row", "1 row is", "row"},
		{2, "row", "2 rows", "2 rows are", "rows"},
		{1, "class", "1 class", "1 class is", "class"},
		{20, "class", "20 classes", "20 classes are", "classes"},
		{3, "box", "3 boxes", "3 boxes are", "boxes"},
	} {
		if count, are, noun := Count(c.n, c.thing), Are(c.n, c.thing), Plural(c.n, c.thing); count != c.count || are != c.are || noun != c.noun {
			t.Errorf("%d of %s: %q, %q, %q", c.n, c.thing, count, are, noun)
		}
	}
}

func TestVerb(t *testing.T) {
	for n, want := range []string{"have", "has", "have"} {
		if got := Verb(n, "has", "have"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
