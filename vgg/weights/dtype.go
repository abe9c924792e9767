package weights

import (
	"fmt"

	"fc7/internal/usage"
)

// Dtype is the type of a tensor's elements as its file stores them.
type Dtype uint8

// The element types. The zero value is F32, the type nets are computed in.
const (
	F32 Dtype = iota
	F16
	BF16
	F64
	I64
	I32
	I16
	I8
	U64
	U32
	U16
	U8
	Bool
	dtypeCount
)

var dtypes = [dtypeCount]struct {
	name        string // NumPy's and PyTorch's name
	safetensors string
	size        int
}{
	F32:  {"float32", "F32", 4},
	F16:  {"float16", "F16", 2},
	BF16: {"bfloat16", "BF16", 2},
	F64:  {"float64", "F64", 8},
	I64:  {"int64", "I64", 8},
	I32:  {"int32", "I32", 4},
	I16:  {"int16", "I16", 2},
	I8:   {"int8", "I8", 1},
	U64:  {"uint64", "U64", 8},
	U32:  {"uint32", "U32", 4},
	U16:  {"uint16", "U16", 2},
	U8:   {"uint8", "U8", 1},
	Bool: {"bool", "BOOL", 1},
}

// String returns the type's name as NumPy and PyTorch spell it: float32, float16, bfloat16, int64.
func (d Dtype) String() string {
	if d >= dtypeCount {
		return fmt.Sprintf("Dtype(%d)", uint8(d))
	}
	return dtypes[d].name
}

// size returns the bytes of one element, 0 for a value that is no Dtype.
func (d Dtype) size() int {
	if d >= dtypeCount {
		return 0
	}
	return dtypes[d].size
}

// Float tells whether d is a floating-point type.
func (d Dtype) Float() bool { return d <= F64 }

// parseDtype is the inverse of String, for command lines.
func parseDtype(name string) (Dtype, error) {
	names := make([]string, 0, dtypeCount)
	for d, e := range dtypes {
		if e.name == name {
			return Dtype(d), nil
		}
		names = append(names, e.name)
	}
	return 0, usage.Unknown("element type", name, names...)
}

// safetensorsDtype finds the type that a safetensors header calls code.
func safetensorsDtype(code string) (Dtype, bool) {
	for d, e := range dtypes {
		if e.safetensors == code {
			return Dtype(d), true
		}
	}
	return 0, false
}
