package matfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf16"
)

// Value is an array of MATLAB: everything is one, a number has the size 1x1.
type Value interface {
	// Class is MATLAB's: struct, cell, char, single, double, logical, int8 and so on; or another, which is not read.
	Class() string
	// Dims are the sizes in MATLAB's order, at least two; the first varies fastest.
	Dims() []int
	// Field returns a field of element i of a struct (counted from 0, column-major); nil when there is none of that
	// name.
	Field(i int, name string) (Value, error)
	// Cell returns element i of a cell array.
	Cell(i int) (Value, error)
	// Array returns the elements of a numeric, logical or char array.
	Array() (*Array, error)
}

// Variable is a named array at the top of a file.
type Variable struct {
	Name  string
	Value Value
}

// Array is where the elements of a numeric array are, densely in column-major order. The type they are stored in may be
// smaller than that of the array's class.
type Array struct {
	Code  string // NumPy's code of the stored type: <f4, >f8, |u1
	Data  io.ReaderAt
	Start int64
	Bytes int64
}

// Len returns the number of elements.
func Len(v Value) int {
	n := 1
	for _, d := range v.Dims() {
		n *= d
	}
	return n
}

// maxDims bounds the sizes of an array.
const maxDims = 32

// checkDims fails on sizes that cannot be counted.
func checkDims(dims []int) error {
	if len(dims) > maxDims {
		return fmt.Errorf("expected at most %d sizes, found %d", maxDims, len(dims))
	}
	n := 1
	for _, d := range dims {
		if d < 0 || d > 0 && n > math.MaxInt/8/d {
			return fmt.Errorf("expected sizes that this machine can count, found %v", dims)
		}
		n *= max(d, 1)
	}
	return nil
}

// maxText bounds what is read as text or as a list of numbers.
const maxText = 1 << 20

// Text returns a char array as text; what is none gives "".
func Text(v Value) (string, error) {
	if v == nil || v.Class() != "char" || Len(v) == 0 {
		return "", nil
	}
	a, raw, err := readSmall(v)
	if err != nil {
		return "", fmt.Errorf("text: %w", err)
	}
	if a.Code == "|u1" || a.Code == "|i1" {
		return string(raw), nil
	}
	units := make([]uint16, 0, len(raw)/2)
	for _, x := range decode(raw, a.Code) {
		if x < 0 || x > math.MaxUint16 {
			return "", fmt.Errorf("text: expected UTF-16, found a unit %g", x)
		}
		units = append(units, uint16(x))
	}
	return string(utf16.Decode(units)), nil
}

// Numbers returns the elements of a small numeric or logical array, in column-major order; what is none gives nil.
func Numbers(v Value) ([]float64, error) {
	if v == nil || Len(v) == 0 || !slices.Contains(numeric, v.Class()) {
		return nil, nil
	}
	a, raw, err := readSmall(v)
	if err != nil {
		return nil, err
	}
	return decode(raw, a.Code), nil
}

// Whole returns a single whole number of at least 0; MATLAB stores it in the smallest type that holds it.
func Whole(v Value) (int, error) {
	numbers, err := Numbers(v)
	if err != nil {
		return 0, err
	}
	if len(numbers) != 1 {
		return 0, fmt.Errorf("expected one number, found %s", describe(v))
	}
	if x := numbers[0]; x != math.Trunc(x) || x < 0 || x > math.MaxInt32 {
		return 0, fmt.Errorf("expected a whole number from 0 to %d, found %v", math.MaxInt32, x)
	}
	return int(numbers[0]), nil
}

// describe names what a value is for a message.
func describe(v Value) string {
	if v == nil {
		return "nothing"
	}
	return fmt.Sprintf("a %s array of sizes %v", v.Class(), v.Dims())
}

// numeric are the classes of numbers.
var numeric = []string{"double", "single", "logical", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"}

func readSmall(v Value) (*Array, []byte, error) {
	a, err := v.Array()
	if err != nil {
		return nil, nil, err
	}
	if a.Bytes > 8*maxText {
		return nil, nil, fmt.Errorf("expected at most %d bytes, found %d", 8*maxText, a.Bytes)
	}
	raw := make([]byte, a.Bytes)
	_, err = a.Data.ReadAt(raw, a.Start)
	return a, raw, err
}

// width is the bytes of an element by its NumPy code.
func width(code string) int { return int(code[2] - '0') }

func decode(raw []byte, code string) []float64 {
	n := width(code)
	out := make([]float64, len(raw)/n)
	var wide [8]byte
	for i := range out {
		clear(wide[:])
		copy(wide[:], raw[i*n:(i+1)*n])
		if code[0] == '>' {
			slices.Reverse(wide[:n])
		}
		out[i] = decodeOne(binary.LittleEndian.Uint64(wide[:]), code[1], n)
	}
	return out
}

func decodeOne(bits uint64, kind byte, n int) float64 {
	switch {
	case kind == 'f' && n == 4:
		return float64(math.Float32frombits(uint32(bits)))
	case kind == 'f' && n == 8:
		return math.Float64frombits(bits)
	case kind == 'i':
		unused := 64 - 8*n
		return float64(int64(bits<<unused) >> unused)
	}
	return float64(bits)
}
