package tsne

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"fc7/internal/f32"
)

// TestBits: maps have the bytes that they were recorded with, above and below the number of rows that the tree is for,
// on every processor; from the principal components on, on all of one arithmetic.
func TestBits(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than TestThreads has")
	}
	for _, c := range []struct {
		rows         int
		given, whole string
	}{
		{200, "7daf52a4bbf71318", "b9ba8fa2cf4f977c"},
		{1500, "5fa9e01c8f28797d", "73ea08fe0f1bd490"},
	} {
		x := clusters(c.rows, 12, 5)
		near := nearOf(t, x, 45)
		from := make([]float64, 2*c.rows)
		for i := range from {
			from[i] = startSize * drawn(uint64(i))
		}
		o := short(80)
		o.Perplexity = 15
		y, err := embed(context.Background(), near, from, o)
		if err != nil {
			t.Fatal(err)
		}
		placed, err := place(context.Background(), y, near, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := bits(append(y, placed...)); got != c.given {
			t.Errorf("%d rows from a start: %s, expected %s", c.rows, got, c.given)
		}
		m, err := Make(context.Background(), x, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := bits(m.Y); got != c.whole && f32.Arithmetic() == "fma-1" {
			t.Errorf("%d rows: %s, expected %s", c.rows, got, c.whole)
		}
	}
}

func bits(y []float64) string {
	h := sha256.New()
	for _, v := range y {
		h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
	}
	return fmt.Sprintf("%.8x", h.Sum(nil))
}
