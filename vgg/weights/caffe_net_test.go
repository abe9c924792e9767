package weights

import (
	"slices"
	"strings"
	"testing"
)

var (
	fourFloats = littleFloats(counting(4)...)
	oneLayerV2 = layerV2("fc", "InnerProduct", shapedBlob(fourFloats, 2, 2))
)

// The same net in both forms.
func caffeNets() map[string][]byte {
	kernel, bias := littleFloats(counting(24)...), littleFloats(7, -8)
	fc, fcBias := littleFloats(counting(12)...), littleFloats(1, 2, 3)
	return map[string][]byte{
		"V1": join(protoText(1, "VGG"), protoText(3, "data"), protoNumber(4, 10), protoNumber(4, 3),
			layerV1("data", 5),
			layerV1("conv1_1", 4, legacyBlob(kernel, 2, 3, 2, 2), legacyBlob(bias, 1, 1, 1, 2)),
			layerV1("fc6", 14, legacyBlob(fc, 1, 1, 3, 4), legacyBlob(fcBias, 1, 1, 1, 3))),
		"V2": join(protoText(1, "VGG"),
			layerV2("data", "Data"),
			layerV2("conv1_1", "Convolution", shapedBlob(kernel, 2, 3, 2, 2), shapedBlob(bias, 2)),
			layerV2("fc6", "InnerProduct", shapedBlob(fc, 3, 4), shapedBlob(fcBias, 3))),
	}
}

func TestCaffeNet(t *testing.T) {
	for version, raw := range caffeNets() {
		f := mustOpenBytes(t, raw)
		if f.Format != "caffemodel" || f.Metadata["name"] != "VGG" || f.Metadata["layers"] != version || len(f.Tensors) != 4 {
			t.Errorf("%s: got %s, %v, %d tensors", version, f.Format, f.Metadata, len(f.Tensors))
		}
		for name, want := range map[string]struct {
			shape []int
			data  []float32
		}{
			"conv1_1.weight": {[]int{2, 3, 2, 2}, counting(24)},
			"conv1_1.bias":   {[]int{2}, []float32{7, -8}},
			"fc6.weight":     {[]int{3, 4}, counting(12)},
			"fc6.bias":       {[]int{3}, []float32{1, 2, 3}},
		} {
			tensor, err := f.Expect(name, want.shape...)
			if err != nil {
				t.Fatalf("%s: %v", version, err)
			}
			sameBits(t, readAll(t, tensor), want.data)
			last := make([]float32, 2)
			if err := tensor.ReadFloat32At(last, len(want.data)-2); err != nil {
				t.Fatal(err)
			}
			sameBits(t, last, want.data[len(want.data)-2:])
		}
	}
}

// Caffe's own example net after 10,000 steps, written by Caffe; the values are what NumPy reads at the same bytes.
func TestCaffeRealFile(t *testing.T) {
	f := mustOpen(t, realWeights(t, "lenet_iter_10000.caffemodel"))
	for name, want := range map[string]struct {
		shape       []int
		first, last float32
	}{
		"conv1.weight": {[]int{20, 1, 5, 5}, 0.102080874, -0.23420957},
		"conv1.bias":   {[]int{20}, -0.31700313, -0.15992102},
		"conv2.weight": {[]int{50, 20, 5, 5}, -0.0038975475, 0.024226828},
		"conv2.bias":   {[]int{50}, -0.013358615, -0.060464486},
		"ip1.weight":   {[]int{500, 800}, -0.027119365, -0.0026523324},
		"ip1.bias":     {[]int{500}, 0.0023272373, -0.0034159513},
		"ip2.weight":   {[]int{10, 500}, -0.04241581, 0.13314953},
		"ip2.bias":     {[]int{10}, -0.017708255, -0.009772508},
	} {
		tensor, err := f.Expect(name, want.shape...)
		if err != nil {
			t.Fatal(err)
		}
		data := readAll(t, tensor)
		sameBits(t, []float32{data[0], data[len(data)-1]}, []float32{want.first, want.last})
	}
	if f.Metadata["name"] != "LeNet" || f.Metadata["layers"] != "V2" || len(f.Tensors) != 8 {
		t.Errorf("got %v and %d tensors", f.Metadata, len(f.Tensors))
	}
}

func TestCaffeFurtherBlobs(t *testing.T) {
	one := shapedBlob(littleFloats(1), 1)
	f := mustOpenBytes(t, layerV2("bn", "BatchNorm", one, one, one, one))
	var names []string
	for _, tensor := range f.Tensors {
		names = append(names, tensor.Name)
	}
	if want := []string{"bn.weight", "bn.bias", "bn.blob2", "bn.blob3"}; !slices.Equal(names, want) {
		t.Errorf("got %q, expected %q", names, want)
	}
}

func TestBadCaffeNets(t *testing.T) {
	many := make([][]byte, maxCaffeBlobs+1)
	nameless := protoField(100, join(protoText(2, "Pooling"), protoField(7, shapedBlob(fourFloats, 4)...))...)
	for text, raw := range map[string][]byte{
		"layers without weights":                     layerV2("data", "Data"),
		"truncated: field 100":                       oneLayerV2[:len(oneLayerV2)-1],
		"truncated: field 7":                         protoField(100, join(protoText(1, "fc"), []byte{0x3a, 9, 1})...),
		"at most 64 blobs":                           layerV2("fc", "InnerProduct", many...),
		"upgrade_net_proto_binary":                   protoField(2, protoField(1, protoText(1, "conv1")...)...),
		"expected a layer with a name":               join(oneLayerV2, nameless),
		`layer "a", blob 0: expected a shape`:        layerV2("a", "Scale", protoField(5, fourFloats...)),
		`two tensors named "fc.weight"`:              join(oneLayerV2, oneLayerV2),
		"a name of at most 512 bytes":                join(oneLayerV2, layerV2(strings.Repeat("x", 513), "Scale")),
		"expected a wire type of protocol buffers":   join(oneLayerV2, []byte{0x0b}),
		"expected a number of at most 10 bytes, fou": join(oneLayerV2, []byte(strings.Repeat("\xff", 12))),
		"expected a field's number, found 0":         join(oneLayerV2, []byte{0x00}),
	} {
		_, err := openBytes(raw)
		wantError(t, err, "memory: caffemodel: ", text)
	}
}

// What else protocol buffers hold, or looks like them, is not taken for a net.
func TestNoCaffeNets(t *testing.T) {
	for name, raw := range map[string][]byte{
		"ONNX model":            join(protoNumber(1, 8), protoText(2, "pytorch")),
		"TensorFlow graph":      join(protoText(1, "\x0a\x01a"), protoText(1, "\x0a\x01b")),
		"mean image":            legacyBlob(fourFloats, 1, 1, 2, 2),
		"layer without a name":  protoField(100, protoText(2, "Data")...),
		"other field in a row":  join(protoText(1, "net"), protoText(9, "x"), oneLayerV2),
		"name that is no UTF-8": layerV2("\xff\xfe", "Data"),
		"text":                  []byte("\n\n\n\n\n\n\n\n\n\n\n\n\n\n"),
		"name alone":            protoText(1, "net"),
	} {
		if sniffed, err := openBytes(raw); err == nil || !strings.Contains(err.Error(), "expected weights") {
			t.Errorf("%s: got %v, %v", name, sniffed, err)
		}
	}
}

// Files that Google's protobuf wrote (testdata/make_caffe.py).
func TestCaffeNetsOfProtobuf(t *testing.T) {
	for _, name := range []string{"v1.caffemodel", "v2.caffemodel"} {
		checkCounting(t, name, map[string][]int{
			"conv1_1.weight": {4, 3, 3, 3}, "conv1_1.bias": {4}, "fc6.weight": {5, 36}, "fc6.bias": {5},
		})
	}
}
