package weights

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"fc7/internal/half"
)

// chunkElements is how many elements are converted at a time: 64 Ki keep the buffers (256 and 512 KiB) inside a core's
// second-level cache while the cost of a system call stays far below that of the copy.
const chunkElements = 1 << 16

// nativeLittle tells whether this machine stores numbers as the files do, so that float32 needs no conversion.
var nativeLittle = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// float32Bytes returns the memory of v as bytes; it shares v's storage.
func float32Bytes(v []float32) []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 4*len(v))
}

// decode converts little-endian elements of type d to float32, rounding to nearest even where float32 is narrower.
// len(src) is len(dst)*d.Size().
func decode(dst []float32, src []byte, d Dtype) {
	le := binary.LittleEndian
	switch d {
	case F32:
		if nativeLittle {
			copy(float32Bytes(dst), src)
			return
		}
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		}
	case F16:
		for i := range dst {
			dst[i] = half.Float32(le.Uint16(src[2*i:]))
		}
	case BF16:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(le.Uint16(src[2*i:])) << 16)
		}
	case F64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(src[8*i:])))
		}
	default:
		decodeInt(dst, src, d)
	}
}

func decodeInt(dst []float32, src []byte, d Dtype) {
	le := binary.LittleEndian
	for i := range dst {
		switch d {
		case I64:
			dst[i] = float32(int64(le.Uint64(src[8*i:])))
		case U64:
			dst[i] = float32(le.Uint64(src[8*i:]))
		case I32:
			dst[i] = float32(int32(le.Uint32(src[4*i:])))
		case U32:
			dst[i] = float32(le.Uint32(src[4*i:]))
		case I16:
			dst[i] = float32(int16(le.Uint16(src[2*i:])))
		case U16:
			dst[i] = float32(le.Uint16(src[2*i:]))
		case I8:
			dst[i] = float32(int8(src[i]))
		case U8:
			dst[i] = float32(src[i])
		case Bool:
			dst[i] = 0
			if src[i] != 0 {
				dst[i] = 1
			}
		}
	}
}

// encode converts src to little-endian elements of the floating-point type d, rounding to nearest even. A finite value
// that d cannot hold is an error with its index: written as infinity it would spoil the net in silence.
func encode(dst []byte, src []float32, d Dtype) (bad int, err error) {
	if d == F32 && nativeLittle {
		copy(dst, float32Bytes(src))
		return 0, nil
	}
	le := binary.LittleEndian
	for i, v := range src {
		switch d {
		case F32:
			le.PutUint32(dst[4*i:], math.Float32bits(v))
		case F64:
			le.PutUint64(dst[8*i:], math.Float64bits(float64(v)))
		case F16:
			h := half.FromFloat32(v)
			if h&0x7fff == 0x7c00 && !math.IsInf(float64(v), 0) {
				return i, fmt.Errorf("%g does not fit into float16 (largest 65504)", v)
			}
			le.PutUint16(dst[2*i:], h)
		case BF16:
			b := floatToBrain(v)
			if b&0x7fff == 0x7f80 && !math.IsInf(float64(v), 0) {
				return i, fmt.Errorf("%g does not fit into bfloat16 (largest 3.39e38)", v)
			}
			le.PutUint16(dst[2*i:], b)
		}
	}
	return 0, nil
}

// floatToBrain rounds to the nearest bfloat16, ties to even.
func floatToBrain(v float32) uint16 {
	bits := math.Float32bits(v)
	if bits&0x7fffffff > 0x7f800000 {
		return uint16(bits>>16) | 0x40
	}
	return uint16((bits + 0x7fff + (bits >> 16 & 1)) >> 16)
}
