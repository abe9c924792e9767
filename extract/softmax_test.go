package extract

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestExp(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200000 {
		x := -rng.Float64() * math.Exp2(float64(rng.IntN(20)-10))
		got, want := exp(x), math.Exp(x)
		if math.Abs(got-want) > 4e-16*want+5e-324 {
			t.Fatalf("exp(%g) is %g, expected %g", x, got, want)
		}
	}
	for x, want := range map[float64]float64{0: 1, -1000: 0, math.Inf(-1): 0, -math.Ln2: 0.5} {
		if got := exp(x); math.Abs(got-want) > 1e-16 {
			t.Errorf("exp(%g) is %g, expected %g", x, got, want)
		}
	}
}

// TestExpBits holds bits that must come out on every machine.
func TestExpBits(t *testing.T) {
	for x, want := range expBits {
		if got := math.Float64bits(exp(x)); got != want {
			t.Errorf("exp(%g) has bits %#x, expected %#x", x, got, want)
		}
	}
}

func TestSoftmax(t *testing.T) {
	x := []float64{1000, 1000 + math.Log(3), -1e308}
	Softmax(x)
	for i, want := range []float64{0.25, 0.75, 0} {
		if math.Abs(x[i]-want) > 1e-12 {
			t.Errorf("%v, expected 0.25, 0.75, 0", x)
		}
	}
	for _, bad := range [][]float64{{1, math.NaN()}, {math.NaN(), 1}, {math.Inf(1), 0}} {
		Softmax(bad)
		if !math.IsNaN(bad[0]) && !math.IsNaN(bad[1]) {
			t.Errorf("what is not finite left no trace: %v", bad)
		}
	}
}

// expBits are those of amd64 and arm64 alike.
var expBits = map[float64]uint64{
	-0.1:     0x3fecf46d99d52b3a,
	-0.5:     0x3fe368b2fc6f960a,
	-1:       0x3fd78b56362cef38,
	-2.718:   0x3fb0e5cf95f66509,
	-10.25:   0x3f02899a7a835446,
	-33.3:    0x3cef165bb9b59d94,
	-123.456: 0x34cda9fb9e4ee720,
	-700:     0xd14f2b0fb9307f,
	-744:     0x2,
}
