package svm

import (
	"slices"
	"testing"
)

func TestOrderIsAPermutation(t *testing.T) {
	a, b := make([]int32, 1000), make([]int32, 1000)
	turn{1, 0, 0}.order(a, 0)
	turn{1, 0, 0}.order(b, 0)
	if !slices.Equal(a, b) {
		t.Error("one seed gave two orders")
	}
	for _, other := range [][4]int{{2, 0, 0, 0}, {1, 1, 0, 0}, {1, 0, 1, 0}, {1, 0, 0, 1}} {
		turn{uint64(other[0]), other[1], other[2]}.order(b, other[3])
		if slices.Equal(a, b) {
			t.Errorf("seed, round, pass, block %v gave the order of 1, 0, 0", other)
		}
		slices.Sort(b)
		for i, v := range b {
			if int(v) != i {
				t.Fatalf("%v: not a permutation", other)
			}
		}
	}
}

// Each of the six orders of three rows comes about equally often.
func TestOrderIsUniform(t *testing.T) {
	count := map[[3]int32]int{}
	for pass := range 6000 {
		var p [3]int32
		turn{3, 0, pass}.order(p[:], 0)
		count[p]++
	}
	for p, n := range count {
		if n < 850 || n > 1150 { // 1000 and five standard deviations
			t.Errorf("order %v came %d times in 6000", p, n)
		}
	}
	if len(count) != 6 {
		t.Errorf("%d of 6 orders", len(count))
	}
}
