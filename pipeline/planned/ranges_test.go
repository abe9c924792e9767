package planned

import "testing"

// TestRanges: numbers as the arrays of schedulers take them.
func TestRanges(t *testing.T) {
	for want, n := range map[string][]int{"": nil, "3": {3}, "0-2,5,7-8": {0, 1, 2, 5, 7, 8}} {
		if got := Ranges(n); got != want {
			t.Errorf("%v: %s, want %s", n, got, want)
		}
	}
}
