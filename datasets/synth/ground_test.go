package synth

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestGroundAndClutterFillTheCanvas(t *testing.T) {
	var c canvas
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 0))
		c.reset(60, 45)
		for i := range c.pix {
			c.pix[i] = float32(math.NaN())
		}
		c.ground(r)
		before := append([]float32(nil), c.pix...)
		c.clutter(r, 20)
		changed := 0
		for i, v := range c.pix {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("seed %d: value %v", seed, v)
			}
			if v != before[i] {
				changed++
			}
		}
		if changed < len(c.pix)/20 || changed == len(c.pix) {
			t.Errorf("seed %d: the clutter changed %d of %d values", seed, changed, len(c.pix))
		}
	}
}

func TestLatticeRow(t *testing.T) {
	l := lattice{1, 1, []rgb{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {1, 1, 1}}}
	row := make([]rgb, 2)
	across := places(2, 1) // at 0 and one half
	l.row(row, 0, across)
	if row[0] != (rgb{0, 0, 0}) || row[1] != (rgb{0.5, 0, 0}) {
		t.Errorf("first row %v", row)
	}
	l.row(row, 1, across)
	if row[0] != (rgb{0, 1, 0}) || row[1] != (rgb{0.5, 1, 0.5}) {
		t.Errorf("last row %v", row)
	}
}
