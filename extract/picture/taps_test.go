package picture

import (
	"math"
	"testing"
)

// TestTaps holds the weights against their definition: the triangle over the whole input, normalised.
func TestTaps(t *testing.T) {
	var tp taps
	for in := 1; in < 40; in++ {
		for out := 1; out < 45; out += 1 + out/9 {
			tp.build(in, out)
			for i := range out {
				checkTaps(t, &tp, in, out, i)
			}
		}
	}
}

func checkTaps(t *testing.T, tp *taps, in, out, i int) {
	t.Helper()
	scale := float64(in) / float64(out)
	s, c := max(scale, 1), (float64(i)+0.5)*scale
	triangle := func(k int) float64 { return max(0, 1-math.Abs(float64(k)+0.5-c)/s) }
	total := 0.0
	for k := range in {
		total += triangle(k)
	}
	ks, sum := tp.weights(i), 0.0
	for k := range in {
		got := 0.0
		if j := k - tp.first[i]; j >= 0 && j < len(ks) {
			got = float64(ks[j]) / (1 << weightBits)
		}
		sum += got
		if want := triangle(k) / total; math.Abs(got-want) > 1.0/(1<<weightBits) {
			t.Fatalf("%d to %d: weight of sample %d for %d is %g, expected %g", in, out, k, i, got, want)
		}
	}
	if math.Abs(sum-1) > float64(len(ks))/(1<<weightBits) {
		t.Fatalf("%d to %d: weights of %d sum to %g", in, out, i, sum)
	}
}
