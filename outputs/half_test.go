package outputs

import (
	"encoding/binary"
	"math"
	"testing"

	"fc7/internal/half"
)

func TestHalvesOfEveryPattern(t *testing.T) {
	src := make([]byte, 2<<16)
	for i := range 1 << 16 {
		binary.LittleEndian.PutUint16(src[2*i:], uint16(i))
	}
	values := make([]float32, 1<<16)
	half.WidenBytes(values, src)
	back := make([]byte, len(src))
	putHalves(back, values)
	for i, v := range values {
		sign, exp, frac := i>>15, i>>10&31, i&1023
		want := math.Ldexp(float64(frac), -24)
		switch {
		case exp == 31 && frac != 0:
			if !math.IsNaN(float64(v)) {
				t.Fatalf("%04x: %g, want NaN", i, v)
			}
			continue
		case exp == 31:
			want = math.Inf(1)
		case exp > 0:
			want = math.Ldexp(float64(frac+1024), exp-25)
		}
		if sign == 1 {
			want = -want
		}
		if float64(v) != want || math.Signbit(float64(v)) != (sign == 1) {
			t.Fatalf("%04x: %g, want %g", i, v, want)
		}
		if got := binary.LittleEndian.Uint16(back[2*i:]); got != uint16(i) {
			t.Fatalf("%04x: written back as %04x", i, got)
		}
	}
}

func TestPutHalvesRoundsToNearestEven(t *testing.T) {
	for _, c := range []struct {
		value float32
		want  uint16
	}{
		{1 + 1.0/2048, 0x3c00},        // half-way: to even, down
		{1 + 3.0/2048, 0x3c02},        // half-way: to even, up
		{1 + 1.0/2048 + 1e-6, 0x3c01}, // above half-way
		{65519.996, 0x7bff},           // the largest that stays finite
		{0x1p-24, 1}, {0x1p-25, 0},    // subnormal; half of it, to even
		{0x1p-25 + 0x1p-40, 1}, {0, 0}, // just above
		{float32(math.Copysign(0, -1)), 0x8000},
	} {
		var b [2]byte
		putHalves(b[:], []float32{c.value})
		if got := binary.LittleEndian.Uint16(b[:]); got != c.want {
			t.Errorf("%g: %04x, want %04x", c.value, got, c.want)
		}
	}
}
