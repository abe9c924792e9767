package half

import (
	"math"
	"testing"
)

// valueOf is the definition of binary16 (IEEE 754-2019, section 3.4) for finite numbers.
func valueOf(h uint16) float64 {
	exponent, fraction := int(h>>10&31), float64(h&1023)
	value := math.Ldexp(1024+fraction, exponent-25)
	if exponent == 0 {
		value = math.Ldexp(fraction, -24)
	}
	if h&0x8000 != 0 {
		return -value
	}
	return value
}

func TestEvery(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		got := Float32(h)
		switch {
		case h&0x7c00 != 0x7c00:
			if want := float32(valueOf(h)); math.Float32bits(got) != math.Float32bits(want) {
				t.Fatalf("%#04x is %g, expected %g", h, got, want)
			}
		case h&0x3ff != 0:
			// A NaN keeps its payload, in the bits that both have, and becomes a quiet one on the way back.
			if want := uint32(h)&0x8000<<16 | 0x7f800000 | uint32(h)&0x3ff<<13; math.Float32bits(got) != want {
				t.Fatalf("%#04x is %#08x, expected %#08x", h, math.Float32bits(got), want)
			}
			if back := FromFloat32(got); back != h|0x200 {
				t.Fatalf("%#04x came back as %#04x", h, back)
			}
			continue
		default:
			if !math.IsInf(float64(got), 1-2*int(h>>15)) {
				t.Fatalf("%#04x is %g, expected infinity", h, got)
			}
		}
		if back := FromFloat32(got); back != h {
			t.Fatalf("%#04x came back as %#04x", h, back)
		}
	}
}

// Between two neighbours the nearer one is right, and in the middle the even one.
func TestRounding(t *testing.T) {
	for h := uint16(0); h < 0x7bff; h++ {
		low, high := valueOf(h), valueOf(h+1)
		middle := float32((low + high) / 2)
		even := h + h&1
		for _, c := range []struct {
			v    float32
			want uint16
		}{
			{math.Nextafter32(middle, -1), h},
			{middle, even},
			{math.Nextafter32(middle, 1e9), h + 1},
		} {
			if got := FromFloat32(c.v); got != c.want {
				t.Fatalf("%g became %#04x, expected %#04x", c.v, got, c.want)
			}
			if got := FromFloat32(-c.v); got != c.want|0x8000 {
				t.Fatalf("%g became %#04x, expected %#04x", -c.v, got, c.want|0x8000)
			}
		}
	}
	for v, want := range map[float32]uint16{65519.996: 0x7bff, 65520: 0x7c00, 1e10: 0x7c00, 1e-30: 0} {
		if got := FromFloat32(v); got != want {
			t.Errorf("%g became %#04x, expected %#04x", v, got, want)
		}
	}
	if h := FromFloat32(float32(math.NaN())); h&0x7fff <= 0x7c00 {
		t.Errorf("NaN became %#04x", h)
	}
}
