package main

import (
	"math"
	"testing"
)

// TestByUnits: 16 pairs of loads and 8 stores on V1, whose units are L01 twice and L2: 40 cycles of three units, though
// loads alone would take 32 of these and stores 8 of two.
func TestByUnits(t *testing.T) {
	const l01, l2, v01, v = 0b0011, 0b0100, 0b0011000, 0b1111000
	for name, c := range map[string]struct {
		uses   []use
		family uint64
		want   float64
	}{
		"loads":                            {[]use{{l01 | l2, 32}}, l01 | l2, 32. / 3},
		"loads and stores":                 {[]use{{l01 | l2, 32}, {l01, 8}}, l01 | l2, 40. / 3},
		"mostly stores":                    {[]use{{l01 | l2, 3}, {l01, 8}}, l01 | l2, 4},
		"sums and stores":                  {[]use{{v, 100}, {v01, 20}}, v, 30},
		"two sets that together are three": {[]use{{0b011, 4}, {0b110, 5}}, 0b111, 3},
	} {
		if got := byUnits(c.uses, c.family); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %g cycles, expected %g", name, got, c.want)
		}
	}
}

// TestUsesOf: two cycles of any of three units, one of either of the first two, and one of a unit of another family.
func TestUsesOf(t *testing.T) {
	got := map[uint64]float64{}
	for _, u := range usesOf(map[int]float64{0: 2./3 + 0.5, 1: 2./3 + 0.5, 2: 2. / 3, 3: 1}, 0b0111) {
		got[u.units] += u.cycles
	}
	if len(got) != 2 || math.Abs(got[0b111]-2) > 1e-9 || math.Abs(got[0b011]-1) > 1e-9 {
		t.Errorf("%v, expected 2 cycles of 111 and 1 of 11", got)
	}
}
