package conveyor

import (
	"slices"
	"testing"
)

// TestLanes: each lane takes its own items of those that any of them needs.
func TestLanes(t *testing.T) {
	for _, pending := range [][][]int{
		{{0, 1, 2}},
		{{0, 1, 2, 6}, {2, 3, 9}},
		{{}, {4, 5}},
		{{7}, {7}, {0, 7}},
		{{}, {}},
	} {
		var lanes []*Lane
		for _, p := range pending {
			lanes = append(lanes, &Lane{Pending: p})
		}
		all := union(lanes)
		if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Errorf("%v: union %v", pending, all)
		}
		for i, l := range lanes {
			var got []int
			for _, item := range all {
				if l.takes(item) {
					got = append(got, item)
				}
			}
			if !slices.Equal(got, pending[i]) {
				t.Errorf("lane %d took %v, want %v", i, got, pending[i])
			}
		}
	}
}
