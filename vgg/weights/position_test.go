package weights

import (
	"slices"
	"testing"
)

func TestPosition(t *testing.T) {
	for _, c := range []struct {
		shape []int
		index int
		want  []int
	}{
		{[]int{2, 3, 4}, 0, []int{0, 0, 0}},
		{[]int{2, 3, 4}, 23, []int{1, 2, 3}},
		{[]int{2, 3, 4}, 14, []int{1, 0, 2}},
		{nil, 0, []int{}},
		{[]int{0, 2}, 1, []int{0, 1}},
	} {
		if got := position(c.shape, c.index); !slices.Equal(got, c.want) {
			t.Errorf("%v of %v is %v, expected %v", c.index, c.shape, got, c.want)
		}
	}
}
