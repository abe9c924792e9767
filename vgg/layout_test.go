package vgg

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

// relaid writes the golden VGG-16 as another source would: its names, its axes. prefix goes before every name.
func relaid(t *testing.T, s Scheme, prefix string, change func(name string, data []float32)) *weights.File {
	t.Helper()
	f, err := weights.Open(filepath.Join("testdata", "golden_vgg16.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, _, err := Recognise(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []weights.Source
	add := func(p Param, data []float32) {
		if change != nil {
			change(p.Name, data)
		}
		out = append(out, weights.SliceSource(prefix+p.Name, p.Shape, data))
	}
	for _, l := range c.Layers() {
		if !l.HasWeights() {
			continue
		}
		w, err := f.Lookup(TorchvisionNames.weightOf(l).Name).ReadFinite()
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.Lookup(TorchvisionNames.biasOf(l).Name).ReadFinite()
		if err != nil {
			t.Fatal(err)
		}
		p := s.weightOf(l)
		add(p, permuted(w, l, string(p.axes)))
		add(s.biasOf(l), b)
	}
	path := filepath.Join(t.TempDir(), "relaid.safetensors")
	if err := weights.WriteSafetensors(path, out, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	g, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

// permuted reorders [Out,In,H,W] into the order of the letters, one element after the other.
func permuted(w []float32, l Layer, axes string) []float32 {
	out := make([]float32, len(w))
	k := l.Kernel
	size := map[byte]int{'O': l.Out, 'I': l.In, 'H': k, 'W': k}
	from := 0
	for o := range l.Out {
		for i := range l.In {
			for y := range k {
				for x := range k {
					at := map[byte]int{'O': o, 'I': i, 'H': y, 'W': x}
					to := 0
					for _, c := range []byte(strings.ReplaceAll(axes, " ", "")) {
						to = to*size[c] + at[c]
					}
					out[to] = w[from]
					from++
				}
			}
		}
	}
	return out
}

// TestLayouts: the same net as every source lays it out has the same maps, to the last bit.
func TestLayouts(t *testing.T) {
	_, want := golden(t, "vgg16")
	for _, s := range schemes {
		t.Run(s.Name, func(t *testing.T) {
			f := relaid(t, s, "", nil)
			m, err := Load(t.Context(), f, LoadOptions{Net: "vgg16/32:fc20", pre: &Torchvision})
			if err != nil {
				t.Fatal(err)
			}
			if m.scheme != s.Name {
				t.Errorf("recognised as %s", m.scheme)
			}
			sameOutputs(t, m, want)
		})
	}
}

// TestEachAxes goes through layouts that no source of the table has: every way to store a layer.
func TestEachAxes(t *testing.T) {
	_, want := golden(t, "vgg16")
	kept := schemes
	defer func() { schemes = kept }()
	for _, a := range []Layout{
		{conv: "O I W H", fc: "O I W H"},
		{conv: "I H W O", fc: "IHW O"},
		{conv: "O H W I", fc: "O HWI"},
		{conv: "W H I O", fc: "IWH O"},
		{conv: "I O H W", fc: "I O H W"},
	} {
		t.Run(string(a.conv+"; "+a.fc), func(t *testing.T) {
			s := Scheme{Name: "test", pre: Torchvision, layout: a, convs: "conv", weight: ".w", bias: ".b", tensor: paperName}
			schemes = []Scheme{TorchvisionNames, s} // the golden file has torchvision's
			m, err := Load(t.Context(), relaid(t, s, "", nil), LoadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			sameOutputs(t, m, want)
		})
	}
}

func sameOutputs(t *testing.T, m, want *Model) {
	t.Helper()
	a, b := NewRunner(m, 2), NewRunner(want, 2)
	defer a.Close()
	defer b.Close()
	view, layers := [][]byte{picture(224, 256)}, []string{"conv1_1", "pool5", "fc6", "fc8"}
	x, y := forward(t, a, 224, 256, view, layers), forward(t, b, 224, 256, view, layers)
	for i, layer := range layers {
		sameMap(t, layer, x[i], y[i])
	}
}

// TestSourceNames holds each scheme against names and shapes of its full-size files.
func TestSourceNames(t *testing.T) {
	c, err := Lookup("vgg16")
	if err != nil {
		t.Fatal(err)
	}
	type tensor struct {
		layer, weight string
		shape         []int
		bias          string
	}
	for name, want := range map[string][]tensor{
		"torchvision": {
			{"conv3_1", "features.10.weight", []int{256, 128, 3, 3}, "features.10.bias"},
			{"fc6", "classifier.0.weight", []int{4096, 25088}, "classifier.0.bias"},
			{"fc8", "classifier.6.weight", []int{1000, 4096}, "classifier.6.bias"},
		},
		"timm": {
			{"fc6", "pre_logits.fc1.weight", []int{4096, 512, 7, 7}, "pre_logits.fc1.bias"},
			{"fc7", "pre_logits.fc2.weight", []int{4096, 4096, 1, 1}, "pre_logits.fc2.bias"},
			{"fc8", "head.fc.weight", []int{1000, 4096}, "head.fc.bias"},
		},
		"caffe": {
			{"conv3_1", "conv3_1.weight", []int{256, 128, 3, 3}, "conv3_1.bias"},
			{"fc6", "fc6.weight", []int{4096, 25088}, "fc6.bias"},
		},
		"tf-slim": {
			{"conv3_1", "conv3/conv3_1/weights", []int{3, 3, 128, 256}, "conv3/conv3_1/biases"},
			{"fc6", "fc6/weights", []int{7, 7, 512, 4096}, "fc6/biases"},
			{"fc7", "fc7/weights", []int{1, 1, 4096, 4096}, "fc7/biases"},
			{"fc8", "fc8/weights", []int{1, 1, 4096, 1000}, "fc8/biases"},
		},
		"numpy-dict": {
			{"conv3_1", "conv3_1.weights", []int{3, 3, 128, 256}, "conv3_1.biases"},
			{"fc6", "fc6.weights", []int{25088, 4096}, "fc6.biases"},
		},
		"numpy-npz": {
			{"conv3_1", "conv3_1_W", []int{3, 3, 128, 256}, "conv3_1_b"},
			{"fc8", "fc8_W", []int{4096, 1000}, "fc8_b"},
		},
	} {
		s := schemeOf(t, name)
		for _, w := range want {
			l, err := c.Layer(w.layer)
			if err != nil {
				t.Fatal(err)
			}
			p, b := s.weightOf(l), s.biasOf(l)
			if p.Name != w.weight || !slices.Equal(p.Shape, w.shape) || b.Name != w.bias || !slices.Equal(b.Shape, []int{l.Out}) {
				t.Errorf("%s: %s is %s %v and %s %v, want %+v", name, w.layer, p.Name, p.Shape, b.Name, b.Shape, w)
			}
		}
	}
}

func schemeOf(t *testing.T, name string) Scheme {
	t.Helper()
	i := slices.IndexFunc(schemes, func(s Scheme) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no scheme %s", name)
	}
	return schemes[i]
}

// TestSchemes checks what is data of every scheme, those of later sources too.
func TestSchemes(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range schemes {
		if s.Name == "" || seen[s.Name] {
			t.Errorf("the name %q is empty or taken", s.Name)
		}
		seen[s.Name] = true
		if err := s.pre.check(); err != nil || s.pre.Name == "" {
			t.Errorf("%s: preprocessing %s: %v", s.Name, s.pre, err)
		}
		for _, a := range []Axes{s.layout.conv, s.layout.fc, s.layout.fc8} {
			if a != "" && a.check() != nil {
				t.Errorf("%s: %v", s.Name, a.check())
			}
		}
	}
	for _, a := range []Axes{"", "O I H", "O I H W O", "O I H H"} {
		if a.check() == nil {
			t.Errorf("axes %q accepted", a)
		}
	}
}

// TestScope: a net's names may stand below another.
func TestScope(t *testing.T) {
	_, want := golden(t, "vgg16")
	for prefix, name := range map[string]string{"vgg_16/": "tf-slim", "model/vgg_16/": "tf-slim", "backbone.": "torchvision"} {
		m, err := Load(t.Context(), relaid(t, schemeOf(t, name), prefix, nil), LoadOptions{pre: &Torchvision})
		if err != nil {
			t.Fatal(err)
		}
		if m.scheme != name {
			t.Errorf("recognised as %s, want %s", m.scheme, name)
		}
		sameOutputs(t, m, want)
	}
}

// TestFeaturesOnly: torchvision's vgg16_features has a classifier of NaN, and a preprocessing of its own.
func TestFeaturesOnly(t *testing.T) {
	for name, only := range map[string]bool{"classifier": true, "classifier.0.weight": true, "classifier.3.weight": false} {
		f := relaid(t, TorchvisionNames, "", func(tensor string, data []float32) {
			for i := range data {
				if strings.HasPrefix(tensor, name) {
					data[i] = float32(math.NaN())
				}
			}
		})
		c, _, err := Recognise(f)
		if err != nil {
			t.Fatal(err)
		}
		if (c.Headless != "") != only || (c.FC == 0) != only {
			t.Errorf("%s: %q, fc %d", name, c.Headless, c.FC)
		}
		_, err = Load(t.Context(), f, LoadOptions{Through: "fc7"})
		if err == nil || !strings.Contains(err.Error(), "NaN") || only && !strings.Contains(err.Error(), "or pool5") {
			t.Errorf("%s: loading fc7: %v", name, err)
		}
		m, err := Load(t.Context(), f, LoadOptions{Through: "pool5", Net: "vgg16/32"})
		if !only {
			m, err = Load(t.Context(), f, LoadOptions{Through: "pool5"})
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]Preprocess{true: torchvisionFeatures, false: Torchvision}[only]; m.Preprocess != want {
			t.Errorf("%s: preprocessing %s", name, m.Preprocess)
		}
	}
}
