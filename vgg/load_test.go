package vgg

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

// rewrite copies golden_vgg16 with tensors changed: nil drops one.
func rewrite(t *testing.T, change func(s *weights.Source) bool) *weights.File {
	t.Helper()
	return rewriteOf(t, "golden_vgg16.safetensors", change)
}

func rewriteOf(t *testing.T, name string, change func(s *weights.Source) bool) *weights.File {
	t.Helper()
	f, err := weights.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []weights.Source
	for _, x := range f.Tensors {
		s := x.Source()
		data := make([]float32, x.Len())
		if err := x.ReadFloat32(data); err != nil {
			t.Fatal(err)
		}
		s = weights.SliceSource(s.Name, s.Shape, data)
		if !strings.HasPrefix(s.Name, "golden.") && change(&s) {
			out = append(out, s)
		}
	}
	path := filepath.Join(t.TempDir(), "changed.safetensors")
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

// TestLoadRefuses: each fault is told with the tensor, what was expected and what was found.
func TestLoadRefuses(t *testing.T) {
	nan := func(s *weights.Source, n int) {
		data := make([]float32, n)
		data[n/2] = float32(math.NaN())
		*s = weights.SliceSource(s.Name, s.Shape, data)
	}
	for name, c := range map[string]struct {
		change func(s *weights.Source) bool
		want   []string
	}{
		"missing bias": {func(s *weights.Source) bool { return s.Name != "features.7.bias" }, []string{"features.7.bias"}},
		"wrong shape": {func(s *weights.Source) bool {
			if s.Name == "classifier.3.weight" {
				*s = weights.SliceSource(s.Name, []int{20, 19}, make([]float32, 380))
			}
			return true
		}, []string{"classifier.3.weight", "[20 20]", "[20 19]"}},
		"NaN in a convolution": {func(s *weights.Source) bool {
			if s.Name == "features.2.weight" {
				nan(s, 36)
			}
			return true
		}, []string{"features.2.weight", "NaN at [1 0 0 0]"}},
		"NaN in fc6": {func(s *weights.Source) bool {
			if s.Name == "classifier.0.weight" {
				nan(s, 20*16*49)
			}
			return true
		}, []string{"classifier.0.weight", "NaN at [10 0 0 0]"}},
		"missing convolution": {func(s *weights.Source) bool { return s.Name != "features.28.weight" }, []string{"no VGG"}},
		"nothing of VGG":      {func(s *weights.Source) bool { return s.Name == "classifier.6.bias" }, []string{"no VGG"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := rewrite(t, c.change)
			_, err := Load(t.Context(), f, LoadOptions{Through: "fc8"})
			if err == nil {
				t.Fatal("loaded")
			}
			for _, w := range append(c.want, "changed.safetensors") {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

func TestLoadOtherNet(t *testing.T) {
	f, err := weights.Open(filepath.Join("testdata", "golden_vgg16.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = Load(t.Context(), f, LoadOptions{Net: "vgg19/32:fc20"})
	if err == nil || !strings.Contains(err.Error(), "holds vgg16/32:fc20, not the vgg19/32:fc20") {
		t.Errorf("error %v", err)
	}
}

// TestTimm: the same net under timm's names, with fc6 and fc7 as convolutions, has the same maps.
func TestTimm(t *testing.T) {
	names := strings.NewReplacer("classifier.0", "pre_logits.fc1", "classifier.3", "pre_logits.fc2", "classifier.6", "head.fc")
	f := rewrite(t, func(s *weights.Source) bool {
		switch s.Name {
		case "classifier.0.weight":
			s.Shape = []int{20, 16, 7, 7}
		case "classifier.3.weight":
			s.Shape = []int{20, 20, 1, 1}
		}
		s.Name = names.Replace(s.Name)
		return true
	})
	m, err := Load(t.Context(), f, LoadOptions{Net: "vgg16/32:fc20"})
	if err != nil {
		t.Fatal(err)
	}
	if m.scheme != "timm" {
		t.Errorf("names are %s, want timm", m.scheme)
	}
	_, want := golden(t, "vgg16")
	a, b := NewRunner(m, 1), NewRunner(want, 1)
	defer a.Close()
	defer b.Close()
	view := [][]byte{picture(224, 230)}
	sameMap(t, "fc8", forward(t, b, 224, 230, view, []string{"fc8"})[0], forward(t, a, 224, 230, view, []string{"fc8"})[0])
}

// TestCaffeNames: the paper's layer names mean the authors' weights: blue first, levels from 0 to 255, their mean.
func TestCaffeNames(t *testing.T) {
	c, err := Lookup("vgg16/32:fc20")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, l := range c.Layers() {
		if l.HasWeights() {
			names[TorchvisionNames.weightOf(l).Name], names[TorchvisionNames.biasOf(l).Name] = l.Name+".weight", l.Name+".bias"
		}
	}
	f := rewrite(t, func(s *weights.Source) bool {
		s.Name = names[s.Name]
		return true
	})
	m, err := Load(t.Context(), f, LoadOptions{Net: "D/32:fc20"})
	if err != nil {
		t.Fatal(err)
	}
	if m.scheme != "caffe" || m.Preprocess != authors {
		t.Errorf("names %s, preprocessing %+v", m.scheme, m.Preprocess)
	}
	twin, err := weights.Open(filepath.Join("testdata", "golden_vgg16.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer twin.Close()
	want, err := Load(t.Context(), twin, LoadOptions{pre: &authors})
	if err != nil {
		t.Fatal(err)
	}
	a, b := NewRunner(m, 1), NewRunner(want, 1)
	defer a.Close()
	defer b.Close()
	view := [][]byte{picture(224, 230)}
	sameMap(t, "fc8", forward(t, b, 224, 230, view, []string{"fc8"})[0], forward(t, a, 224, 230, view, []string{"fc8"})[0])
}

// TestThrough: what lies behind the last layer that is needed is not loaded, and not asked of the file.
func TestThrough(t *testing.T) {
	f := rewrite(t, func(s *weights.Source) bool { return s.Name != "classifier.6.weight" })
	m, err := Load(t.Context(), f, LoadOptions{Through: "fc7"})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.full) != 2 {
		t.Errorf("%d fully connected layers, want 2", len(m.full))
	}
	headless := rewrite(t, func(s *weights.Source) bool { return !strings.HasPrefix(s.Name, "classifier") })
	m, err = Load(t.Context(), headless, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Layer("fc7"); err == nil || !strings.Contains(err.Error(), "pool5") {
		t.Errorf("fc7 of a net that ends with pool5: %v", err)
	}
	if w, side, err := m.Layer("pool5"); err != nil || w != 16 || side != 32 {
		t.Errorf("pool5: %d, %d, %v", w, side, err)
	}
}

// TestInitEnds: who asks for a net of hundreds of megabytes can change their mind.
func TestInitEnds(t *testing.T) {
	c, err := Lookup("vgg16/32")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	err = Init(ctx, filepath.Join(dir, "w"), c, 1, weights.SafetensorsOptions{})
	if left, e := os.ReadDir(dir); !errors.Is(err, context.Canceled) || e != nil || len(left) > 0 {
		t.Errorf("%v; there is %v, %v", err, left, e)
	}
}

func TestInit(t *testing.T) {
	c, err := Lookup("vgg19_bn/32")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var files [3][]byte
	for i, seed := range []uint64{1, 1, 2} {
		path := filepath.Join(dir, string(rune('a'+i)))
		if err := Init(t.Context(), path, c, seed, weights.SafetensorsOptions{}); err != nil {
			t.Fatal(err)
		}
		if files[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if string(files[0]) != string(files[1]) || string(files[0]) == string(files[2]) {
		t.Error("the bytes of a random net must depend on the seed and on nothing else")
	}
	f, err := weights.Open(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := Load(t.Context(), f, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Config.Name != "vgg19_bn/32" {
		t.Errorf("made %s, read back as %s", c.Name, m.Config.Name)
	}
	// He: deviation sqrt(2/fan-in), here of fc6 with 16*49 inputs.
	s, err := f.Lookup("classifier.0.weight").Statistics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := math.Sqrt(2.0 / (16 * 49)); math.Abs(s.Std/want-1) > 0.02 {
		t.Errorf("deviation of fc6 %g, want %g", s.Std, want)
	}
	// Any part of a tensor is the same numbers.
	x, part := make([]float32, 10000), make([]float32, 300)
	drawNormal(x, 0, 1, 1, 5)
	drawNormal(part, 4000, 1, 1, 5)
	for i := range part {
		if part[i] != x[4000+i] {
			t.Fatalf("number %d depends on where reading begins", 4000+i)
		}
	}
	// Seeds and tensors have numbers of their own.
	for _, other := range [][2]uint64{{1, 6}, {1, 0}, {2, 5}} {
		drawNormal(part, 0, 1, other[0], other[1])
		for i := range part {
			if part[i] == x[i] {
				t.Fatalf("seed %d, tensor %d: number %d is that of seed 1, tensor 5", other[0], other[1], i)
			}
		}
	}
}
