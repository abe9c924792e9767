package synth

import (
	"math/rand/v2"
	"testing"
)

func TestHSV(t *testing.T) {
	for _, c := range []struct {
		h, s, v float64
		want    rgb
	}{
		{0, 1, 1, rgb{1, 0, 0}},
		{1.0 / 3, 1, 1, rgb{0, 1, 0}},
		{2.0 / 3, 1, 0.5, rgb{0, 0, 0.5}},
		{-1.0 / 3, 1, 0.5, rgb{0, 0, 0.5}},
		{0.5, 0, 0.25, rgb{0.25, 0.25, 0.25}},
		{1.0 / 6, 0.5, 1, rgb{1, 1, 0.5}},
	} {
		got := hsv(c.h, c.s, c.v)
		for i := range got {
			if d := got[i] - c.want[i]; d > 1e-6 || d < -1e-6 {
				t.Errorf("hsv(%v, %v, %v) = %v, want %v", c.h, c.s, c.v, got, c.want)
			}
		}
	}
}

func TestColoursAreInRange(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for class := range 102 {
		a, b := lookOf(class).colours(r)
		for _, c := range []rgb{a, b, groundColour(r)} {
			for _, v := range c {
				if v < 0 || v > 1 {
					t.Errorf("class %d: colour %v", class, c)
				}
			}
		}
		if a == b {
			t.Errorf("class %d has one colour", class)
		}
	}
}
