package extract

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"fc7/internal/f32"
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
			cut := c / 2 // two blocks of channels
			poolMean(mean[:cut], m, c, n)
			poolMean(mean[cut:], m[cut:], c, n)
			poolMax(most[:cut], m, c, n)
			poolMax(most[cut:], m[cut:], c, n)
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

// TestSharedOut: pooling is in pieces for many threads, blocks of channels of each picture and rows of maps, and gives
// what one piece does; crops are cut in pieces too.
func TestSharedOut(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 2))
	m := f32.Map{N: 4, H: 3, W: 5, C: 600}
	m.Data = make([]float32, m.N*m.H*m.W*m.C)
	for i := range m.Data {
		m.Data[i] = rng.Float32()
	}
	receive := func(s *summary) {
		if err := s.receive([]f32.Map{m}, []f32.Batch{{H: m.H, W: m.W, Pictures: make([][]byte, m.N)}}); err != nil {
			t.Fatal(err)
		}
	}
	for pool, f := range map[Pooling]func([]float64, []float32, int, int){PoolMean: poolMean, PoolMax: poolMax} {
		s := newSummary("fc7", 0, m.C, pool)
		receive(&s)
		n := s.begin(2)
		if n != 4*5 {
			t.Errorf("%v: %d pieces", pool, n)
		}
		(&fakeNet{}).Run(n, &s)
		for k := range m.N {
			want := dirty(m.C)
			if f(want, m.Image(k), m.C, m.H*m.W); !slices.Equal(s.ones[k*m.C:][:m.C], want) {
				t.Errorf("%v: picture %d has other values", pool, k)
			}
		}
	}
	kept := newSummary("fc7", 0, m.C, PoolMap)
	receive(&kept)
	if n := kept.begin(2); n != 2*3 {
		t.Errorf("map: %d pieces", n)
	}
	net, d, v := prepared(t, Options{Layers: []string{"conv"}, Scales: []int{40}, Views: ViewsCrops, CropSize: 16}, noise(rng, 60, 45))
	net.together, net.pieces = 100, nil
	mustDescribe(t, d, v)
	if !slices.Equal(net.pieces, []int{50, 50, 1}) {
		t.Errorf("crops: pieces %v", net.pieces)
	}
}

// TestPoolMeanPrecision: a float32 sum would lose the small values after the large one.
func TestPoolMeanPrecision(t *testing.T) {
	m := []float32{1 << 25, 1, 1, 1, 1, 1, 1, 1}
	got := dirty(1)
	if poolMean(got, m, 1, len(m)); got[0] != (1<<25+7)/8.0 {
		t.Errorf("got %v", got[0])
	}
}

func TestPoolMaxKeepsNaN(t *testing.T) {
	nan := float32(math.NaN())
	for _, m := range [][]float32{{nan, 1, 2}, {1, nan, 2}, {1, 2, nan}} {
		got := dirty(1)
		if poolMax(got, m, 1, len(m)); !math.IsNaN(got[0]) {
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
