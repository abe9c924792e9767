package synth

import (
	"math"
	"testing"
)

// Every shape lies in the unit circle and is neither empty nor all of it.
func TestShapesFillTheUnitCircle(t *testing.T) {
	for s := range shapes {
		farthest := 0.0
		for _, ps := range s.contours() {
			for _, p := range ps {
				farthest = max(farthest, math.Hypot(p.x, p.y))
			}
		}
		if farthest < 0.9 || farthest > 1.01 {
			t.Errorf("shape %d reaches to %.3f", s, farthest)
		}
		if a := area(s.contours(), 1); a < 0.8 || a > math.Pi {
			t.Errorf("shape %d has the area %.3f", s, a)
		}
	}
}

func TestArea(t *testing.T) {
	for s, want := range map[shape]float64{
		square:  2,
		hexagon: 1.5 * math.Sqrt(3),
		cross:   4 * (2*0.95*0.32 - 0.32*0.32),
		ring:    24 * math.Sin(2*math.Pi/48) * (1 - 0.55*0.55),
	} {
		if got := area(s.contours(), 10); math.Abs(got-100*want) > 1e-9 {
			t.Errorf("shape %d: area %v, want %v", s, got, 100*want)
		}
	}
}
