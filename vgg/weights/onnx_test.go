package weights

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// protoTensor is a TensorProto; data are its further fields.
func protoTensor(name string, kind int, shape []int, data ...[]byte) []byte {
	var dims []byte
	for _, d := range shape {
		dims = binary.AppendUvarint(dims, uint64(d))
	}
	return join(append([][]byte{protoField(1, dims...), protoNumber(2, kind), protoText(8, name)}, data...)...)
}

// protoNode is a NodeProto in a graph's field 1.
func protoNode(op string, inputs []string, output string, attributes ...[]byte) []byte {
	var out []byte
	for _, in := range inputs {
		out = append(out, protoText(1, in)...)
	}
	out = join(out, protoText(2, output), protoText(3, op+"_"+output), protoText(4, op))
	for _, a := range attributes {
		out = append(out, protoField(5, a...)...)
	}
	return protoField(1, out...)
}

func intsOf(name string, values ...int) []byte {
	out := protoText(1, name)
	for _, v := range values {
		out = append(out, protoNumber(8, v)...)
	}
	return append(out, protoNumber(20, 7)...)
}

func onnxModel(graph ...[]byte) []byte {
	return join(protoNumber(1, 8), protoText(2, "test"), protoField(7, append(join(graph...), protoText(2, "g")...)...),
		protoField(8, protoNumber(2, 13)...))
}

func initializer(t []byte) []byte { return protoField(5, t...) }

// TestONNXDtypes reads each way to store elements.
func TestONNXDtypes(t *testing.T) {
	doubles := binary.LittleEndian.AppendUint64(nil, math.Float64bits(2.5))
	negative := binary.AppendUvarint(nil, 1<<64-3)
	for name, c := range map[string]struct {
		tensor []byte
		dtype  Dtype
		want   []float32
	}{
		"raw":       {protoTensor("x", 1, []int{2}, protoField(9, littleFloats(1, -2)...)), F32, []float32{1, -2}},
		"floats":    {protoTensor("x", 1, []int{2}, protoField(4, littleFloats(1, -2)...)), F32, []float32{1, -2}},
		"half raw":  {protoTensor("x", 10, []int{1}, protoField(9, 0, 0x3e)), F16, []float32{1.5}},
		"half ints": {protoTensor("x", 10, []int{2}, protoField(5, 0x80, 0x7c, 0)), F16, []float32{1.5, 0}},
		"bfloat":    {protoTensor("x", 16, []int{1}, protoField(9, 0xc0, 0x3f)), BF16, []float32{1.5}},
		"double":    {protoTensor("x", 11, []int{1}, protoField(10, doubles...)), F64, []float32{2.5}},
		"int64":     {protoTensor("x", 7, []int{2}, protoField(7, append([]byte{5}, negative...)...)), I64, []float32{5, -3}},
		"int8":      {protoTensor("x", 3, []int{1}, protoField(5, negative...)), I8, []float32{-3}},
		"unpacked":  {protoTensor("x", 6, []int{2}, protoNumber(5, 7), protoNumber(5, 8)), I32, []float32{7, 8}},
		"scalar":    {protoTensor("x", 1, nil, protoField(9, littleFloats(4)...)), F32, []float32{4}},
		"empty":     {protoTensor("x", 1, []int{0, 3}), F32, []float32{}},
	} {
		t.Run(name, func(t *testing.T) {
			f := mustOpenBytes(t, onnxModel(initializer(c.tensor)))
			if f.Format != "onnx" || f.Metadata["producer"] != "test" || f.Metadata["graph"] != "g" {
				t.Errorf("%s, %v", f.Format, f.Metadata)
			}
			x := f.Lookup("x")
			if x.Dtype != c.dtype {
				t.Errorf("%s, want %s", x.Dtype, c.dtype)
			}
			sameBits(t, readAll(t, x), c.want)
		})
	}
}

// TestONNXGraph follows constants to the steps that use them.
func TestONNXGraph(t *testing.T) {
	matrix := protoTensor("m", 1, []int{2, 3}, protoField(9, littleFloats(counting(6)...)...))
	vector := protoTensor("v", 1, []int{1, 3}, protoField(9, littleFloats(7, 8, 9)...))
	one := protoTensor("one", 1, []int{1}, protoField(9, littleFloats(1)...))
	size := protoTensor("size", 7, []int{4}, protoField(7, 5, 2, 3, 3))
	f := mustOpenBytes(t, onnxModel(
		initializer(matrix), initializer(size),
		protoNode("Constant", nil, "v2", join(protoText(1, "value"), protoField(5, vector...))),
		protoNode("ConstantOfShape", []string{"size"}, "w", join(protoText(1, "value"), protoField(5, one...))),
		protoNode("Identity", []string{"w"}, "w2"),
		protoNode("Conv", []string{"image", "w2"}, "c", intsOf("pads", 1, 1, 1, 1), intsOf("kernel_shape", 3, 3)),
		protoNode("Shape", []string{"c"}, "s"),
		protoNode("Transpose", []string{"c"}, "ct", intsOf("perm", 0, 2, 3, 1)),
		protoNode("Reshape", []string{"ct", "s"}, "flat"),
		protoNode("MatMul", []string{"flat", "m"}, "p"),
		protoNode("Add", []string{"v2", "p"}, "q"),
		protoNode("Transpose", []string{"m"}, "mt"),
		protoNode("Gemm", []string{"q", "mt"}, "r", join(protoText(1, "transB"), protoNumber(3, 0))),
		protoNode("Relu", []string{"r"}, "out"),
	))
	var ops []string
	for _, s := range f.Graph {
		ops = append(ops, s.Op)
	}
	if !slices.Equal(ops, []string{"Conv", "MatMul", "Gemm", "Relu"}) {
		t.Fatalf("steps %v", ops)
	}
	conv, fc, gemm := f.Graph[0], f.Graph[1], f.Graph[2]
	if !slices.Equal(conv.Weight.Shape, []int{5, 2, 3, 3}) || !slices.Equal(conv.Pads, []int{1, 1, 1, 1}) || conv.Bias != nil || conv.Group != 1 {
		t.Errorf("convolution %+v", conv)
	}
	sameBits(t, readAll(t, conv.Weight)[88:], []float32{1, 1})
	if !fc.ChannelsLast || !slices.Equal(fc.Bias.Shape, []int{3}) {
		t.Errorf("product %+v", fc)
	}
	sameBits(t, readAll(t, fc.Weight), []float32{0, 3, 1, 4, 2, 5}) // [out,in]
	sameBits(t, readAll(t, fc.Bias), []float32{7, 8, 9})
	if gemm.ChannelsLast {
		t.Error("the second product does not flatten")
	}
	sameBits(t, readAll(t, gemm.Weight), counting(6)) // transposed twice
}

// TestONNXExternal reads elements from a file beside the model, and from nowhere else.
func TestONNXExternal(t *testing.T) {
	dir := t.TempDir()
	model := func(location string, offset, length int) string {
		entry := func(k, v string) []byte { return protoField(13, join(protoText(1, k), protoText(2, v))...) }
		raw := onnxModel(initializer(protoTensor("x", 1, []int{2}, entry("location", location), entry("offset", strconv.Itoa(offset)),
			entry("length", strconv.Itoa(length)), protoNumber(14, 1))))
		path := filepath.Join(dir, "sub", "model.onnx")
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"outside.data", "sub/x.data"} {
		if err := os.WriteFile(filepath.Join(dir, name), littleFloats(9, 1, 2), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../outside.data", filepath.Join(dir, "sub", "link")); err != nil {
		t.Fatal(err)
	}
	f := mustOpen(t, model("x.data", 4, 8))
	sameBits(t, readAll(t, f.Lookup("x")), []float32{1, 2})
	before, err := f.SHA256(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.Path); err != nil || f.Size != info.Size()+12 {
		t.Errorf("size %d", f.Size)
	}
	if err := os.WriteFile(filepath.Join(dir, "sub", "x.data"), littleFloats(9, 1, 3), 0o644); err != nil {
		t.Fatal(err)
	}
	g := mustOpen(t, f.Path)
	if after, err := g.SHA256(t.Context()); err != nil || after == before {
		t.Error("the digest does not see the external data")
	}
	for location, want := range map[string]string{
		"missing.data": "fetch it too", "../outside.data": "same folder", "/etc/passwd": "same folder", "link": "put the file itself there", "": "same folder", ".": "a folder",
	} {
		_, err := Open(model(location, 4, 8))
		wantError(t, err, "model.onnx", `"x"`, want)
	}
	for _, c := range [][2]int{{8, 8}, {4, 4}, {1 << 40, 8}} {
		_, err := Open(model("x.data", c[0], c[1]))
		wantError(t, err, "external data", "expected 8 bytes")
	}
	_, err = openBytes(onnxModel(initializer(protoTensor("x", 1, []int{1}, protoField(13, join(protoText(1, "location"), protoText(2, "a"))...)))))
	wantError(t, err, "beside")
}

func TestBadONNX(t *testing.T) {
	good := protoTensor("x", 1, []int{1}, protoField(9, littleFloats(1)...))
	for want, raw := range map[string][]byte{
		"expected 8 bytes":          onnxModel(initializer(protoTensor("x", 1, []int{2}, protoField(9, littleFloats(1)...)))),
		"element type 14":           onnxModel(initializer(protoTensor("x", 14, []int{1}, protoField(9, littleFloats(1, 1)...)))),
		"one packed piece":          onnxModel(initializer(protoTensor("x", 1, []int{2}, protoField(4, littleFloats(1)...), protoField(4, littleFloats(1)...)))),
		"found a segment":           onnxModel(initializer(protoTensor("x", 1, []int{1}, protoField(3, 8, 0)))),
		"2 elements of int32, fou":  onnxModel(initializer(protoTensor("x", 6, []int{2}, protoNumber(5, 7)))),
		"sizes from 0 on":           onnxModel(initializer(protoTensor("x", 1, []int{-1}))),
		"bytes than this machine":   onnxModel(initializer(protoTensor("x", 1, []int{1 << 62}))),
		"found floating-point ones": onnxModel(initializer(protoTensor("x", 7, []int{1}, protoField(4, littleFloats(1, 1)...)))),
		"a sparse one":              onnxModel(protoField(15, 1)),
		"expected one graph":        join(onnxModel(initializer(good)), protoField(7, protoText(2, "g")...)),
		"with weights, found none":  onnxModel(protoNode("Relu", []string{"x"}, "y")),
		"two tensors named":         onnxModel(initializer(good), initializer(good)),
		"truncated":                 onnxModel(initializer(good))[:30],
		"268435456":                 onnxModel(initializer(protoTensor("s", 7, []int{2}, protoField(9, bytes.Repeat([]byte{0, 0, 1, 0, 0, 0, 0, 0}, 2)...))), protoNode("ConstantOfShape", []string{"s"}, "w")),
		"cannot be arranged":        onnxModel(initializer(good), protoNode("Transpose", []string{"x"}, "y", intsOf("perm", 3))),
	} {
		_, err := openBytes(raw)
		wantError(t, err, "memory: onnx", want)
	}
	texts := onnxModel(initializer(good), initializer(protoTensor("texts", 8, []int{1}, protoText(6, "a"))))
	if f := mustOpenBytes(t, texts); len(f.Tensors) != 1 {
		t.Errorf("%d tensors, want the one of numbers", len(f.Tensors))
	}
}

// TestRealONNX reads the operator cases of the ONNX project.
func TestRealONNX(t *testing.T) {
	cases, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", "onnx", "cases", "*", "model.onnx"))
	if err != nil || len(cases) == 0 {
		t.Skip("no real files to test with")
	}
	tensors := 0
	for _, path := range cases {
		f, err := Open(path)
		if err != nil {
			wantError(t, err, "expected a graph with weights, found none")
			continue
		}
		for _, x := range f.Tensors {
			if s, err := x.Statistics(t.Context()); err != nil || s.NonFinite > 0 || len(x.Shape) > 1 && s.Max <= s.Min {
				t.Errorf("%s: %s: %+v, %v", path, x.Name, s, err)
			}
			tensors++
		}
		if len(f.Graph) != 1 {
			t.Errorf("%s: %d steps", path, len(f.Graph))
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if tensors != 13 {
		t.Errorf("%d tensors in all, want 13", tensors)
	}
}
