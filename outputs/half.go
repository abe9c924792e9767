package outputs

import (
	"encoding/binary"
	"sync"

	"fc7/internal/half"
)

// halfOverflow is the smallest magnitude that rounds to infinity in IEEE 754 binary16: halfway from 65504 to 65536.
const halfOverflow = 65520

// halfValues maps each of the 65,536 binary16 patterns to its float32: a look-up is several times faster than the
// conversion.
var halfValues = sync.OnceValue(func() *[1 << 16]float32 {
	t := new([1 << 16]float32)
	for i := range t {
		t[i] = half.Float32(uint16(i))
	}
	return t
})

// putHalves writes values into dst (2*len(values) bytes, little endian).
func putHalves(dst []byte, values []float32) {
	for i, v := range values {
		binary.LittleEndian.PutUint16(dst[2*i:], half.FromFloat32(v))
	}
}

// halves reads len(dst) little-endian binary16 values from src.
func halves(dst []float32, src []byte) {
	t := halfValues()
	for i := range dst {
		dst[i] = t[binary.LittleEndian.Uint16(src[2*i:])]
	}
}
