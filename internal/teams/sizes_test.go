package teams

import (
	"slices"
	"testing"
)

// TestSizes: all cores are in a team, and the teams are as alike as can be.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		cores, n int
		want     []int
	}{{2, 1, []int{2}}, {2, 2, []int{1, 1}}, {8, 3, []int{3, 3, 2}}, {7, 7, []int{1, 1, 1, 1, 1, 1, 1}}} {
		if got := Sizes(c.cores, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%d cores, %d teams: %v, want %v", c.cores, c.n, got, c.want)
		}
	}
}
