package matfile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/hostile"
)

func openBytes(data []byte) (map[string]Value, error) {
	variables, err := Open(bytes.NewReader(data), int64(len(data)), MaxVariable)
	byName := map[string]Value{}
	for _, v := range variables {
		byName[v.Name] = v.Value
	}
	return byName, err
}

func openFixture(t testing.TB, name string) map[string]Value {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	v, err := openBytes(data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

func numbers(t testing.TB, v Value) []float64 {
	t.Helper()
	n, err := Numbers(v)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func field(t testing.TB, v Value, i int, name string) Value {
	t.Helper()
	f, err := v.Field(i, name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func textOf(t testing.TB, v Value) string {
	t.Helper()
	s, err := Text(v)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func counting(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}

func TestLevel5(t *testing.T) {
	for _, name := range []string{"plain.mat", "compressed.mat"} {
		v := openFixture(t, name)
		if x := v["single"]; x.Class() != "single" || !slices.Equal(x.Dims(), []int{2, 3, 4}) || !slices.Equal(numbers(t, x), counting(24)) {
			t.Errorf("%s: single %v", name, x.Dims())
		}
		if a, err := v["single"].Array(); err != nil || a.Code != "<f4" || a.Bytes != 96 {
			t.Errorf("%s: single is at %+v, %v", name, a, err)
		}
		for _, class := range []string{"int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"} {
			if x := v[class]; x.Class() != class || !slices.Equal(numbers(t, x), counting(5)) {
				t.Errorf("%s: %s: %s, %v", name, class, x.Class(), numbers(t, x))
			}
		}
		if x := numbers(t, v["double"]); !slices.Equal(x, counting(6)) {
			t.Errorf("%s: double %v", name, x)
		}
		if x := numbers(t, v["negative"]); !slices.Equal(x, []float64{-1, -300}) {
			t.Errorf("%s: negative %v", name, x)
		}
		if x := v["logical"]; x.Class() != "logical" || !slices.Equal(numbers(t, x), []float64{1, 0}) {
			t.Errorf("%s: %s %v", name, x.Class(), numbers(t, x))
		}
		if _, err := v["complex"].Array(); err == nil || !strings.Contains(err.Error(), "complex") {
			t.Errorf("%s: complex: %v", name, err)
		}
		if textOf(t, v["text"]) != "conv1_1" || textOf(t, v["unicode"]) != "Grüße" || textOf(t, v["double"]) != "" {
			t.Errorf("%s: texts %q %q", name, textOf(t, v["text"]), textOf(t, v["unicode"]))
		}
		if Len(v["empty"]) != 0 || numbers(t, v["empty"]) != nil {
			t.Errorf("%s: empty has %v", name, v["empty"].Dims())
		}
	}
}

func TestLevel5Nested(t *testing.T) {
	for _, name := range []string{"plain.mat", "compressed.mat"} {
		v := openFixture(t, name)
		cells := v["cells"]
		second, err := cells.Cell(1)
		if err != nil || cells.Class() != "cell" || Len(cells) != 3 || textOf(t, second) != "two" {
			t.Errorf("%s: cells: %v", name, err)
		}
		if _, err := cells.Cell(3); err == nil {
			t.Errorf("%s: no error beyond the cells", name)
		}
		one := v["one"]
		if one.Class() != "struct" || textOf(t, field(t, one, 0, "name")) != "conv" || field(t, one, 0, "absent") != nil {
			t.Errorf("%s: struct: %q", name, textOf(t, field(t, one, 0, "name")))
		}
		weights := field(t, one, 0, "weights")
		first, err := weights.Cell(0)
		if err != nil || !slices.Equal(numbers(t, first), counting(4)) {
			t.Errorf("%s: weights: %v", name, err)
		}
		many := v["many"]
		if Len(many) != 2 || textOf(t, field(t, many, 1, "name")) != "b" || numbers(t, field(t, many, 0, "value"))[0] != 1 {
			t.Errorf("%s: struct array of %v", name, many.Dims())
		}
		if _, err := many.Field(2, "name"); err == nil {
			t.Errorf("%s: no error beyond the struct array", name)
		}
	}
}

// writer5 writes elements of version 5 in a byte order.
type writer5 struct {
	bytes.Buffer
	order binary.ByteOrder
}

func (w *writer5) element(kind uint32, data []byte) {
	var tag [8]byte
	w.order.PutUint32(tag[:], kind)
	w.order.PutUint32(tag[4:], uint32(len(data)))
	w.Write(tag[:])
	w.Write(data)
	if kind != miCompressed {
		w.Write(make([]byte, (8-len(data)%8)%8))
	}
}

func (w *writer5) words(values ...uint32) []byte {
	out := make([]byte, 4*len(values))
	for i, v := range values {
		w.order.PutUint32(out[4*i:], v)
	}
	return out
}

// matrix returns an array of class 7, single, as the data of its element.
func matrix(order binary.ByteOrder, name string, bits ...uint32) []byte {
	w := &writer5{order: order}
	w.element(miUint32, w.words(7, 0))
	w.element(miInt32, w.words(1, uint32(len(bits))))
	w.element(miInt8, []byte(name))
	w.element(miSingle, w.words(bits...))
	return w.Bytes()
}

func file5(order binary.ByteOrder, elements []byte) []byte {
	head := append(bytes.Repeat([]byte{' '}, 124), 0, 1, 'I', 'M')
	if order == binary.BigEndian {
		head = append(head[:124], 1, 0, 'M', 'I')
	}
	return append(head, elements...)
}

func TestBigEndian(t *testing.T) {
	w := &writer5{order: binary.BigEndian}
	w.element(miMatrix, matrix(w.order, "x", 0x3f800000, 0x40000000))
	v, err := openBytes(file5(w.order, w.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if a, err := v["x"].Array(); err != nil || a.Code != ">f4" || !slices.Equal(numbers(t, v["x"]), []float64{1, 2}) {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestStoredSmaller: MATLAB stores a number in the smallest type that holds it, text in UTF-16, in either byte order.
func TestStoredSmaller(t *testing.T) {
	for _, order := range []interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}{binary.LittleEndian, binary.BigEndian} {
		value := func(class uint32, count int, stored uint32, data []byte) Value {
			a := &writer5{order: order}
			a.element(miUint32, a.words(class, 0))
			a.element(miInt32, a.words(1, uint32(count)))
			a.element(miInt8, []byte("x"))
			a.element(stored, data)
			w := &writer5{order: order}
			w.element(miMatrix, a.Bytes())
			v, err := openBytes(file5(order, w.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			return v["x"]
		}
		double := func(x float64) []byte { return order.AppendUint64(nil, math.Float64bits(x)) }
		for stored, data := range map[uint32][]byte{
			miUint8: {200}, miInt16: order.AppendUint16(nil, 200), miUint16: order.AppendUint16(nil, 200),
			miInt32: order.AppendUint32(nil, 200), miUint32: order.AppendUint32(nil, 200),
			miSingle: order.AppendUint32(nil, math.Float32bits(200)), miDouble: double(200),
		} {
			if n, err := Whole(value(6, 1, stored, data)); n != 200 || err != nil {
				t.Errorf("type %d: %d, %v", stored, n, err)
			}
		}
		for want, v := range map[string]Value{
			"whole number from 0 to 2147483647, found 1.5":             value(6, 1, miDouble, double(1.5)),
			"whole number from 0 to 2147483647, found -1":              value(6, 1, miInt8, []byte{0xff}),
			"whole number from 0 to 2147483647, found 2.147483648e+09": value(6, 1, miUint32, order.AppendUint32(nil, 1<<31)),
			"one number, found a double array of sizes [1 2]":          value(6, 2, miDouble, make([]byte, 16)),
			"one number, found a char array of sizes [1 1]":            value(4, 1, miUint8, []byte("7")),
			"one number, found nothing":                                nil,
		} {
			if _, err := Whole(v); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, expected %q", err, want)
			}
		}
		utf16 := order.AppendUint16(order.AppendUint16(nil, 'n'), 0xe9)
		for stored, data := range map[uint32][]byte{ // 16 to 18 are UTF-8, -16 and -32
			miUint16: utf16, 16: []byte("né"), 17: utf16, 18: order.AppendUint32(order.AppendUint32(nil, 'n'), 0xe9),
		} {
			if s := textOf(t, value(4, 2, stored, data)); s != "né" {
				t.Errorf("text of type %d: %q", stored, s)
			}
		}
	}
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	z, _ := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

// TestInflater reads a compressed array, too large to be kept, in every direction.
func TestInflater(t *testing.T) {
	bits := make([]uint32, (windowBytes+4<<20)/4)
	for i := range bits {
		bits[i] = uint32(i)
	}
	inner := &writer5{order: binary.LittleEndian}
	inner.element(miMatrix, matrix(inner.order, "x", bits...))
	w := &writer5{order: binary.LittleEndian}
	w.element(miCompressed, deflated(inner.Bytes()))
	v, err := openBytes(file5(w.order, w.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	a, err := v["x"].Array()
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := a.Data.(interface{ Streamed() bool }); !ok || !s.Streamed() {
		t.Error("a compressed array is not said to be streamed")
	}
	last := len(bits) - 1000
	for _, first := range []int{5, 100_000, 100_500, 90_000, last, last - 100_000, 0, last} {
		raw := make([]byte, 4000)
		if _, err := a.Data.ReadAt(raw, a.Start+int64(4*first)); err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			if got := binary.LittleEndian.Uint32(raw[4*i:]); got != bits[first+i] {
				t.Fatalf("element %d is %d", first+i, got)
			}
		}
	}
	if _, err := a.Data.ReadAt(make([]byte, 8), a.Start+a.Bytes-4); err == nil {
		t.Error("no error beyond the end")
	}
	whole := make([]byte, a.Bytes)
	_, err = io.ReadFull(io.NewSectionReader(a.Data, a.Start, a.Bytes), whole)
	if err != nil || binary.LittleEndian.Uint32(whole[len(whole)-4:]) != bits[len(bits)-1] {
		t.Errorf("the last element is wrong: %v", err)
	}
}

// TestHostile: sizes that nothing stands behind, bombs and damage are errors.
func TestHostile(t *testing.T) {
	le := binary.LittleEndian
	element := func(kind uint32, data []byte) []byte {
		w := &writer5{order: le}
		w.element(kind, data)
		return w.Bytes()
	}
	good := element(miMatrix, matrix(le, "x", 1, 2, 3))
	huge := slices.Clone(good)
	le.PutUint32(huge[36:], 1<<30) // the first size
	le.PutUint32(huge[4:], uint32(len(huge)-8))
	nested := matrix(le, "x", 1)
	for range 2 * maxDepth {
		w := &writer5{order: le}
		w.element(miUint32, w.words(1, 0))
		w.element(miInt32, w.words(1, 1))
		w.element(miInt8, nil)
		w.element(miMatrix, nested)
		nested = w.Bytes()
	}
	damaged := deflated(good)
	damaged[len(damaged)-1] ^= 1
	claims := deflated(append(le.AppendUint32(le.AppendUint32(nil, miMatrix), 1<<31), make([]byte, 1000)...))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"sizes":     {huge, "expected 4294967296 bytes"},
		"nested":    {element(miMatrix, nested), "deep"},
		"cut":       {good[:len(good)-16], "truncated"},
		"sum":       {element(miCompressed, damaged), "damaged"},
		"claims":    {element(miCompressed, claims), "expected an element within"},
		"no zlib":   {element(miCompressed, []byte("nothing like it")), "inflate"},
		"not array": {element(miCompressed, deflated(element(miDouble, make([]byte, 8)))), "expected an element of type 14"},
	} {
		_, err := openBytes(file5(le, c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", name, err, c.want)
		}
	}
	if v, err := openBytes(file5(le, good)); err != nil || len(v) != 1 {
		t.Errorf("%v, %v", v, err)
	}
}

func TestVersion(t *testing.T) {
	for head, want := range map[string]string{
		string(file5(binary.LittleEndian, nil)): "5", string(file5(binary.BigEndian, nil)): "5",
		strings.Repeat(" ", 124) + "\x00\x02IM": "7.3", strings.Repeat(" ", 128): "", "MATLAB 7.3 MAT-file": "",
	} {
		if got := Version([]byte(head)); got != want {
			t.Errorf("%q: %q, expected %q", head[max(0, len(head)-4):], got, want)
		}
	}
}

func FuzzOpen(f *testing.F) { openTarget(f).Fuzz(f) }

func TestDamaged(t *testing.T) { openTarget(t).Test(t, "FuzzOpen") }

// openTarget reads all values of a file.
func openTarget(t testing.TB) *hostile.Target {
	t.Helper()
	x := &hostile.Target{
		MendBy: hostile.MendSums,
		Words: []string{
			"\x0e\x00\x00\x00", "\x0f\x00\x00\x00", "\x01\x00\x04\x00", "\x05\x00\x00\x00\x08\x00\x00\x00", "\x06\x00\x00\x00\x08\x00\x00\x00",
			"\x07\x00\x00\x00", "\x10\x00\x00\x00", "name", "weights", "value", "MATLAB_class", "OHDR", "TREE", "HEAP",
		},
		Read: func(file []byte, r *hostile.Result) error {
			variables, err := Open(bytes.NewReader(file), int64(len(file)), MaxVariable)
			if err != nil {
				return err
			}
			left := 1000
			for _, v := range variables {
				r.Text(v.Name)
				readEverything(v.Value, &left, r)
			}
			return nil
		},
	}
	x.Seeds = [][]byte{}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		w := &writer5{order: order}
		w.element(miMatrix, matrix(order, "x", 1, 2, 3))
		z := &writer5{order: order}
		z.element(miCompressed, deflated(w.Bytes()))
		w.element(miMatrix, matrix(order, "y", 1))
		x.Seeds = append(x.Seeds, file5(order, w.Bytes()), file5(order, z.Bytes()))
	}
	for _, path := range []string{
		"testdata/plain.mat", "testdata/compressed.mat", "testdata/net.mat", "../../datasets/testdata/meta.mat", "../../datasets/testdata/meta_plain.mat",
		"../../vgg/weights/testdata/small/simplenn_v73.mat",
	} {
		data, err := os.ReadFile(filepath.FromSlash(path))
		if err != nil {
			t.Fatal(err)
		}
		x.Seeds = append(x.Seeds, data)
	}
	return x
}

func readEverything(v Value, left *int, r *hostile.Result) {
	if *left--; *left < 0 || v == nil {
		return
	}
	text, _ := Text(v)
	r.Text(v.Class(), text)
	r.Int(v.Dims()...)
	numbers, _ := Numbers(v)
	r.Int(len(numbers))
	for i := range min(Len(v), 10) {
		if c, err := v.Cell(i); err == nil {
			readEverything(c, left, r)
		}
		for _, name := range []string{"name", "weights", "value", "layers", "params", "synsets", "WNID"} {
			if c, err := v.Field(i, name); err == nil {
				readEverything(c, left, r)
			}
		}
	}
}
