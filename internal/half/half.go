// Package half converts between float32 and half precision, IEEE 754 binary16.
package half

import (
	"encoding/binary"
	"math"
	"sync"
)

// Float32 widens a binary16 exactly.
func Float32(h uint16) float32 {
	// 2^112 moves the exponent's bias from 15 to 127; subnormals come out right because the product is exact.
	const rebias = 0x1p112
	sign := uint32(h&0x8000) << 16
	if h&0x7c00 == 0x7c00 {
		return math.Float32frombits(sign | 0x7f800000 | uint32(h&0x3ff)<<13)
	}
	magnitude := math.Float32frombits(uint32(h&0x7fff)<<13) * rebias
	return math.Float32frombits(sign | math.Float32bits(magnitude))
}

// FromFloat32 rounds to the nearest binary16, ties to even; what is too large becomes infinity.
func FromFloat32(v float32) uint16 {
	bits := math.Float32bits(v)
	sign := uint16(bits >> 16 & 0x8000)
	bits &= 0x7fffffff
	switch {
	case bits > 0x7f800000: // NaN: keep it one when its payload lies below the kept bits
		return sign | 0x7e00 | uint16(bits>>13&0x3ff)
	case bits >= 0x47800000: // 65536 and above
		return sign | 0x7c00
	case bits < 0x38800000: // below 2^-14: adding 1/2 lets the hardware round to multiples of 2^-24
		return sign | uint16(math.Float32bits(math.Float32frombits(bits)+0.5)-0x3f000000)
	default: // the carry of the rounding runs into the exponent, which is right
		return sign | uint16((bits+0xfff+(bits>>13&1)-(112<<23))>>13)
	}
}

// values maps each of the 65,536 patterns to its float32: a look-up is several times faster than the conversion.
var values = sync.OnceValue(func() *[1 << 16]float32 {
	t := new([1 << 16]float32)
	for i := range t {
		t[i] = Float32(uint16(i))
	}
	return t
})

// Widen writes the values of src to dst, which is as long.
func Widen(dst []float32, src []uint16) {
	t := values()
	for i, h := range src {
		dst[i] = t[h]
	}
}

// WidenBytes is Widen of little-endian binary16, two bytes a value of dst.
func WidenBytes(dst []float32, src []byte) {
	t := values()
	for i := range dst {
		dst[i] = t[binary.LittleEndian.Uint16(src[2*i:])]
	}
}
