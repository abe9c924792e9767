package weights

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/hostile"
)

func FuzzSafetensors(f *testing.F)  { targets(f)["FuzzSafetensors"].Fuzz(f) }
func FuzzTorchZip(f *testing.F)     { targets(f)["FuzzTorchZip"].Fuzz(f) }
func FuzzTorchObject(f *testing.F)  { targets(f)["FuzzTorchObject"].Fuzz(f) }
func FuzzTorchLegacy(f *testing.F)  { targets(f)["FuzzTorchLegacy"].Fuzz(f) }
func FuzzNumpy(f *testing.F)        { targets(f)["FuzzNumpy"].Fuzz(f) }
func FuzzNpz(f *testing.F)          { targets(f)["FuzzNpz"].Fuzz(f) }
func FuzzONNX(f *testing.F)         { targets(f)["FuzzONNX"].Fuzz(f) }
func FuzzCaffe(f *testing.F)        { targets(f)["FuzzCaffe"].Fuzz(f) }
func FuzzKeras(f *testing.F)        { targets(f)["FuzzKeras"].Fuzz(f) }
func FuzzKerasArchive(f *testing.F) { targets(f)["FuzzKerasArchive"].Fuzz(f) }
func FuzzMatConvNet(f *testing.F)   { targets(f)["FuzzMatConvNet"].Fuzz(f) }
func FuzzCheckpoint(f *testing.F)   { targets(f)["FuzzCheckpoint"].Fuzz(f) }
func FuzzBundle(f *testing.F)       { targets(f)["FuzzBundle"].Fuzz(f) }
func FuzzStranger(f *testing.F)     { targets(f)["FuzzStranger"].Fuzz(f) }

func TestDamaged(t *testing.T) { hostile.Tests(t, targets(t)) }

// targets are the formats of weights.
func targets(t testing.TB) map[string]*hostile.Target {
	pickles := []string{
		"\x80\x02", ".", "(", "t", "u", "s", "e", "a", "b", "}", "]", ")", "N", "\x85", "\x86", "\x87", "\x88", "\x89", "q\x00", "h\x00", "r\x00\x00\x00\x00",
		"K\x01", "M\x00\x01", "J\xff\xff\xff\xff", "\x8a\x08", "X\x01\x00\x00\x00", "Q", "R", "ctorch._utils\n_rebuild_tensor_v2\n",
		"ctorch\nFloatStorage\n", "ccollections\nOrderedDict\n", "ctorch._utils\n_rebuild_parameter\n", "\x81", "0", "2", "\x94", "\x95", "\x8c\x01",
		"cnumpy.core.multiarray\n_reconstruct\n", "cnumpy\nndarray\n", "cnumpy\ndtype\n",
	}
	npy := []string{
		"\x93NUMPY\x01\x00", "'descr'", "'fortran_order'", "'shape'", "True", "False", "'<f4'", "'>f8'", "'|O'", "'<f2'", "(", ")", ",", "1", "-1", "}",
		"999999999999", "L", "'",
	}
	hdf := []string{"OHDR", "OCHK", "TREE", "SNOD", "HEAP", "GCOL", "FRHP", "layer_names", "weight_names", "model_config", "kernel:0", "bias:0", "vars", "layers"}
	onnx := []string{
		"Conv", "Gemm", "MatMul", "Add", "Transpose", "Reshape", "Relu", "LRN", "MaxPool", "AveragePool", "Constant", "ConstantOfShape", "Identity", "Pad",
		"Dropout", "Shape", "Flatten", "BatchNormalization", "Softmax", "value", "perm", "pads", "strides", "kernel_shape", "auto_pad", "SAME_UPPER",
	}
	return map[string]*hostile.Target{
		"FuzzSafetensors": {
			Seeds: safetensorsSeeds(t), Read: readHeld, Again: readSlowly,
			Words: []string{`"dtype"`, `"shape"`, `"data_offsets"`, `"__metadata__"`, `"F32"`, `"BF16"`, `"F16"`, `[0,8]`, `{`, `}`, `,`, `:`, `[`, `]`, `-1`, `1e9`, `9223372036854775807`, `\u0000`},
		},
		"FuzzTorchZip":    {Seeds: seeds(t, "*_zip.pth", "single.pth", "list.pth", "sparse.pth", "complex.pth"), Read: readHeld, Again: readSlowly, Words: pickles, Mend: hostile.MendZip},
		"FuzzTorchObject": {Seeds: torchObjects(), Read: readObject, Words: pickles},
		"FuzzTorchLegacy": {Seeds: append(seeds(t, "*_legacy.pth"), legacyFiles()...), Read: readHeld, Again: readSlowly, Words: pickles},
		"FuzzNumpy":       {Seeds: append(numpySeeds(), seeds(t, "layers*.npy")...), Read: readHeld, Again: readSlowly, Words: slices.Concat(npy, pickles)},
		"FuzzNpz":         {Seeds: npzSeeds(t), Read: read, Again: readSlowly, Words: npy, Mend: hostile.MendZip},
		"FuzzONNX":        {Seeds: onnxSeeds(), Read: readONNX, Edit: hostile.EditProto(onnx)},
		"FuzzCaffe":       {Seeds: caffeSeeds(t), Read: readHeld, Again: readSlowly, Edit: hostile.EditProto([]string{"Convolution", "InnerProduct", "LRN", "Pooling", "ReLU", "Dropout"})},
		"FuzzKeras": {
			Seeds: seeds(t, "keras2_tiny.h5", "keras3_tiny.h5", "small/keras*.h5"), Read: read, Again: readSlowly, Words: hdf, MendBy: hostile.MendSums,
		},
		"FuzzKerasArchive": {Seeds: kerasArchives(t), Read: read, Again: readSlowly, Words: hdf, Mend: hostile.MendZip, MendBy: hostile.MendSums},
		"FuzzMatConvNet": {
			Seeds: append(seeds(t, "small/*.mat"), seeds(t, "../../../internal/matfile/testdata/net.mat")...), Read: read, Again: readSlowly, MendBy: hostile.MendSums,
			Words: []string{"layers", "weights", "filters", "biases", "params", "value", "name", "type", "conv", "MATLAB_class", "cell", "struct", "\x0e\x00\x00\x00", "\x0f\x00\x00\x00"},
		},
		"FuzzCheckpoint": {Seeds: checkpoints(t), Read: read, Again: readSlowly, MendBy: hostile.MendSums},
		"FuzzBundle":     {Seeds: append(seeds(t, "v2.ckpt.index", "tf2.index"), bundles(t)...), Read: bundleReading(t), Slow: 5, MendBy: hostile.MendSums},
		"FuzzStranger": {Seeds: strangerSeeds(), Read: func(file []byte, r *hostile.Result) error {
			f, err := openBytes(file)
			if err == nil {
				r.Text(f.Format)
			} else if len(err.Error()) > 1000 {
				r.Errorf("an error of %d bytes", len(err.Error()))
			} else {
				r.Text(err.Error())
			}
			return nil // no weights are in these
		}},
	}
}

// read opens a file and reads its tensors, of which some may turn out damaged.
func read(file []byte, r *hostile.Result) error { return openAndRead(file, r, nil) }

// readHeld is for formats of which a file holds every element in its own bytes: what was accepted can be read.
func readHeld(file []byte, r *hostile.Result) error {
	return openAndRead(file, r, func(x *Tensor, _ []float32, err error) {
		if n := x.Len(); n < 0 || n*x.Dtype.size() > len(file) {
			r.Errorf("tensor %q claims %d elements of %s in a file of %d bytes", x.Name, n, x.Dtype, len(file))
		}
		if err != nil {
			r.Errorf("tensor %q was accepted, but: %v", x.Name, err)
		}
	})
}

// readSlowly reads the same, and the first elements once more, one at a time and from the last of them on.
func readSlowly(file []byte, r *hostile.Result) error {
	return openAndRead(file, r, func(x *Tensor, part []float32, err error) {
		for i := min(len(part), 7) - 1; i >= 0; i-- {
			if e := x.ReadFloat32At(part[i:i+1], i); e != nil && err == nil {
				r.Errorf("tensor %q is read as a whole, but from element %d on: %v", x.Name, i, e)
			}
		}
	})
}

func openAndRead(file []byte, r *hostile.Result, check func(x *Tensor, part []float32, err error)) error {
	f, err := openBytes(file)
	if err != nil {
		return err
	}
	return readTensors(f, r, check)
}

// readTensors reads the beginning of every tensor; check, if not nil, is given it before it is noted.
func readTensors(f *File, r *hostile.Result, check func(x *Tensor, part []float32, err error)) error {
	r.Text(f.Format)
	for _, key := range slices.Sorted(maps.Keys(f.Metadata)) {
		r.Text(key, f.Metadata[key])
	}
	all, first := 0, error(nil)
	for _, x := range f.Tensors {
		r.Text(x.Name, string(x.Dtype))
		r.Int(x.Shape...)
		part := make([]float32, max(0, min(x.Len(), 1<<16)))
		err := x.ReadFloat32At(part, 0)
		if check != nil {
			check(x, part, err)
		}
		if err == nil {
			r.Floats(part)
		} else if first == nil {
			first = err
		}
		if all += len(part); all > 1<<18 {
			break // many views of one storage: enough of them
		}
	}
	return first
}

func readONNX(file []byte, r *hostile.Result) error {
	f, err := openBytes(file)
	if err != nil {
		return err
	}
	for _, s := range f.Graph {
		r.Text(s.Op)
		for _, x := range []*Tensor{s.Weight, s.Bias} {
			if x != nil && x.Len() <= 1<<16 {
				part := make([]float32, x.Len())
				if x.ReadFloat32At(part, 0) == nil {
					r.Floats(part)
				}
			}
		}
	}
	return readTensors(f, r, nil)
}

// bundleReading reads an index beside the shards of both bundles of testdata.
func bundleReading(t testing.TB) func([]byte, *hostile.Result) error {
	t.Helper()
	dir := t.TempDir()
	for _, names := range bundleShards {
		for _, name := range names {
			to := "x" + name[strings.Index(name, ".data"):]
			if err := os.WriteFile(filepath.Join(dir, to), seeds(t, name)[0], 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(dir, "x.index")
	put := hostile.Placed(t, path)
	return func(file []byte, r *hostile.Result) error {
		if err := put(file); err != nil {
			return err
		}
		f, err := Open(path)
		if err != nil {
			return err
		}
		err = readTensors(f, r, nil)
		if e := f.Close(); e != nil {
			r.Errorf("closing: %v", e)
		}
		return err
	}
}

// readObject reads a pickle in an archive with one storage.
func readObject(object []byte, r *hostile.Result) error {
	raw, err := zipped(entry{"a/data.pkl", object}, entry{"a/data/0", make([]byte, 24)})
	if err != nil {
		return err
	}
	return readHeld(raw, r)
}

// seeds are files of testdata.
func seeds(t testing.TB, patterns ...string) (all [][]byte) {
	t.Helper()
	for _, p := range patterns {
		paths, err := filepath.Glob(filepath.Join("testdata", filepath.FromSlash(p)))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no %s: %v", p, err)
		}
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, raw)
		}
	}
	return all
}

func safetensorsSeeds(t testing.TB) [][]byte {
	all := seeds(t, "counting.safetensors")
	for header, n := range map[string]int{
		`{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`:                                                              8,
		`{"__metadata__":{"a":"b","c":"\u00e9"},"w":{"dtype":"F16","shape":[],"data_offsets":[0,2]}} `:                        2,
		`{"w":{"dtype":"I8","shape":[0,9223372036854775807],"data_offsets":[0,0]}}`:                                           0,
		`{"a":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"F64","shape":[1,1,2],"data_offsets":[8,24]}}`: 24,
		`{"a":{"dtype":"I64","shape":[1],"data_offsets":[4,12]},"b":{"shape":[4],"data_offsets":[0,4],"dtype":"U8"}}`:         12,
		`{"a":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}`:                                                             3,
		`{"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U16","shape":[1,4],"data_offsets":[8,16]}}`:      16,
		`{}`: 0, `{"__metadata__":{}}`: 0,
	} {
		all = append(all, safetensorsOf(header, n))
	}
	return sorted(all)
}

// sorted makes the order of seeds from maps one.
func sorted(all [][]byte) [][]byte {
	slices.SortFunc(all, func(a, b []byte) int { return strings.Compare(string(a), string(b)) })
	return all
}

func torchObjects() [][]byte {
	p := newPickler
	return [][]byte{
		statePickle("w", sixFloats),
		statePickle("w", view{"HalfStorage", "0", 12, 1, []int{2, 2}, []int{1, 2}}),
		statePickle("w", view{"LongStorage", "0", 3, 0, []int{3}, []int{1}}),
		statePickle("w", view{"ByteStorage", "0", 24, 4, nil, nil}),
		statePickle("w", view{"DoubleStorage", "0", 3, 0, []int{0, 3}, []int{3, 1}}),
		p().op("}").text("state_dict").op("}").text("module.w").tensor(sixFloats).op("ss").stop(),
		p().op("}").text("model").op("}").text("w").tensor(sixFloats).op("s").text("epoch").num(3).op("s").text("s").op("}").op("ss").stop(),
		p().op("](").tensor(sixFloats).tensor(sixFloats).op("e").stop(),
		p().name("collections", "OrderedDict").op(")R").text("w").tensor(sixFloats).op("s").stop(),
		p().op("}(").text("a").tensor(sixFloats).text("b").tensor(sixFloats).op("u").stop(),
	}
}

func numpySeeds() [][]byte {
	object := "{'descr': '|O', 'fortran_order': False, 'shape': (), }"
	return [][]byte{
		npySix,
		npyOf("{'descr': '>f8', 'fortran_order': True, 'shape': (1, 2), }", make([]byte, 16)...),
		npyOf("{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }", 0, 0x3c, 0, 0x40, 0, 0x42),
		npyOf("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", 0, 1),
		npyOf("{'descr': '<i8', 'fortran_order': False, 'shape': (), }", make([]byte, 8)...),
		npyOf("{'shape': (0L, 4L), 'descr': '|u1', 'fortran_order': True}"),
		npyOf(object, layersPickle(numpyArrayPickle("f4", "<", 1, "abcdabcd", 2))...),
		npyOf(object, layersPickle(numpyArrayPickle("f8", ">", 0, "abcdabcd", 1, 1))...),
	}
}

func npzSeeds(t testing.TB) [][]byte {
	object := npyOf("{'descr': '|O', 'fortran_order': False, 'shape': (), }", layersPickle(numpyArrayPickle("u1", "|", 0, "\x05", 1))...)
	all := seeds(t, "arrays.npz", "deflated.npz")
	return append(all,
		zipOf(t, entry{"w.npy", npySix}), zipOf(t, entry{"readme", []byte("x")}, entry{"w.npy", npySix}),
		zipOf(t, entry{"net.npy", object}), zipOf(t, entry{"net.npy", object}, entry{"w.npy", npySix}),
		deflatedZip(t, "w.npy", npySix), deflatedZip(t, "a/b.npy", npyOf("{'descr': '<f8', 'fortran_order': True, 'shape': (3, 5), }", make([]byte, 120)...)),
		zipOf(t, entry{"a.npy", npySix}, entry{"b.npy", npySix}, entry{"c.npy", npySix}),
		deflatedZip(t, "z.npy", npyOf("{'descr': '<f4', 'fortran_order': False, 'shape': (40, 40), }", make([]byte, 6400)...)),
	)
}

func onnxSeeds() [][]byte {
	tensor := protoTensor("x", 1, []int{2, 1}, protoField(9, littleFloats(1, 2)...))
	kernel := protoTensor("k", 1, []int{1, 2, 1, 1}, protoField(4, littleFloats(1, 2)...))
	four := protoTensor("f", 1, []int{4}, protoField(9, littleFloats(1, 2, 3, 4)...))
	value := join(protoText(1, "value"), protoField(5, tensor...))
	return [][]byte{
		onnxModel(initializer(tensor), protoNode("Gemm", []string{"i", "x"}, "y", join(protoText(1, "transB"), protoNumber(3, 1)))),
		onnxModel(initializer(protoTensor("s", 7, []int{2}, protoField(7, 2, 3))), protoNode("ConstantOfShape", []string{"s"}, "w"),
			protoNode("Transpose", []string{"w"}, "v"), protoNode("MatMul", []string{"i", "v"}, "y"), protoNode("Add", []string{"y", "w"}, "z")),
		onnxModel(initializer(protoTensor("h", 10, []int{1}, protoField(5, 0x80, 0x7c)))),
		onnxModel(initializer(tensor), protoNode("LRN", []string{"i"}, "y", intOf("size", 5), floatOf("alpha", 2)),
			protoNode("MaxPool", []string{"y"}, "z", intsOf("kernel_shape", 2, 2), textOfAttribute("auto_pad", "SAME_UPPER"), intOf("ceil_mode", 1)),
			protoNode("Pad", []string{"z", "x"}, "p"), protoNode("Dropout", []string{"p", "x", "x"}, "q")),
		onnxModel(initializer(kernel), protoNode("Conv", []string{"i", "k"}, "c", intsOf("pads", 1, 1, 1, 1), intsOf("kernel_shape", 1, 1), intsOf("strides", 1, 1)),
			protoNode("Relu", []string{"c"}, "r"), protoNode("AveragePool", []string{"r"}, "a", intsOf("kernel_shape", 2, 2), intsOf("strides", 2, 2)),
			protoNode("Flatten", []string{"a"}, "f")),
		onnxModel(protoNode("Constant", nil, "v", value), protoNode("Identity", []string{"v"}, "w"), protoNode("MatMul", []string{"i", "w"}, "y")),
		onnxModel(initializer(kernel), initializer(four), protoNode("Conv", []string{"i", "k"}, "c"),
			protoNode("BatchNormalization", []string{"c", "f", "f", "f", "f"}, "b", floatOf("epsilon", 1)), protoNode("Softmax", []string{"b"}, "s")),
		onnxModel(initializer(protoTensor("a", 11, []int{1}, protoField(10, make([]byte, 8)...))), initializer(protoTensor("b", 16, []int{1}, protoField(9, 0xc0, 0x3f)))),
		onnxModel(initializer(protoTensor("a", 6, []int{2}, protoNumber(5, 7), protoNumber(5, 8))), initializer(protoTensor("b", 1, nil, protoField(9, littleFloats(4)...)))),
		onnxModel(initializer(tensor), protoNode("Reshape", []string{"i", "s"}, "f"), protoNode("Shape", []string{"i"}, "s"),
			protoNode("Transpose", []string{"f"}, "t", intsOf("perm", 0, 2, 3, 1)), protoNode("MatMul", []string{"t", "x"}, "y"), protoNode("Add", []string{"x", "y"}, "q")),
	}
}

func caffeSeeds(t testing.TB) [][]byte {
	all := seeds(t, "v1.caffemodel", "v2.caffemodel")
	for _, raw := range caffeNets() {
		all = append(all, raw)
	}
	for field, parameters := range map[int][]byte{
		106: join(protoNumber(3, 1), protoField(4, 3), protoNumber(5, 2), protoNumber(18, 2), protoField(7, 1, 2)),
		117: join(protoNumber(2, 0), protoNumber(6, 1)), 118: join(protoNumber(1, 5), []byte{2<<3 | wire32}, littleFloats(0.5)),
		121: join(protoNumber(1, 1), protoNumber(2, 2), protoNumber(13, 1)), 123: join([]byte{1<<3 | wire32}, littleFloats(0.5)),
	} {
		for _, kind := range []string{"Convolution", "InnerProduct", "LRN", "Pooling", "ReLU"} {
			all = append(all, join(oneLayerV2, protoField(100, join(protoText(1, "x"), protoText(2, kind), protoField(field, parameters...))...)))
		}
	}
	return sorted(all)
}

func kerasArchives(t testing.TB) (all [][]byte) {
	for i, h5 := range seeds(t, "keras3_tiny.h5", "small/keras3.weights.h5") {
		for _, meta := range []string{`{"keras_version": "3"}`, `{"keras_version": "3.0.5", "date_saved": "2024"}`, `{}`} {
			config := `{"module": "keras", "class_name": "Sequential", "config": {"layers": [{"class_name": "Conv2D", "config": {"name": "conv2d", "kernel_size": [1, 1]}}]}}`
			all = append(all, zipOf(t, entry{"metadata.json", []byte(meta)}, entry{"config.json", []byte(config)[:len(config)-i]}, entry{kerasWeights, h5}),
				zipOf(t, entry{"metadata.json", []byte(meta)}, entry{kerasWeights, h5}))
		}
	}
	return all
}

func strangerSeeds() (all [][]byte) {
	for _, s := range []string{
		"version https://git-lfs.github.com/spec/v1\nsize 12\n", "<!DOCTYPE html><html>", "\x1f\x8b\x08\x00", "%PDF-1.4", "PK\x03\x04", "layer {\n name: \"x\"\n}",
		"\x89PNG\r\n\x1a\n", "Rar!\x1a\x07", "GGUF\x03", "net.param\n7767517\n",
	} {
		all = append(all, []byte(s+strings.Repeat(" ", 20)))
	}
	return all
}
