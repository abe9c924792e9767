package weights

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"slices"
	"testing"
)

// element5 is an element of a MATLAB file of version 5.
func element5(kind uint32, data []byte) []byte {
	le := binary.LittleEndian
	out := append(le.AppendUint32(le.AppendUint32(nil, kind), uint32(len(data))), data...)
	if kind == 15 {
		return out
	}
	return append(out, make([]byte, (8-len(data)%8)%8)...)
}

// matrix5 are the data of an array's element.
func matrix5(class byte, name string, dims []int32, content []byte) []byte {
	var sizes []byte
	for _, d := range dims {
		sizes = binary.LittleEndian.AppendUint32(sizes, uint32(d))
	}
	return slices.Concat(element5(6, []byte{class, 0, 0, 0, 0, 0, 0, 0}), element5(5, sizes), element5(1, []byte(name)), content)
}

func zlibOf(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestMatlabTensorRank(t *testing.T) {
	data := littleFloats(counting(6)...)
	for _, c := range []struct {
		dims []int32
		what string
		want []int
	}{
		{[]int32{1, 6}, "biases", []int{6}},
		{[]int32{6, 1}, "biases", []int{6}},
		{[]int32{2, 3}, "biases", []int{2, 3}}, // no vector: what uses it refuses the shape
		{[]int32{1, 2, 3}, "filters", []int{1, 2, 3, 1}},
	} {
		value := element5(14, matrix5(7, "", c.dims, element5(7, data)))
		fields := slices.Concat(element5(5, []byte{8, 0, 0, 0}), element5(1, []byte(c.what + "\x00\x00\x00")[:8]), value)
		if c.what == "biases" {
			fields = slices.Concat(element5(5, []byte{8, 0, 0, 0}), element5(1, []byte("filters\x00biases\x00\x00")), value, value)
		}
		layer := element5(14, matrix5(2, "", []int32{1, 1}, fields))
		file := append(bytes.Repeat([]byte{' '}, 124), 0, 1, 'I', 'M')
		f := mustOpenBytes(t, append(file, element5(14, matrix5(1, "layers", []int32{1, 1}, layer))...))
		last := f.Tensors[len(f.Tensors)-1]
		if !slices.Equal(last.Shape, c.want) {
			t.Errorf("%v as %s: shape %v, expected %v", c.dims, last.Name, last.Shape, c.want)
		}
	}
}
