package npytest

import (
	"math"
	"testing"
)

func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 1: math.Ldexp(1, -24), 0x0400: math.Ldexp(1, -14), 0x3555: 0.333251953125, 0xfc00: math.Inf(-1),
	} {
		if got := float64(half(bits)); got != want {
			t.Errorf("%#x: %v, want %v", bits, got, want)
		}
	}
	if v := half(0x7e00); v == v {
		t.Error("NaN became", v)
	}
}

func TestCaltech101(t *testing.T) {
	x, classes, files := Caltech101(t)
	if len(x) != 9144*512 || len(classes) != 9144 || len(files) != 9144 || classes[0] == "" || files[0] == "" {
		t.Errorf("%d values, %d classes, %d files", len(x), len(classes), len(files))
	}
}
