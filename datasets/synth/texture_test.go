package synth

import "testing"

func TestTexturesHaveTwoColours(t *testing.T) {
	for tex := range textures {
		w := weave{tex, 1.8, 0.3, 99}
		var low, high int
		for i := range 200 {
			for j := range 200 {
				v := w.at(float64(i)/100-1, float64(j)/100-1)
				switch {
				case v < 0 || v > 1:
					t.Fatalf("texture %d: %v", tex, v)
				case v < 0.1:
					low++
				case v > 0.9:
					high++
				}
			}
		}
		if low < 4000 || (high < 1000) != (tex == plain) {
			t.Errorf("texture %d: of 40,000 places %d show the first colour, %d the second", tex, low, high)
		}
	}
}

func TestHashBitsAreEven(t *testing.T) {
	var ones [32]int
	for a := range uint32(64) {
		for b := range uint32(64) {
			h := hash(a, b, 5)
			for i := range ones {
				ones[i] += int(h >> i & 1)
			}
		}
	}
	for i, n := range ones { // 4,096 draws: a deviation of 32 is usual
		if n < 1850 || n > 2250 {
			t.Errorf("bit %d is set %d times of 4096", i, n)
		}
	}
}
