package extract

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestPool(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []int{1, 2, 5, 16} {
		for n := 1; n < 12; n++ {
			m := make([]float32, n*c)
			for i := range m {
				m[i] = float32(rng.NormFloat64())
			}
			mean, most := dirty(c), dirty(c)
			poolMean(mean, m)
			poolMax(most, m)
			for i := range c {
				sum, top := 0.0, math.Inf(-1)
				for p := range n {
					sum, top = sum+float64(m[p*c+i]), math.Max(top, float64(m[p*c+i]))
				}
				if mean[i] != sum/float64(n) || most[i] != top {
					t.Fatalf("%d positions, channel %d of %d: %v and %v, expected %v and %v", n, i, c, mean[i], most[i], sum/float64(n), top)
				}
			}
		}
	}
}

// TestPoolMeanPrecision: a float32 sum would lose the small values after the large one.
func TestPoolMeanPrecision(t *testing.T) {
	m := []float32{1 << 25, 1, 1, 1, 1, 1, 1, 1}
	got := dirty(1)
	if poolMean(got, m); got[0] != (1<<25+7)/8.0 {
		t.Errorf("got %v", got[0])
	}
}

func TestPoolMaxKeepsNaN(t *testing.T) {
	nan := float32(math.NaN())
	for _, m := range [][]float32{{nan, 1, 2}, {1, nan, 2}, {1, 2, nan}} {
		got := dirty(1)
		if poolMax(got, m); !math.IsNaN(got[0]) {
			t.Errorf("%v: %v", m, got[0])
		}
	}
}

func dirty(n int) []float64 {
	d := make([]float64, n)
	for i := range d {
		d[i] = math.Inf(1)
	}
	return d
}
