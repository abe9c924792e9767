package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeAndRead(t *testing.T, tensors []Source, o SafetensorsOptions) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := WriteSafetensors(path, tensors, o); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The bytes of a file, spelled out.
func TestWrittenBytes(t *testing.T) {
	raw := writeAndRead(t, []Source{
		SliceSource("b", []int{2}, []float32{1, -2}),
		SliceSource(`a "ü"`, nil, []float32{0.5}),
	}, SafetensorsOptions{Dtype: F16, Metadata: map[string]string{"z": "1", "a": "2"}})
	const header = `{"__metadata__":{"a":"2","z":"1"},"b":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},` +
		`"a \"ü\"":{"dtype":"F16","shape":[],"data_offsets":[4,6]}}`
	padded := append([]byte(header), "       "[:(8-len(header)%8)%8]...)
	want := binary.LittleEndian.AppendUint64(nil, uint64(len(padded)))
	want = append(append(want, padded...), 0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38)
	if !bytes.Equal(raw, want) {
		t.Errorf("wrote\n%q, expected\n%q", raw, want)
	}
}

func TestWrittenDataIsAligned(t *testing.T) {
	for n := range 9 {
		name := string(bytes.Repeat([]byte("n"), n+1))
		raw := writeAndRead(t, []Source{SliceSource(name, []int{1}, []float32{7})}, SafetensorsOptions{})
		if start := 8 + binary.LittleEndian.Uint64(raw); start%8 != 0 || int(start)+4 != len(raw) {
			t.Errorf("data begin at byte %d of %d", start, len(raw))
		}
	}
}

func TestWriteAndReadBack(t *testing.T) {
	const n = 2*chunkElements + 3
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(i%255) / 4 // exact in every type
	}
	values[n-1] = float32(math.Inf(1))
	for _, d := range []Dtype{F32, F16, BF16, F64} {
		tensors := []Source{SliceSource("big", []int{n}, values), SliceSource("empty", []int{0, 3}, nil), SliceSource("one", []int{}, values[5:6])}
		meta := map[string]string{"source": "vgg16.pth <a&b>"}
		raw := writeAndRead(t, tensors, SafetensorsOptions{Dtype: d, Metadata: meta})
		if again := writeAndRead(t, tensors, SafetensorsOptions{Dtype: d, Metadata: meta}); !bytes.Equal(raw, again) {
			t.Errorf("%s: two runs wrote different bytes", d)
		}
		f := mustOpenBytes(t, raw)
		if len(f.Tensors) != 3 || f.Metadata["source"] != meta["source"] {
			t.Fatalf("%s: %d tensors, metadata %v", d, len(f.Tensors), f.Metadata)
		}
		for i, want := range [][]float32{values, nil, values[5:6]} {
			if f.Tensors[i].Dtype != d || f.Tensors[i].Name != tensors[i].Name {
				t.Errorf("tensor %d is %q of %s", i, f.Tensors[i].Name, f.Tensors[i].Dtype)
			}
			sameBits(t, readAll(t, f.Tensors[i]), want)
		}
	}
}

// A tensor is asked for in adjoining pieces of a bounded size.
func TestWriterStreams(t *testing.T) {
	const n = 5*pieceElements/2 + 1
	next := 0
	source := Source{Name: "w", Shape: []int{n}, ReadAt: func(dst []float32, off int) error {
		if off != next || len(dst) > pieceElements {
			t.Errorf("asked for %d elements from %d on, expected at most %d from %d on", len(dst), off, pieceElements, next)
		}
		next = off + len(dst)
		return nil
	}}
	writeAndRead(t, []Source{source}, SafetensorsOptions{})
	if next != n {
		t.Errorf("asked for %d of %d elements", next, n)
	}
}

// A file of any format can be written from its tensors.
func TestConvert(t *testing.T) {
	in := mustOpen(t, filepath.Join("testdata", "state_legacy.pth"))
	var sources []Source
	for _, tensor := range in.Tensors {
		sources = append(sources, tensor.Source())
	}
	out := mustOpenBytes(t, writeAndRead(t, sources, SafetensorsOptions{}))
	for _, tensor := range in.Tensors {
		got, err := out.Expect(tensor.Name, tensor.Shape...)
		if err != nil {
			t.Fatal(err)
		}
		sameBits(t, readAll(t, got), readAll(t, tensor))
	}
}

func TestWriterRefuses(t *testing.T) {
	one := []float32{1}
	for text, c := range map[string]struct {
		tensors []Source
		o       SafetensorsOptions
	}{
		"two tensors are named":         {[]Source{SliceSource("w", nil, one), SliceSource("w", nil, one)}, SafetensorsOptions{}},
		`"" cannot be the name`:         {[]Source{SliceSource("", nil, one)}, SafetensorsOptions{}},
		`"__metadata__" cannot be`:      {[]Source{SliceSource("__metadata__", nil, one)}, SafetensorsOptions{}},
		`"\xff" cannot be`:              {[]Source{SliceSource("\xff", nil, one)}, SafetensorsOptions{}},
		"found int64":                   {nil, SafetensorsOptions{Dtype: I64}},
		"expected UTF-8":                {nil, SafetensorsOptions{Metadata: map[string]string{"k": "\xff"}}},
		"at least 0":                    {[]Source{SliceSource("w", []int{-1}, one)}, SafetensorsOptions{}},
		"more elements":                 {[]Source{SliceSource("w", []int{math.MaxInt, 3}, one)}, SafetensorsOptions{}},
		"beyond 2^63":                   {[]Source{SliceSource("a", []int{math.MaxInt / 4}, one), SliceSource("b", []int{math.MaxInt / 4}, one)}, SafetensorsOptions{}},
		`tensor "w": expected [2] elem`: {[]Source{SliceSource("w", []int{2}, one)}, SafetensorsOptions{}},
		`tensor "w": element [1 0]: 1e+06 does not fit into float16`: {
			[]Source{SliceSource("w", []int{2, 1}, []float32{1, 1e6})}, SafetensorsOptions{Dtype: F16},
		},
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, "w.safetensors")
		wantError(t, WriteSafetensors(path, c.tensors, c.o), path, text)
		if left, _ := os.ReadDir(folder); len(left) != 0 {
			t.Errorf("%s: left %v behind", text, left)
		}
	}
}

func TestWriterPassesOnErrors(t *testing.T) {
	broken := errors.New("broken")
	source := Source{Name: "fc6", Shape: []int{3}, ReadAt: func([]float32, int) error { return broken }}
	err := WriteSafetensors(filepath.Join(t.TempDir(), "w"), []Source{source}, SafetensorsOptions{})
	wantError(t, err, `"fc6"`)
	if !errors.Is(err, broken) {
		t.Errorf("%v does not wrap the cause", err)
	}
}

// TestSourceValues: a whole tensor is read in rising, adjoining ranges, none longer than a source need give.
func TestSourceValues(t *testing.T) {
	const n = pieceElements + 3
	next := 0
	s := Source{Name: "fc6.weight", Shape: []int{n, 1}, ReadAt: func(dst []float32, off int) error {
		if off != next || len(dst) > pieceElements {
			t.Errorf("%d elements asked for from %d on, after %d", len(dst), off, next)
		}
		for i := range dst {
			dst[i] = float32(off + i)
		}
		next = off + len(dst)
		return nil
	}}
	values, err := s.Values()
	if err != nil || len(values) != n || values[0] != 0 || values[n-1] != n-1 {
		t.Errorf("%d values, %v", len(values), err)
	}
	broken := errors.New("disk gone")
	s.ReadAt = func([]float32, int) error { return broken }
	if _, err := s.Values(); !errors.Is(err, broken) || !strings.Contains(err.Error(), s.Name) {
		t.Errorf("%v", err)
	}
}
