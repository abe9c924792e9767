package outputs

import (
	"encoding/binary"

	"fc7/internal/half"
)

// halfOverflow is the smallest magnitude that rounds to infinity in IEEE 754 binary16: halfway from 65504 to 65536.
const halfOverflow = 65520

// putHalves writes values into dst (2*len(values) bytes, little endian).
func putHalves(dst []byte, values []float32) {
	for i, v := range values {
		binary.LittleEndian.PutUint16(dst[2*i:], half.FromFloat32(v))
	}
}
