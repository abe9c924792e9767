package weights

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

func TestCaffeShape(t *testing.T) {
	for _, c := range []struct {
		shape []int
		i     int
		inner bool
		want  []int
	}{
		{[]int{1, 1, 4096, 25088}, 0, true, []int{4096, 25088}},
		{[]int{1, 1, 1, 5}, 0, true, []int{1, 5}},
		{[]int{1, 1, 1, 4096}, 1, true, []int{4096}},
		{[]int{1, 1, 1, 64}, 1, false, []int{64}},
		{[]int{1, 1, 3, 3}, 0, false, []int{1, 1, 3, 3}}, // a kernel
		{[]int{1, 2, 3, 4}, 0, true, []int{1, 2, 3, 4}},
		{[]int{1, 1, 2, 3}, 1, false, []int{1, 1, 2, 3}},
		{[]int{1, 1, 1, 5}, 2, true, []int{1, 1, 1, 5}},
		{[]int{1, 1, 5}, 0, true, []int{1, 1, 5}},
	} {
		if got := caffeShape(c.shape, c.i, c.inner); !slices.Equal(got, c.want) {
			t.Errorf("%v, blob %d: got %v, expected %v", c.shape, c.i, got, c.want)
		}
	}
}

func TestCaffeDoubles(t *testing.T) {
	var raw []byte
	for _, v := range []float64{1.5, -2, 0.1} {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	blob := join(protoField(8, raw...), protoField(7, protoNumber(1, 3)...)) // sizes not packed
	tensor := mustOpenBytes(t, layerV2("fc", "InnerProduct", blob)).Lookup("fc.weight")
	if tensor.Dtype != F64 {
		t.Errorf("got %v", tensor.Dtype)
	}
	sameBits(t, readAll(t, tensor), []float32{1.5, -2, 0.1})
}

func TestBadCaffeBlobs(t *testing.T) {
	rank := make([]int, maxRank+1)
	for text, blob := range map[string][]byte{
		"expected 5 elements of 4 bytes for shape [5], found 16 bytes": shapedBlob(fourFloats, 5),
		"found 15 bytes":                          shapedBlob(fourFloats[:15], 4),
		"more elements than this":                 shapedBlob(fourFloats, 1<<40, 1<<40),
		"size of at least 0, found -1":            shapedBlob(fourFloats, -1),
		"size of at least 0, found -4":            legacyBlob(fourFloats, 1, 1, 1, -4),
		"at most 64 axes":                         shapedBlob(fourFloats, rank...),
		"in one piece, found a second":            join(protoField(5, 1, 2, 3, 4), shapedBlob(fourFloats, 5)),
		"packed numbers, found wire type 5":       {0x2d, 0, 0, 0, 0},
		"expected whole numbers, found wire type": protoField(7, 0x0d, 0, 0, 0, 0),
		"the end of its message":                  protoField(7, protoField(1, 0x80)...),
		"expected 4 elements of 4 bytes":          protoField(7, protoNumber(1, 4)...),
	} {
		_, err := openBytes(layerV2("fc", "InnerProduct", blob))
		wantError(t, err, `memory: caffemodel: layer "fc", blob 0: `, text)
	}
}
