package weights

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// safetensorsOf is a file with that header and so many bytes of data.
func safetensorsOf(header string, data int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), make([]byte, data)...)
}

func TestReadSafetensors(t *testing.T) {
	f := mustOpen(t, filepath.Join("testdata", "counting.safetensors"))
	if f.Metadata["format"] != "pt" || f.Metadata["made by"] != "hand" || len(f.Metadata) != 2 {
		t.Errorf("metadata %v", f.Metadata)
	}
	want := []struct {
		name  string
		dtype Dtype
		shape []int
		data  []float32
	}{
		{"half", F16, []int{2, 2}, []float32{0, 0.5, 1, -2}},
		{"single", F32, []int{2, 3}, []float32{0, 1, 2, 3, 4, 5}},
		{"double", F64, []int{2}, []float32{0.1, -1e10}},
		{"brain", BF16, []int{2}, []float32{1, -2}},
		{"count", I64, []int{}, []float32{7}},
		{"nothing", F32, []int{0, 4}, nil},
		{"grüße \"quoted\"", U8, []int{3}, []float32{1, 2, 255}},
		{"flags", Bool, []int{2}, []float32{0, 1}},
	}
	if len(f.Tensors) != len(want) {
		t.Fatalf("%d tensors, expected %d", len(f.Tensors), len(want))
	}
	for _, w := range want {
		got, err := f.Expect(w.name, w.shape...)
		if err != nil {
			t.Fatal(err)
		}
		if got.Dtype != w.dtype {
			t.Errorf("%q is %s, expected %s", w.name, got.Dtype, w.dtype)
		}
		sameBits(t, readAll(t, got), w.data)
	}
	inOrder := slices.IsSortedFunc(f.Tensors, func(a, b *Tensor) int { return int(a.start - b.start) })
	if !inOrder {
		t.Error("the tensors are not in the order of their bytes")
	}
}

func TestRealSafetensors(t *testing.T) {
	f := mustOpen(t, realWeights(t, "mnist_mlp.safetensors"))
	digest, err := f.SHA256(t.Context())
	if err != nil || digest != "d8b0a00d4d2f36bedae34eda7afd0f061d9f102f0e978e98d34901c32d8aa6c6" {
		t.Errorf("digest %s, %v", digest, err)
	}
	hash := sha256.New()
	for name, shape := range map[string][]int{"l1.weight": {128, 784}, "l2.weight": {10, 128}} {
		if _, err := f.Expect(name, shape...); err != nil {
			t.Error(err)
		}
	}
	for _, tensor := range f.Tensors {
		hash.Write(littleFloats(readAll(t, tensor)...))
	}
	// of the file's data area, which holds float32 only
	if got := hex.EncodeToString(hash.Sum(nil)); got != "89516322213fc257df981661426cb897b4d19a195384e6b9dd147afd6470cd60" {
		t.Errorf("digest of the elements %s", got)
	}
}

func TestBadSafetensors(t *testing.T) {
	one := func(entry string) string { return `{"w":` + entry + `}` }
	for name, c := range map[string]struct {
		header string
		data   int
		texts  []string
	}{
		"truncated data":    {one(`{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`), 7, []string{"truncated", `"w"`, "byte 8", "file has 7"}},
		"data left over":    {one(`{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`), 9, []string{"expected 8 bytes", "found 9"}},
		"wrong length":      {one(`{"dtype":"F32","shape":[2],"data_offsets":[0,4]}`), 4, []string{`"w"`, "expected 8 bytes for float32[2]", "[0, 4]"}},
		"reversed":          {one(`{"dtype":"F32","shape":[0],"data_offsets":[4,0]}`), 4, []string{"[4, 0]"}},
		"hole first":        {one(`{"dtype":"U8","shape":[1],"data_offsets":[3,4]}`), 4, []string{"hole of 3"}},
		"hole":              {`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3, []string{`"b"`, "hole of 1"}},
		"overlap":           {`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3, []string{`"b"`, "overlaps"}},
		"shared":            {`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2, []string{"overlaps"}},
		"twice":             {`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2, []string{`"w" comes twice`}},
		"twice, escaped":    {`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0077":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2, []string{`"w" comes twice`}},
		"field twice":       {one(`{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}`), 1, []string{`"shape" comes twice`}},
		"field missing":     {one(`{"dtype":"U8","shape":[1]}`), 1, []string{"found 2 of them"}},
		"field unknown":     {one(`{"dtype":"U8","shape":[1],"strides":[1]}`), 1, []string{`"strides"`}},
		"element type":      {one(`{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}`), 1, []string{`"F8_E4M3" is not supported`}},
		"type no string":    {one(`{"dtype":4,"shape":[1],"data_offsets":[0,1]}`), 1, []string{"expected a string"}},
		"negative size":     {one(`{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}`), 1, []string{"whole number", "-1"}},
		"fraction":          {one(`{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}`), 1, []string{"whole number", "1.0"}},
		"exponent":          {one(`{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}`), 1, []string{"whole number", "1e0"}},
		"size no number":    {one(`{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}`), 1, []string{"whole number"}},
		"overflowing shape": {one(`{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}`), 0, []string{"more elements"}},
		"overflowing bytes": {one(`{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}`), 0, []string{"more bytes"}},
		"beyond 64 bits":    {one(`{"dtype":"U8","shape":[1],"data_offsets":[0,9223372036854775808]}`), 1, []string{"9223372036854775808"}},
		"three offsets":     {one(`{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}`), 1, []string{"at most 2"}},
		"one offset":        {one(`{"dtype":"U8","shape":[1],"data_offsets":[0]}`), 1, []string{"two data_offsets"}},
		"metadata no text":  {`{"__metadata__":{"epoch":3}}`, 0, []string{"__metadata__", "expected a string"}},
		"metadata list":     {`{"__metadata__":[]}`, 0, []string{"__metadata__", `expected "{"`}},
		"not UTF-8":         {"{\"\xff\":{}}", 0, []string{"UTF-8"}},
		"cut off":           {`{"w":{"dtype":"U8"`, 0, []string{"JSON"}},
		"no JSON":           {`{w}`, 0, []string{"JSON"}},
		"two objects":       {`{}{}`, 0, []string{"after the JSON object"}},
		"nested":            {one(`{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}`), 1, []string{"whole number"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openBytes(safetensorsOf(c.header, c.data))
			wantError(t, err, append(c.texts, "memory: safetensors: ")...)
		})
	}
}

func TestSafetensorsHeaderLength(t *testing.T) {
	for length, text := range map[uint64]string{
		3: "JSON", 11: "truncated", maxSafetensorsHeader: "truncated", maxSafetensorsHeader + 1: "at most 100000000 bytes",
	} {
		raw := safetensorsOf(`{"w":1}   `, 0)
		binary.LittleEndian.PutUint64(raw, length)
		_, err := openBytes(raw)
		wantError(t, err, "memory: safetensors: ", text)
	}
}

func TestSafetensorsWithoutTensors(t *testing.T) {
	f := mustOpenBytes(t, safetensorsOf(`{}  `, 0))
	if len(f.Tensors) != 0 || len(f.Metadata) != 0 {
		t.Errorf("%d tensors, metadata %v", len(f.Tensors), f.Metadata)
	}
}

func TestManyAxes(t *testing.T) {
	shape := "1"
	for range maxRank {
		shape += ",1"
	}
	_, err := openBytes(safetensorsOf(fmt.Sprintf(`{"w":{"dtype":"U8","shape":[%s],"data_offsets":[0,1]}}`, shape), 1))
	wantError(t, err, "at most 64")
}
