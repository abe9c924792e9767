package synth

import "testing"

func TestLooksDiffer(t *testing.T) {
	type pair struct {
		shape   shape
		texture texture
	}
	seen := make(map[pair]int)
	for class := range 96 {
		l := lookOf(class)
		if before, ok := seen[pair{l.shape, l.texture}]; ok {
			t.Errorf("classes %d and %d have one shape and texture", before, class)
		}
		seen[pair{l.shape, l.texture}] = class
		if l.hue < 0 || l.hue >= 1 {
			t.Errorf("class %d: hue %v", class, l.hue)
		}
	}
}
