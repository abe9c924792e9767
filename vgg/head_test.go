package vgg

import (
	"path/filepath"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

// modules renames the golden net's fully connected layers, which stand at classifier.0, 3 and 6.
func modules(to ...string) func(*weights.Source) bool {
	r := strings.NewReplacer("classifier.0", to[0], "classifier.3", to[1], "classifier.6", to[2])
	return func(s *weights.Source) bool {
		s.Name = r.Replace(s.Name)
		return true
	}
}

// convolutional gives fully connected layers the axes of convolutions.
func convolutional(names ...string) func(*weights.Source) bool {
	return func(s *weights.Source) bool {
		if s.Name == names[0] {
			s.Shape = []int{20, 16, 7, 7}
		} else if len(s.Shape) == 2 {
			s.Shape = append(s.Shape, 1, 1)
		}
		return true
	}
}

// caffeNames are the paper's.
func caffeNames(t *testing.T) func(*weights.Source) bool {
	names := map[string]string{}
	for _, l := range lookup(t, "vgg16/32:fc20").Layers() {
		if l.HasWeights() {
			names[TorchvisionNames.weightOf(l).Name], names[TorchvisionNames.biasOf(l).Name] = l.Name+".weight", l.Name+".bias"
		}
	}
	return func(s *weights.Source) bool {
		s.Name = names[s.Name]
		return true
	}
}

func lookup(t *testing.T, name string) Config {
	t.Helper()
	c, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func both(a, b func(*weights.Source) bool) func(*weights.Source) bool {
	return func(s *weights.Source) bool { return a(s) && b(s) }
}

// TestHeads: wherever and however a file has fc6, fc7 and fc8, they are the same layers to the last bit.
func TestHeads(t *testing.T) {
	_, want := golden(t, "vgg16")
	for name, change := range map[string]func(*weights.Source) bool{
		"dropout first":                       modules("classifier.1", "classifier.4", "classifier.6"),
		"without dropout":                     modules("classifier.0", "classifier.2", "classifier.4"),
		"past ten":                            modules("classifier.2", "classifier.9", "classifier.12"),
		"below another model":                 modules("classifier.1", "classifier.4", "classifier.6"),
		"convolutions":                        convolutional("classifier.0.weight"),
		"paper's names":                       caffeNames(t),
		"paper's names as convolutions (FCN)": both(caffeNames(t), convolutional("fc6.weight")),
	} {
		t.Run(name, func(t *testing.T) {
			f := rewrite(t, func(s *weights.Source) bool {
				ok := change(s)
				if name == "below another model" {
					s.Name = "model.vgg." + s.Name
				}
				return ok
			})
			m, err := Load(t.Context(), f, LoadOptions{Net: "vgg16/32:fc20", pre: &Torchvision})
			if err != nil {
				t.Fatal(err)
			}
			sameOutputs(t, m, want)
		})
	}
}

// TestOtherHeads: what is no VGG's head is told with its true reason when it is asked for, and the net serves up to
// pool5.
func TestOtherHeads(t *testing.T) {
	drop := func(name string) func(*weights.Source) bool {
		return func(s *weights.Source) bool { return !strings.HasPrefix(s.Name, name) }
	}
	for want, change := range map[string]func(*weights.Source) bool{
		`they have batch normalisation (classifier.1.running_mean)`: func(s *weights.Source) bool {
			if s.Name == "classifier.6.bias" {
				*s = weights.SliceSource("classifier.1.running_mean", []int{20}, make([]float32, 20))
			}
			return true
		},
		`there are 1 of them ("classifier.0")`: both(drop("classifier.3"), drop("classifier.6")),
		`there are 4 of them ("classifier.0", "classifier.3", "classifier.6", "classifier.8")`: func(s *weights.Source) bool {
			if s.Name == "classifier.6.bias" {
				*s = weights.SliceSource("classifier.8.weight", []int{2, 10}, make([]float32, 20))
			}
			return true
		},
		`classifier.3.weight is [20 20], not the [20 784] of fc6`:                                                             drop("classifier.0"),
		`not named as the fully connected layers of torchvision files are ("head.1.weight", "head.4.weight", "score.weight")`: modules("head.1", "head.4", "score"),
	} {
		f := rewrite(t, change)
		c, _, err := Recognise(f)
		if err != nil || c.Name != "vgg16/32" || c.FC != 0 || !strings.Contains(c.Headless, want) {
			t.Errorf("%s: %s, fc %d, %q, %v", want, c.Name, c.FC, c.Headless, err)
		}
		if _, err := Load(t.Context(), f, LoadOptions{Through: "fc7"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: fc7: %v", want, err)
		}
		if _, err := Load(t.Context(), f, LoadOptions{Through: "pool5"}); err != nil {
			t.Errorf("%s: pool5: %v", want, err)
		}
	}
}

// TestReduced: DeepLab's net of fewer weights has a dilated fc6 over 3x3, and other strides that weights do not show.
func TestReduced(t *testing.T) {
	for name, before := range map[string]func(*weights.Source) bool{
		"classifier.0.weight": func(*weights.Source) bool { return true }, "fc6.weight": caffeNames(t),
	} {
		f := rewrite(t, both(before, func(s *weights.Source) bool {
			if s.Name == name {
				*s = weights.SliceSource(name, []int{20, 16, 3, 3}, make([]float32, 20*16*9))
			}
			return true
		}))
		if _, _, err := Recognise(f); err == nil || !strings.Contains(err.Error(), "fc6 is 3x3, dilated ("+name+" is [20 16 3 3])") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnbiased: convolutions before a batch normalisation often have no bias, which is one of zeros.
func TestUnbiased(t *testing.T) {
	zeros := func(keep bool) *weights.File {
		return rewriteOf(t, "golden_vgg19_bn.safetensors", func(s *weights.Source) bool {
			if strings.HasPrefix(s.Name, "features.") && strings.HasSuffix(s.Name, ".bias") {
				if l, _, _ := strings.Cut(strings.TrimPrefix(s.Name, "features."), "."); convolutionOfBN(t, l) {
					*s = weights.SliceSource(s.Name, s.Shape, make([]float32, s.Shape[0]))
					return keep
				}
			}
			return true
		})
	}
	want, err := Load(t.Context(), zeros(true), LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	without := zeros(false)
	got, err := Load(t.Context(), without, LoadOptions{Net: "vgg19_bn/32:fc20"})
	if err != nil {
		t.Fatal(err)
	}
	sameOutputs(t, got, want)
	out := filepath.Join(t.TempDir(), "out.safetensors")
	if _, err := Convert(t.Context(), without, out, ConvertOptions{}); err != nil {
		t.Fatal(err)
	}
	again, err := Load(t.Context(), openTestFile(t, out), LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sameOutputs(t, again, want)
	f := rewrite(t, func(s *weights.Source) bool { return s.Name != "features.5.bias" })
	if _, err := Load(t.Context(), f, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "features.5.bias") {
		t.Errorf("a bias that no normalisation makes needless: %v", err)
	}
}

func convolutionOfBN(t *testing.T, module string) bool {
	for _, l := range lookup(t, "vgg19_bn/32").Layers() {
		if l.Kind == Convolution && torchvisionName(l) == "features."+module {
			return true
		}
	}
	return false
}

// TestClosest: the net that is named is the one with which most tensors agree, whatever its place in the table.
func TestClosest(t *testing.T) {
	for want, change := range map[string]func(*weights.Source) bool{
		"it is not vgg16/32, the closest (12 tensors of its convolutions agree): features.28.weight is missing": func(s *weights.Source) bool {
			return s.Name != "features.28.weight"
		},
		"it is not vgg16/32, the closest (13 tensors of its convolutions agree): it has another convolution besides (features.40.weight)": func(s *weights.Source) bool {
			if s.Name == "features.28.bias" {
				*s = weights.SliceSource("features.40.weight", []int{2, 2, 1, 1}, make([]float32, 4))
			}
			return true
		},
		"it is not vgg16/32, the closest (12 tensors of its convolutions agree): conv3_2.weight is missing": both(caffeNames(t), func(s *weights.Source) bool {
			return s.Name != "conv3_2.weight"
		}),
		"features.0.weight is [3 3 3 3], which is no first convolution of 64 filters": func(s *weights.Source) bool {
			if s.Name == "features.0.weight" {
				*s = weights.SliceSource(s.Name, []int{3, 3, 3, 3}, make([]float32, 81))
			}
			return true
		},
	} {
		if _, _, err := Recognise(rewrite(t, change)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// TestSharedHeads: files that users have.
func TestSharedHeads(t *testing.T) {
	for path, want := range map[string]struct{ net, headless string }{
		"01-bgr-under-torchvision-names/w.pth": {"vgg16/16", ""},
		"06-keras-bn-in-head/w.h5":             {"vgg16/8", `("dense/kernel", "dense_1/kernel")`},
	} {
		f, err := weights.Open(filepath.Join("..", "..", "shared", "cases", path))
		if err != nil {
			t.Skipf("no real file to test with: %v", err)
		}
		defer f.Close()
		c, _, err := Recognise(f)
		if err != nil || c.Name != want.net || !strings.Contains(c.Headless, want.headless) || (c.FC == 0) != (want.headless != "") {
			t.Errorf("%s: %s, %q, %v", path, c.Name, c.Headless, err)
		}
	}
}
