package vgg

import (
	"path/filepath"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

func openTestFile(t *testing.T, path string) *weights.File {
	t.Helper()
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// openLight opens one of the ONNX project's own light files, where they are at hand.
func openLight(t *testing.T, name string) *weights.File {
	t.Helper()
	f, err := weights.Open(filepath.Join("..", "..", "shared", "data", "onnx", "light", name))
	if err != nil {
		t.Skipf("no real file to test with: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestGraph loads what exporters make of the golden nets and compares every layer with PyTorch's maps.
func TestGraph(t *testing.T) {
	for _, c := range []struct{ file, golden, net string }{
		{"onnx_folded", "vgg19_bn", "vgg19/32:fc20"},
		{"onnx_norms", "vgg19_bn", "vgg19_bn/32:fc20"},
		{"onnx_matmul", "vgg16", "vgg16/32:fc20"},
	} {
		t.Run(c.file, func(t *testing.T) {
			m, err := Load(t.Context(), openTestFile(t, filepath.Join("testdata", c.file+".onnx")), LoadOptions{Net: c.net})
			if err != nil {
				t.Fatal(err)
			}
			if m.scheme != "graph" || m.Preprocess != Torchvision || m.Config.Classes != 10 {
				t.Errorf("names %s, preprocessing %s, %d classes", m.scheme, m.Preprocess, m.Config.Classes)
			}
			file, want := golden(t, c.golden)
			a := NewRunner(m, 2)
			defer a.Close()
			var layers []string
			for _, l := range want.layers {
				layers = append(layers, l.Name)
			}
			for i, x := range forward(t, a, 230, 261, [][]byte{picture(230, 261)}, layers) {
				compare(t, file, layers[i], x)
			}
		})
	}
}

// TestGraphRefuses changes one step at a time: a graph that computes something else is no VGG.
func TestGraphRefuses(t *testing.T) {
	for want, change := range map[string]func(steps []weights.Step) []weights.Step{
		"conv1_1: Conv: attribute strides: want [1 1], found [2 2]": func(s []weights.Step) []weights.Step { s[0].Strides = []int{2, 2}; return s },
		"attribute pads: want [1 1 1 1], found []":                  func(s []weights.Step) []weights.Step { s[0].Pads, s[0].SamePads = nil, false; return s },
		"attribute group: want 1, found 2":                          func(s []weights.Step) []weights.Step { s[2].Group = 2; return s },
		"attribute kernel_shape: want [2 2], found [3 3]":           func(s []weights.Step) []weights.Step { s[4].Kernel = []int{3, 3}; return s },
		"expected Relu, found Sigmoid":                              func(s []weights.Step) []weights.Step { s[1].Op = "Sigmoid"; return s },
		"does not have its weights":                                 func(s []weights.Step) []weights.Step { s[2].Weight = nil; return s },
		"fc6: the file does not have":                               func(s []weights.Step) []weights.Step { s[len(s)-5].Weight = &weights.Tensor{}; return s },
		"does not begin with":                                       func(s []weights.Step) []weights.Step { return append([]weights.Step{{Op: "Sub"}}, s...) },
		"expected MaxPool, found the en":                            func(s []weights.Step) []weights.Step { return s[:len(s)-6] },
		"fc6 and fc7 of one width":                                  func(s []weights.Step) []weights.Step { return s[:len(s)-3] },
		"the end of the graph, found":                               func(s []weights.Step) []weights.Step { return append(s, weights.Step{Op: "Tanh"}) },
		"fc7: expected Relu":                                        func(s []weights.Step) []weights.Step { s[len(s)-2].Op = "Tanh"; return s },
	} {
		f := openTestFile(t, filepath.Join("testdata", "onnx_matmul.onnx"))
		f.Graph = change(f.Graph)
		_, err := Load(t.Context(), f, LoadOptions{Through: "fc7"})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "onnx_matmul.onnx") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// TestGraphHeadless: a graph may end with pool5, or with fc7.
func TestGraphHeadless(t *testing.T) {
	f := openTestFile(t, filepath.Join("testdata", "onnx_matmul.onnx"))
	all := f.Graph
	f.Graph = all[:len(all)-5]
	m, err := Load(t.Context(), f, LoadOptions{Through: "pool5"})
	if err != nil || m.Config.Name != "vgg16/32" || m.Config.FC != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err = Load(t.Context(), f, LoadOptions{Through: "fc7"}); err == nil || !strings.Contains(err.Error(), "its weights end with pool5") {
		t.Errorf("fc7: %v", err)
	}
	f.Graph = all[:len(all)-1]
	m, err = Load(t.Context(), f, LoadOptions{Through: "fc7"})
	if err != nil || m.Config.Classes != 0 || m.Config.FC != 20 {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestLightVGG19 recognises the ONNX project's own VGG-19, whose constant weights take no room.
func TestLightVGG19(t *testing.T) {
	f := openLight(t, "light_vgg19.onnx")
	c, s, err := Recognise(f)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "vgg19" || c.FC != 4096 || c.Classes != 1000 || s.pre != authors {
		t.Errorf("%s, fc %d, %d classes, %s", c.Name, c.FC, c.Classes, s.pre)
	}
	m, err := Load(t.Context(), f, LoadOptions{Through: "conv2_1"})
	if err != nil {
		t.Fatal(err)
	}
	r := NewRunner(m, 2)
	defer r.Close()
	if x := forward(t, r, 32, 32, [][]byte{picture(32, 32)}, []string{"conv2_1"})[0]; x.C != 128 || x.H != 16 {
		t.Errorf("map %dx%dx%d", x.H, x.W, x.C)
	}
}
