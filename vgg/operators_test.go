package vgg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/f32"
	"fc7/vgg/weights"
)

// field is a field of bytes of a protocol buffer, number one of a varint, and real one of a float.
func field(n int, v ...byte) []byte {
	return append(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(n)<<3|2), uint64(len(v))), v...)
}

func number(n, v int) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(n)<<3), uint64(v))
}

func real(n int, v float32) []byte {
	return binary.LittleEndian.AppendUint32(binary.AppendUvarint(nil, uint64(n)<<3|5), math.Float32bits(v))
}

func message(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// caffeLayer is a LayerParameter; parameters are the fields of the message of that number.
func caffeLayer(name, kind string, parameter int, parameters []byte, blobs ...*weights.Tensor) []byte {
	out := message(field(1, []byte(name)...), field(2, []byte(kind)...))
	for _, b := range blobs {
		data, err := b.ReadFinite()
		if err != nil {
			panic(err)
		}
		var raw, dims []byte
		for _, v := range data {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
		for _, d := range b.Shape {
			dims = binary.AppendUvarint(dims, uint64(d))
		}
		out = append(out, field(7, message(field(5, raw...), field(7, field(1, dims...)...))...)...)
	}
	return field(100, append(out, field(parameter, parameters...)...)...)
}

// The fields of a layer's parameters.
const (
	caffeConv, caffeInner, caffeLRN, caffePool, caffeReLU = 106, 117, 118, 121, 123
)

// caffemodel writes a golden net as Caffe saves it; more are parameters to add to those of layers, by name, and without
// are layers whose bias is left out.
func caffemodel(t *testing.T, golden string, more map[string][]byte, without ...string) *weights.File {
	t.Helper()
	f := openTestFile(t, filepath.Join("testdata", golden+".safetensors"))
	c, _, err := Recognise(f)
	if err != nil {
		t.Fatal(err)
	}
	out := caffeLayer("data", "Input", 143, nil)
	blobs := func(l Layer) []*weights.Tensor {
		b := []*weights.Tensor{f.Lookup(TorchvisionNames.weightOf(l).Name), f.Lookup(TorchvisionNames.biasOf(l).Name)}
		for _, name := range without {
			if name == l.Name {
				b = b[:1]
			}
		}
		return b
	}
	for _, l := range c.Layers() {
		switch l.Kind {
		case Convolution:
			out = append(out, caffeLayer(l.Name, "Convolution", caffeConv, message(number(1, l.Out), number(3, l.Kernel/2), number(4, l.Kernel), more[l.Name]), blobs(l)...)...)
		case Normalisation:
			out = append(out, caffeLayer(l.Name, "LRN", caffeLRN, message(number(1, 5), real(2, 0.0005), real(3, 0.75), real(5, 2), more[l.Name]))...)
		case Pooling:
			out = append(out, caffeLayer(l.Name, "Pooling", caffePool, message(number(1, 0), number(2, 2), number(3, 2), more[l.Name]))...)
		case FullyConnected:
			out = append(out, caffeLayer(l.Name, "InnerProduct", caffeInner, message(number(1, l.Out), more[l.Name]), blobs(l)...)...)
		}
		if l.ReLU {
			out = append(out, caffeLayer("relu"+l.Name, "ReLU", caffeReLU, more["relu"+l.Name])...)
		}
		if l.Kind == FullyConnected && l.ReLU {
			out = append(out, caffeLayer("drop"+l.Name, "Dropout", 108, real(1, 0.5))...)
		}
	}
	out = append(out, caffeLayer("prob", "Softmax", 125, nil)...)
	path := filepath.Join(t.TempDir(), "net.caffemodel")
	if err := os.WriteFile(path, out, 0o644); err != nil {
		t.Fatal(err)
	}
	return openTestFile(t, path)
}

// TestCaffeParameters: what a .caffemodel says of its layers is what fc7 computes, or the file is refused by the
// layer's name, the parameter's, what it must be and what it is.
func TestCaffeParameters(t *testing.T) {
	if f := caffemodel(t, "golden_vgg16", nil); len(f.Layers) == 0 || f.Format != "caffemodel" {
		t.Fatalf("%s, %d layers", f.Format, len(f.Layers))
	}
	for _, c := range []struct {
		layer string
		more  []byte
		want  string // empty: honoured
	}{
		{"conv2_1", number(6, 1), ""},
		{"conv2_1", number(6, 2), `layer "conv2_1": attribute stride: want [1 1], found [2 2]`},
		{"conv2_1", message(number(13, 2), number(14, 1)), `layer "conv2_1": attribute stride: want [1 1], found [2 1]`},
		{"conv1_1", message(number(9, 100), number(10, 100)), `layer "conv1_1": attribute pad: want [1 1 1 1], found [100 100 100 100]`},
		{"conv2_1", message(number(11, 3), number(12, 5)), `layer "conv2_1": attribute kernel_size: want [3 3], found [3 5]`},
		{"conv5_1", number(18, 2), `layer "conv5_1": attribute dilation: want [1 1], found [2 2]`},
		{"conv5_1", field(18, 2, 2), `layer "conv5_1": attribute dilation: want [1 1], found [2 2]`},
		{"conv3_1", number(5, 4), `layer "conv3_1": attribute group: want 1, found 4`},
		{"conv3_1", number(16, 2), `layer "conv3_1": attribute axis: want 1, found 2`},
		{"conv3_1", number(19, 7), `layer "conv3_1": attribute field 19: want none, as in Caffe's own files, found [7]`},
		{"conv3_1", message(number(15, 2), number(17, 1)), ""}, // the engine
		{"pool2", number(1, 1), `layer "pool2": attribute pool: want MAX, found AVE`},
		{"pool2", number(1, 2), `layer "pool2": attribute pool: want MAX, found method 2`},
		{"pool2", number(2, 3), `layer "pool2": attribute kernel_size: want [2 2], found [3 3]`},
		{"pool4", number(3, 1), `layer "pool4": attribute stride: want [2 2], found [1 1]`},
		{"pool4", number(4, 1), `layer "pool4": attribute pad: want [0 0 0 0], found [1 1 1 1]`},
		{"pool5", number(12, 1), `layer "pool5": attribute global_pooling: want false, found true`},
		{"pool5", number(13, 1), `layer "pool5": attribute round_mode: want 1, as layer "pool1" has, found 0`},
		{"pool1", number(13, 0), ""},
		{"reluconv4_2", real(1, 0.25), `layer "reluconv4_2": attribute negative_slope: want 0, found 0.25`},
		{"fc6", number(6, 1), `fc6: layer "fc6": attribute transpose: want false, found true`},
		{"fc7", number(5, 2), `fc7: layer "fc7": attribute axis: want 1, found 2`},
		{"relufc7", real(1, 0.5), `fc7: layer "relufc7": attribute negative_slope: want 0, found 0.5`},
	} {
		f := caffemodel(t, "golden_vgg16", map[string][]byte{c.layer: c.more})
		_, err := Load(t.Context(), f, LoadOptions{Through: "fc8"})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.layer, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "net.caffemodel")):
			t.Errorf("%s: %v\nwant %s", c.layer, err, c.want)
		}
	}
}

// TestCaffeRounds: Caffe's pooling rounds up, and its newest versions' down where they say so; a converted file says it
// too.
func TestCaffeRounds(t *testing.T) {
	down := map[string][]byte{}
	for i := range 5 {
		down[fmt.Sprintf("pool%d", i+1)] = number(13, 1)
	}
	_, want := golden(t, "vgg16")
	for _, c := range []struct {
		more map[string][]byte
		ceil bool
	}{{nil, true}, {down, false}} {
		f := caffemodel(t, "golden_vgg16", c.more)
		m, err := Load(t.Context(), f, LoadOptions{pre: &Torchvision})
		if err != nil || m.Config.CeilPool != c.ceil {
			t.Fatalf("%+v, %v", m, err)
		}
		if !c.ceil {
			sameOutputs(t, m, want)
		}
		for _, o := range []ConvertOptions{{}, {AsIs: true}} {
			out := filepath.Join(t.TempDir(), "out.safetensors")
			if _, err := Convert(t.Context(), f, out, o); err != nil {
				t.Fatal(err)
			}
			if again, _, err := Recognise(openTestFile(t, out)); err != nil || again.CeilPool != c.ceil {
				t.Errorf("converted, as it is %v: rounds up %v, want %v; %v", o.AsIs, again.CeilPool, c.ceil, err)
			}
		}
	}
}

// TestCaffeUnbiased: a layer that says that it has no bias has one of zeros.
func TestCaffeUnbiased(t *testing.T) {
	zero := rewrite(t, func(s *weights.Source) bool {
		if s.Name == "features.5.bias" || s.Name == "classifier.3.bias" {
			*s = weights.SliceSource(s.Name, s.Shape, make([]float32, s.Shape[0]))
		}
		return true
	})
	zero.Metadata[MetaRounding] = RoundingCeil
	want, err := Load(t.Context(), zero, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Load(t.Context(), caffemodel(t, "golden_vgg16", map[string][]byte{"conv2_1": number(2, 0), "fc7": number(2, 0)}, "conv2_1", "fc7"), LoadOptions{pre: &Torchvision})
	if err != nil {
		t.Fatal(err)
	}
	sameOutputs(t, got, want)
	if _, err := Load(t.Context(), caffemodel(t, "golden_vgg16", nil, "conv2_1"), LoadOptions{}); err == nil || !strings.Contains(err.Error(), "conv2_1.bias") {
		t.Errorf("a bias that is not there and not disowned: %v", err)
	}
}

// TestNormalisationConstants: A-LRN is computed with the constants of its file, by whatever format says them, and the
// definition is the judge.
func TestNormalisationConstants(t *testing.T) {
	for _, c := range []struct {
		name  string
		more  []byte
		want  f32.LRN
		words string
	}{
		{"the table's", nil, lrn, ""},
		{"others", message(number(1, 3), real(2, 0.75), real(3, 0.5), real(5, 4)), f32.LRN{Size: 3, K: 4, Alpha: 0.25, Beta: 0.5}, "size 3, k 4, alpha 0.25, beta 0.5"},
		{"Caffe's defaults", message(real(2, 1), real(5, 1)), f32.LRN{Size: 5, K: 1, Alpha: 0.2, Beta: 0.75}, "size 5, k 1, alpha 0.2, beta 0.75"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := caffemodel(t, "golden_vgg11_lrn", map[string][]byte{"lrn1": c.more})
			m, err := Load(t.Context(), f, LoadOptions{pre: &Torchvision})
			if err != nil {
				t.Fatal(err)
			}
			if m.lrn != c.want || m.Config.Constants() != c.words || !strings.HasPrefix(m.Config.Name, "vgg11_lrn") {
				t.Errorf("%s normalises with %+v (%s), want %+v", m.Config.Name, m.lrn, m.Config.Constants(), c.want)
			}
			byDefinition(t, m, c.want)
			out := filepath.Join(t.TempDir(), "out.safetensors")
			if _, err := Convert(t.Context(), f, out, ConvertOptions{}); err != nil {
				t.Fatal(err)
			}
			again, err := Load(t.Context(), openTestFile(t, out), LoadOptions{})
			if err != nil || again.lrn != c.want {
				t.Errorf("converted: %+v, %v", again, err)
			}
		})
	}
	for want, more := range map[string][]byte{
		`lrn1: layer "lrn1": attribute norm_region: want ACROSS_CHANNELS, found WITHIN_CHANNEL`: number(4, 1),
		`attribute local_size: want an odd number to 511, found 4`:                              number(1, 4),
		`attribute k: want above 0, found 0`:                                                    real(5, 0),
		`attribute alpha: want 0 or above, found -0.2`:                                          real(2, -1),
		`attribute beta: want 0 to 16, found 17`:                                                real(3, 17),
	} {
		if _, _, err := Recognise(caffemodel(t, "golden_vgg11_lrn", map[string][]byte{"lrn1": more})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	// Without what the file says of its layers A-LRN would be taken for A.
	if c, _, err := Recognise(caffemodel(t, "golden_vgg11_lrn", nil)); err != nil || !c.LRN {
		t.Errorf("%+v, %v", c, err)
	}
}

// byDefinition compares lrn1 with x / (k + alpha sum x^2)^beta of conv1_1's map.
func byDefinition(t *testing.T, m *Model, n f32.LRN) {
	t.Helper()
	r := NewRunner(m, 1)
	defer r.Close()
	maps := forward(t, r, 32, 40, [][]byte{picture(32, 40)}, []string{"conv1_1", "lrn1"})
	in, got := maps[0], maps[1]
	for p := 0; p < len(in.Data); p += in.C {
		for i := range in.C {
			s := 0.0
			for j := max(0, i-n.Size/2); j <= min(in.C-1, i+n.Size/2); j++ {
				s += float64(in.Data[p+j]) * float64(in.Data[p+j])
			}
			want := float64(in.Data[p+i]) / math.Pow(float64(n.K)+float64(n.Alpha)*s, float64(n.Beta))
			if math.Abs(float64(got.Data[p+i])-want) > 1e-5*math.Abs(want) {
				t.Fatalf("value %d is %g, want %g", p+i, got.Data[p+i], want)
			}
		}
	}
}

// TestGraphOperators: the same of the steps of a graph.
func TestGraphOperators(t *testing.T) {
	pools := func(s []weights.Step, change func(*weights.Step)) []weights.Step {
		for i := range s {
			if s[i].Op == "MaxPool" {
				change(&s[i])
			}
		}
		return s
	}
	for _, c := range []struct {
		change func([]weights.Step) []weights.Step
		ceil   bool
		want   string
	}{
		{func(s []weights.Step) []weights.Step { return pools(s, func(p *weights.Step) { p.Ceil = true }) }, true, ""},
		{func(s []weights.Step) []weights.Step { return pools(s, func(p *weights.Step) { p.SamePads = true }) }, true, ""},
		{func(s []weights.Step) []weights.Step {
			return pools(s, func(p *weights.Step) { p.Pads = []int{0, 0, 1, 1} })
		}, true, ""},
		{func(s []weights.Step) []weights.Step {
			return pools(s, func(p *weights.Step) { p.Pads, p.Ceil = []int{0, 0, 1, 1}, true })
		}, false, "attribute pads: want [0 0 0 0], found [0 0 1 1]"},
		{func(s []weights.Step) []weights.Step {
			return pools(s, func(p *weights.Step) { p.Pads = []int{1, 1, 0, 0} })
		}, false, "attribute pads: want [0 0 0 0], found [1 1 0 0]"},
		{func(s []weights.Step) []weights.Step { return pools(s, func(p *weights.Step) { p.Strides = nil }) }, false, "attribute strides: want [2 2], found none, which is [1 1]"},
		{func(s []weights.Step) []weights.Step { return pools(s, func(p *weights.Step) { p.Kernel = nil }) }, false, "attribute kernel_shape: want [2 2], found []"},
		{func(s []weights.Step) []weights.Step {
			return pools(s, func(p *weights.Step) { p.Dilations = []int{2, 2} })
		}, false, "attribute dilations: want [1 1], found [2 2]"},
		{func(s []weights.Step) []weights.Step { s[4].Ceil = true; return s }, false, "attribute ceil_mode: want 1, as MaxPool has, found 0"},
		{func(s []weights.Step) []weights.Step { s[0].Kernel = []int{5, 5}; return s }, false, "attribute kernel_shape: want [3 3], found [5 5]"},
		{func(s []weights.Step) []weights.Step { s[0].Dilations = []int{2, 2}; return s }, false, "attribute dilations: want [1 1], found [2 2]"},
		{func(s []weights.Step) []weights.Step {
			s[1].Odd = []weights.Odd{{Attribute: "alpha", Want: "none of that name", Found: "0.5"}}
			return s
		}, false, "Relu: attribute alpha: want none of that name, found 0.5"},
		{func(s []weights.Step) []weights.Step {
			s[len(s)-1].Odd = []weights.Odd{{Attribute: "alpha", Want: "1", Found: "2"}}
			return s
		}, false, "fc8: MatMul: attribute alpha: want 1, found 2"},
		{func(s []weights.Step) []weights.Step {
			return append(s, weights.Step{Op: "Softmax", Odd: []weights.Odd{{Attribute: "axis", Want: "1", Found: "2"}}})
		}, false, "attribute axis: want 1, found 2"},
		{func(s []weights.Step) []weights.Step {
			i := len(s) - 5
			return append(s[:i:i], append([]weights.Step{{Op: "AveragePool", Kernel: []int{3, 3}, Strides: []int{1, 1}, Pads: []int{1, 1, 1, 1}}}, s[i:]...)...)
		}, false, "fc6: AveragePool : attribute kernel_shape: want [1 1], found [3 3]"},
	} {
		f := openTestFile(t, filepath.Join("testdata", "onnx_matmul.onnx"))
		f.Graph = c.change(f.Graph)
		m, err := Load(t.Context(), f, LoadOptions{Through: "fc8"})
		switch {
		case c.want == "" && (err != nil || m.Config.CeilPool != c.ceil):
			t.Errorf("%+v, %v", m, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%v\nwant %s", err, c.want)
		}
	}
}

// TestRecorded: metadata that nobody wrote is refused.
func TestRecorded(t *testing.T) {
	for want, meta := range map[string][2]string{
		`pool rounding`: {MetaRounding, "sideways"},
		MetaLRN:         {MetaLRN, "{"},
		"beta":          {MetaLRN, `{"Size": 5, "K": 1, "Alpha": 1, "Beta": -1}`},
	} {
		f := openTestFile(t, filepath.Join("testdata", "golden_vgg11_lrn.safetensors"))
		f.Metadata[meta[0]] = meta[1]
		if _, _, err := Recognise(f); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "golden_vgg11_lrn") {
			t.Errorf("%v: %v", meta, err)
		}
	}
	if err := errors.Join(checkRounding(RoundingCeil), checkRounding(RoundingFloor)); err != nil {
		t.Error(err)
	}
}
