package protocol

import (
	"slices"
	"testing"
)

// Golden values of numpy 1.24:
//
//	r = numpy.random.RandomState(seed); r.randint(0, 2**32, size=3, dtype=numpy.uint32)
//	r = numpy.random.RandomState(seed); r.permutation(10); [r.permutation(31)]; fifty times r.permutation(100); r.permutation(7)
func TestLikeRandomState(t *testing.T) {
	for _, c := range []struct {
		seed        uint32
		words       [3]uint32
		first, last []int
	}{
		{0, [3]uint32{2357136044, 2546248239, 3071714933}, []int{2, 8, 4, 9, 1, 6, 7, 3, 0, 5}, []int{6, 0, 5, 3, 1, 2, 4}},
		{1, [3]uint32{1791095845, 4282876139, 3093770124}, []int{2, 9, 6, 4, 0, 3, 1, 7, 8, 5}, []int{2, 1, 5, 0, 6, 3, 4}},
		{2, [3]uint32{1872583848, 794921487, 111352301}, []int{4, 1, 5, 0, 7, 2, 3, 6, 9, 8}, []int{4, 1, 3, 2, 0, 5, 6}},
		{5489, [3]uint32{3499211612, 581869302, 3890346734}, []int{4, 9, 0, 7, 8, 3, 2, 1, 5, 6}, []int{3, 0, 2, 5, 6, 4, 1}},
		{4294967295, [3]uint32{419326371, 479346978, 3918654476}, []int{6, 9, 5, 1, 8, 0, 7, 4, 2, 3}, []int{4, 6, 2, 0, 1, 3, 5}},
	} {
		m := newMT19937(c.seed)
		if got := [3]uint32{m.uint32(), m.uint32(), m.uint32()}; got != c.words {
			t.Errorf("seed %d: words %v, numpy has %v", c.seed, got, c.words)
		}
		m = newMT19937(c.seed)
		if got := m.permutation(10); !slices.Equal(got, c.first) {
			t.Errorf("seed %d: permutation %v, numpy has %v", c.seed, got, c.first)
		}
		m.permutation(31)
		for range 50 {
			m.permutation(100)
		}
		if got := m.permutation(7); !slices.Equal(got, c.last) {
			t.Errorf("seed %d: later permutation %v, numpy has %v", c.seed, got, c.last)
		}
	}
	if len(newMT19937(1).permutation(0)) != 0 {
		t.Error("a permutation of nothing")
	}
}
