package weights

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func TestStatistics(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	values := make([]float32, 2*chunkElements+77)
	var sum float64
	for i := range values {
		values[i] = float32(1000 + random.NormFloat64()) // a mean far from 0 is what naive sums of squares spoil
		sum += float64(values[i])
	}
	low, high := values[0], values[0]
	mean, dev := sum/float64(len(values)), 0.0
	for _, v := range values {
		dev += (float64(v) - mean) * (float64(v) - mean)
		low, high = min(low, v), max(high, v)
	}
	std := math.Sqrt(dev / float64(len(values)))
	got, err := denseTensor(values, len(values)).Statistics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Count != len(values) || got.NonFinite != 0 || got.Min != low || got.Max != high {
		t.Errorf("got %+v, expected %d elements in [%g, %g]", got, len(values), low, high)
	}
	if math.Abs(got.Mean-mean) > 1e-9 || math.Abs(got.Std-std) > 1e-9 {
		t.Errorf("mean %.12g, deviation %.12g; expected %.12g, %.12g", got.Mean, got.Std, mean, std)
	}
}

func TestStatisticsOfOddTensors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, c := range map[string]struct {
		values []float32
		want   Statistics
	}{
		"empty":     {nil, Statistics{}},
		"one":       {[]float32{-3}, Statistics{Count: 1, Min: -3, Max: -3, Mean: -3}},
		"none good": {[]float32{nan, inf, -inf}, Statistics{Count: 3, NonFinite: 3}},
		"some good": {[]float32{nan, 1, inf, 3}, Statistics{Count: 4, NonFinite: 2, Min: 1, Max: 3, Mean: 2, Std: 1}},
	} {
		got, err := denseTensor(c.values, len(c.values)).Statistics(t.Context())
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; expected %+v", name, got, err, c.want)
		}
	}
}

// TestStatisticsEnd between pieces when the context does.
func TestStatisticsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := denseTensor([]float32{1}, 1).Statistics(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A first chunk without a finite element must not drag 0 into the least and the greatest.
func TestStatisticsAfterABadChunk(t *testing.T) {
	values := make([]float32, chunkElements+1)
	for i := range values {
		values[i] = float32(math.NaN())
	}
	values[chunkElements] = 5
	got, err := denseTensor(values, len(values)).Statistics(t.Context())
	want := Statistics{Count: len(values), NonFinite: chunkElements, Min: 5, Max: 5, Mean: 5}
	if err != nil || got != want {
		t.Errorf("%+v, %v; expected %+v", got, err, want)
	}
}

// The order does not matter, so a transposed matrix is read as it is stored.
func TestStatisticsOfATransposedMatrix(t *testing.T) {
	const rows, columns = 700, 300
	m := &meter{r: newMemory(littleFloats(counting(rows * columns)...))}
	got, err := (&Tensor{Shape: []int{columns, rows}, strides: []int{1, columns}, data: m}).Statistics(t.Context())
	if err != nil || got.Count != rows*columns || got.Max != rows*columns-1 || got.Mean != (rows*columns-1)/2.0 {
		t.Errorf("%+v, %v", got, err)
	}
	if m.bytes != 4*rows*columns || m.reads > 10 {
		t.Errorf("%d bytes in %d reads", m.bytes, m.reads)
	}
}
