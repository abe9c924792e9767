package vgg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

// caffeOf writes the net of a file with torchvision's names as Caffe saves it; more are parameters to add to those of
// layers, by name.
func caffeOf(t *testing.T, f *weights.File, c Config, more map[string][]byte) *weights.File {
	t.Helper()
	out := caffeLayer("data", "Input", 143, nil)
	norm := c.Normalisation()
	for _, l := range c.Layers() {
		blobs := func() []*weights.Tensor {
			return []*weights.Tensor{f.Lookup(TorchvisionNames.weightOf(l).Name), f.Lookup(TorchvisionNames.biasOf(l).Name)}
		}
		switch l.Kind {
		case Convolution:
			p := message(number(1, l.Out), number(4, l.Kernel), number(6, l.Step), number(5, l.Groups))
			if l.Pad[0] > 0 {
				p = append(p, number(3, l.Pad[0])...)
			}
			out = append(out, caffeLayer(l.Name, "Convolution", caffeConv, message(p, more[l.Name]), blobs()...)...)
		case Normalisation:
			out = append(out, caffeLayer(l.Name, "LRN", caffeLRN, message(number(1, norm.Size), real(2, float32(norm.Size)*norm.Alpha), real(3, norm.Beta), real(5, norm.K)))...)
		case Pooling:
			out = append(out, caffeLayer(l.Name, "Pooling", caffePool, message(number(1, 0), number(2, l.Kernel), number(3, l.Step), more[l.Name]))...)
		case FullyConnected:
			out = append(out, caffeLayer(l.Name, "InnerProduct", caffeInner, number(1, l.Out), blobs()...)...)
		}
		if l.ReLU {
			out = append(out, caffeLayer("relu"+l.Name, "ReLU", caffeReLU, nil)...)
		}
	}
	path := filepath.Join(t.TempDir(), "net.caffemodel")
	if err := os.WriteFile(path, out, 0o644); err != nil {
		t.Fatal(err)
	}
	return openTestFile(t, path)
}

// TestPredecessorCaffe: each net that Caffe has is told from the others by its layers, prepared as its weights want it,
// and computes what the same weights do under torchvision's names.
func TestPredecessorCaffe(t *testing.T) {
	for _, c := range predecessors {
		if !c.CeilPool {
			continue
		}
		name := c.Name + "/16"
		f := drawn(t, name, 9)
		file := caffeOf(t, f, lookup(t, name), nil)
		m, err := Load(t.Context(), file, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if m.Config.Name != name || m.scheme != "caffe" || m.Preprocess != c.by || m.Config.MeanOf(m.Preprocess) != c.by.Name || !m.Config.CeilPool || m.Config.Normalisation() != c.Norm {
			t.Errorf("%s: %s, names %s, %s, %s, %+v", name, m.Config.Name, m.scheme, m.Preprocess, m.Config.Rounding(), m.Config.Normalisation())
		}
		twin, err := Load(t.Context(), f, LoadOptions{pre: &c.by})
		if err != nil {
			t.Fatal(err)
		}
		sameScores(t, name, m, twin)
		converted, done := convert(t, file, ConvertOptions{})
		if done.Net != name || len(done.LeftOut) > 0 {
			t.Errorf("%s: converted as %s, left out %v", name, done.Net, done.LeftOut)
		}
		again, err := Load(t.Context(), converted, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if again.Config.Name != name || again.Preprocess != c.by || again.Config.Constants() == "" {
			t.Errorf("%s: converted it is %s, %s, %q", name, again.Config.Name, again.Preprocess, again.Config.Constants())
		}
		sameScores(t, name+" converted", again, twin)
	}
}

// sameScores compares the scores of an image that is a little larger than the net's own.
func sameScores(t *testing.T, what string, a, b *Model) {
	t.Helper()
	h, w := a.Config.Side()+3, a.Config.Side()+30
	view := [][]byte{picture(h, w)}
	ra, rb := NewRunner(a, 2), NewRunner(b, 2)
	defer ra.Close()
	defer rb.Close()
	sameMap(t, what, forward(t, ra, h, w, view, []string{"fc8"})[0], forward(t, rb, h, w, view, []string{"fc8"})[0])
}

// TestPredecessorRefuses: what a file says of a layer is what is computed, or it is named.
func TestPredecessorRefuses(t *testing.T) {
	f := drawn(t, "alexnet/16", 9)
	for _, c := range []struct {
		layer string
		more  []byte
		want  string
	}{
		{"conv2", number(5, 1), `conv2: layer "conv2": attribute group: want 2, found 1`},
		{"conv1", number(6, 2), `conv1: layer "conv1": attribute stride: want [4 4], found`},
		{"conv3", number(3, 0), `conv3: layer "conv3": attribute pad: want [1 1 1 1], found`},
		{"pool2", number(2, 2), `pool2: layer "pool2": attribute kernel_size: want [3 3], found [2 2]`},
	} {
		_, _, err := Recognise(caffeOf(t, f, lookup(t, "alexnet/16"), map[string][]byte{c.layer: c.more}))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.layer, err, c.want)
		}
	}
}

// named copies a file of torchvision's names under those of another scheme, without its metadata.
func named(t *testing.T, f *weights.File, c Config, s Scheme) *weights.File {
	t.Helper()
	var out []weights.Source
	for _, l := range c.Layers() {
		if !l.HasWeights() {
			continue
		}
		for i, p := range []Param{TorchvisionNames.weightOf(l), TorchvisionNames.biasOf(l)} {
			x, err := f.Lookup(p.Name).ReadFinite()
			if err != nil {
				t.Fatal(err)
			}
			to := []Param{s.weightOf(l), s.biasOf(l)}[i]
			if i == 0 {
				seen := l
				seen.In, seen.Groups = l.seen(), 1
				x = permuted(x, seen, string(to.axes))
			}
			out = append(out, weights.SliceSource(to.Name, to.Shape, x))
		}
	}
	path := filepath.Join(t.TempDir(), "named.safetensors")
	if err := weights.WriteSafetensors(path, out, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return openTestFile(t, path)
}

// TestPredecessorNamesOfFiles: by the names of tensors alone a net is told, and where another is alike, that is said
// and the user can say it.
func TestPredecessorNamesOfFiles(t *testing.T) {
	for _, c := range []struct{ net, scheme, found, pre, alike string }{
		{"alexnet-torchvision/16", "torchvision", "alexnet-torchvision/16", "torchvision", ""},
		{"caffenet/16", "numpy-dict", "alexnet/16", caffeMean.Name, "alexnet from caffenet"},
		{"alexnet/16", "numpy-dict", "alexnet/16", caffeMean.Name, "alexnet from caffenet"},
		{"cnn-s/16", "caffe", "cnn-m/16", cnnMean.Name, "cnn-m from cnn-s"},
		{"cnn-f/16", "matconvnet", "cnn-f/16", authorsRGB.Name, ""},
		{"overfeat-accurate/16", "caffe", "overfeat-accurate/16", overfeat.Name, ""},
		{"zfnet/32", "caffe", "zfnet/32", caffeMean.Name, ""},
	} {
		f := drawn(t, c.net, 4)
		file := named(t, f, lookup(t, c.net), schemeOf(t, c.scheme))
		m, err := Load(t.Context(), file, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if m.Config.Name != c.found || m.scheme != c.scheme || m.Preprocess.Name != c.pre {
			t.Errorf("%s: found %s, names %s, prepared as %s", c.net, m.Config.Name, m.scheme, m.Preprocess.Name)
		}
		e, err := ExpectedOf(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(e.Doubts, "\n"); c.alike == "" && strings.Contains(said, "--net") || !strings.Contains(said, c.alike) {
			t.Errorf("%s: doubts %q, want %q", c.net, said, c.alike)
		}
		asked := named(t, f, lookup(t, c.net), schemeOf(t, c.scheme))
		if m, err = Load(t.Context(), asked, LoadOptions{Net: c.net}); err != nil {
			t.Fatal(err)
		}
		twin, err := Load(t.Context(), f, LoadOptions{pre: &m.Preprocess})
		if err != nil {
			t.Fatal(err)
		}
		sameScores(t, c.net, m, twin)
	}
}

// TestOverFeatFile: a file of OverFeat's size is that net, with its mean and deviation.
func TestOverFeatFile(t *testing.T) {
	for name, size := range map[string]int64{"overfeat-fast": 4 * 145920872, "overfeat-accurate": 4 * 144656488} {
		path := filepath.Join(t.TempDir(), "net_weight")
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		f, err := weights.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		c, s, err := Recognise(f)
		if err != nil || c.Name != name || s.pre != overfeat || c.CeilPool {
			t.Errorf("%s: %s, %s, %v", name, c.Name, s.pre, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestLightAlexNet recognises the ONNX project's own bvlc_alexnet, whose constant weights take no room.
func TestLightAlexNet(t *testing.T) {
	f := openLight(t, "light_bvlc_alexnet.onnx")
	c, s, err := Recognise(f)
	if err != nil {
		t.Fatal(err)
	}
	if c.FC != 4096 || c.Classes != 1000 || s.pre != caffeMean || c.base() != "alexnet" {
		t.Errorf("%s, fc %d, %d classes, %s", c.Name, c.FC, c.Classes, s.pre)
	}
}
