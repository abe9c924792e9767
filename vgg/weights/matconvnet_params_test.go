package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"fc7/internal/matfile"
)

// madeValue is a MATLAB value in memory: a struct, a cell array, a text or numbers.
type madeValue struct {
	fields  map[string]matfile.Value
	cells   []matfile.Value
	text    string
	numbers []float64
}

func (v madeValue) Class() string {
	switch {
	case v.fields != nil:
		return "struct"
	case v.cells != nil:
		return "cell"
	case v.text != "":
		return "char"
	}
	return "double"
}

func (v madeValue) Dims() []int {
	switch v.Class() {
	case "struct":
		return []int{1, 1}
	case "cell":
		return []int{1, len(v.cells)}
	case "char":
		return []int{1, len(v.text)}
	}
	return []int{1, len(v.numbers)}
}

func (v madeValue) Field(_ int, name string) (matfile.Value, error) { return v.fields[name], nil }
func (v madeValue) Cell(i int) (matfile.Value, error)               { return v.cells[i], nil }

func (v madeValue) Array() (*matfile.Array, error) {
	raw, code := []byte(v.text), "|u1"
	if v.text == "" {
		code = "<f8"
		for _, n := range v.numbers {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(n))
		}
	}
	return &matfile.Array{Code: code, Data: bytes.NewReader(raw), Bytes: int64(len(raw))}, nil
}

func nums(v ...float64) matfile.Value { return madeValue{numbers: v} }

// TestMatConvNetParameters: every field that says what a layer computes is kept in its step, or is odd.
func TestMatConvNetParameters(t *testing.T) {
	type fields = map[string]matfile.Value
	window := func(s Step) any { return fmt.Sprint(s.Kernel, s.Strides, s.Pads, s.Dilations) }
	for _, c := range []struct {
		kind string
		with fields
		odd  string
		get  func(Step) any
		want any
	}{
		{"conv", fields{"stride": nums(1), "pad": nums(1)}, "", window, "[] [1 1] [1 1 1 1] []"},
		{"conv", fields{"stride": nums(2, 1), "pad": nums(1, 2, 3, 4), "dilate": nums(2)}, "", window, "[] [2 1] [1 3 2 4] [2 2]"},
		{"dagnn.Conv", fields{"stride": nums(1, 1), "pad": nums(0.5)}, "", window, "[] [1 1] [-1 -1 -1 -1] []"},
		{"conv", fields{"stride": nums(1), "pad": nums(1, 1)}, "", window, "[] [1 1] [1 1 -1] []"},
		{"conv", fields{}, "", func(s Step) any { return s.Unsaid }, true},
		{"conv", fields{"pad": nums(1), "opts": madeValue{cells: []matfile.Value{madeValue{text: "CuDNN"}, nums(1)}}}, "", window, "[] [] [1 1 1 1] []"},
		{"conv", fields{"pad": nums(1), "opts": madeValue{cells: []matfile.Value{madeValue{text: "Dilate"}, nums(2)}}}, "opts options of cuDNN Dilate", nil, nil},
		{"pool", fields{"pool": nums(2, 2), "stride": nums(2), "pad": nums(0, 1, 0, 1), "method": madeValue{text: "max"}}, "", window, "[2 2] [2 2] [0 0 1 1] []"},
		{"dagnn.Pooling", fields{"poolSize": nums(2, 2), "stride": nums(2), "pad": nums(0)}, "", window, "[2 2] [2 2] [0 0 0 0] []"},
		{"pool", fields{"pool": nums(2, 2)}, "", window, "[2 2] [1 1] [] []"},
		{"pool", fields{"pool": nums(2, 2), "method": madeValue{text: "avg"}}, "method max avg", nil, nil},
		{"relu", fields{"leak": nums(0.1)}, "leak 0 0.1", nil, nil},
		{"relu", fields{"leak": nums(0)}, "", func(s Step) any { return s.Op }, "Relu"},
		{"normalize", fields{"param": nums(5, 2, 1e-4, 0.75)}, "", func(s Step) any { return s.Norm }, Norm{5, 2, 1e-4, 0.75}},
		{"dagnn.LRN", fields{"param": nums(5, 2)}, "param [N kappa alpha beta] [5 2]", nil, nil},
		{"bnorm", fields{"epsilon": nums(1e-4)}, "", func(s Step) any { return s.Op }, "bnorm"},
	} {
		m := &matconvnet{}
		if err := m.step("layer", c.kind, madeValue{fields: c.with}); err != nil {
			t.Fatal(err)
		}
		s := m.steps[0]
		found := ""
		if len(s.Odd) > 0 {
			found = s.Odd[0].Attribute + " " + s.Odd[0].Want + " " + s.Odd[0].Found
		}
		if found != c.odd || c.get != nil && c.get(s) != c.want {
			t.Errorf("%s %v: %+v, want %v or odd %q", c.kind, c.with, s, c.want, c.odd)
		}
	}
}
