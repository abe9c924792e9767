package vgg

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	shipped "fc7/vgg/small"
	"fc7/vgg/weights"
)

// photographic are filters as nets learn them on photographs: patterns in all channels, with the given energies.
func photographic(n int, r *rand.Rand, energy [3]float64) []float32 {
	w := make([]float32, 27*n)
	for o := range n {
		var pattern [9]float64
		for i := range pattern {
			pattern[i] = r.NormFloat64()
		}
		for c, e := range energy {
			for i, v := range pattern {
				w[27*o+9*c+i] = float32(math.Sqrt(e) * (v + 0.1*r.NormFloat64()))
			}
		}
	}
	return w
}

// TestRedToBlue: the order shows in filters with more red than blue, and in no others: neither random ones, nor few.
func TestRedToBlue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		w := make([]float32, 27*64)
		for i := range w {
			w[i] = float32(r.NormFloat64())
		}
		if _, errors := redToBlue(w, 9); math.Abs(errors) >= leastErrors {
			t.Errorf("random filters, try %d: %g standard errors", n, errors)
		}
	}
	w := photographic(64, r, [3]float64{0.34, 0.41, 0.25})
	ratio, errors := redToBlue(w, 9)
	if math.Abs(ratio-0.34/0.25) > 0.05 || errors < 10 {
		t.Errorf("%g, %g standard errors", ratio, errors)
	}
	exchange(w)
	if turned, e := redToBlue(w, 9); math.Abs(turned*ratio-1) > 1e-9 || math.Abs(e+errors) > 1e-6 {
		t.Errorf("turned: %g, %g standard errors", turned, e)
	}
	if ratio, errors := redToBlue(make([]float32, 27*64), 9); ratio != 1 || errors != 0 {
		t.Errorf("zeros: %g, %g", ratio, errors)
	}
}

// TestFiltersDisagree: a net of 64 filters like those of photographs is told where its names say the other order, by
// the file's real layout; narrow nets are told that they cannot tell.
func TestFiltersDisagree(t *testing.T) {
	c, err := Lookup("vgg11")
	if err != nil {
		t.Fatal(err)
	}
	c.FC, c.Classes = 0, 0
	r := rand.New(rand.NewPCG(3, 4))
	rgb := photographic(64, r, [3]float64{0.34, 0.41, 0.25})
	bgr := append([]float32(nil), rgb...)
	exchange(bgr)
	for _, x := range []struct {
		filters []float32
		said    Said
		order   string
		doubts  int
	}{{rgb, Said{}, "RGB", 0}, {bgr, Said{}, "BGR", 1}, {bgr, Said{Preprocess: &authors}, "BGR", 0}, {rgb, Said{Preprocess: &authors}, "RGB", 1}} {
		f := withFilters(t, c, x.filters)
		if err := Say(f, x.said, false); err != nil {
			t.Fatal(err)
		}
		e, err := ExpectedOf(t.Context(), f)
		if err != nil || e.Filters == nil || e.Filters.Order != x.order || len(e.Doubts) != x.doubts {
			t.Errorf("want %s and %d doubts: %+v, %+v, %v", x.order, x.doubts, e, e.Filters, err)
			continue
		}
		if x.doubts > 0 && !strings.Contains(e.Doubts[0], "look like "+x.order) {
			t.Errorf("%v", e.Doubts)
		}
	}
	narrow := relaid(t, TorchvisionNames, "", nil)
	if e, err := ExpectedOf(t.Context(), narrow); err != nil || e.Filters.Order != "" || !strings.Contains(e.Filters.Words(), "2 filters are too few") {
		t.Errorf("%+v, %v", e, err)
	}
}

// withFilters is a net of zeros with these first filters, under torchvision's names.
func withFilters(t *testing.T, c Config, filters []float32) *weights.File {
	t.Helper()
	var out []weights.Source
	for _, l := range c.Layers() {
		for _, p := range TorchvisionNames.Params(l) {
			s := weights.Source{Name: p.Name, Shape: p.Shape, ReadAt: func(dst []float32, _ int) error { clear(dst); return nil }}
			if len(out) == 0 {
				s = weights.SliceSource(p.Name, p.Shape, filters)
			}
			out = append(out, s)
		}
	}
	path := filepath.Join(t.TempDir(), "net.safetensors")
	if err := weights.WriteSafetensors(path, out, weights.SafetensorsOptions{Dtype: weights.F16}); err != nil {
		t.Fatal(err)
	}
	return openTestFile(t, path)
}

// TestInputSpread: the net that ships was trained on inputs of deviation 1, which its first batch normalisation tells,
// and a preprocessing of 0 to 255 is then doubted.
func TestInputSpread(t *testing.T) {
	f, err := shipped.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e, err := ExpectedOf(t.Context(), f)
	if err != nil || math.Abs(e.Filters.Spread-1) > 0.15 || len(e.Doubts) != 0 || e.Sure != certain {
		t.Fatalf("%+v, %+v, %v", e, e.Filters, err)
	}
	if err := Say(f, Said{Preprocess: &authorsRGB}, true); err != nil {
		t.Fatal(err)
	}
	if e, err := ExpectedOf(t.Context(), f); err != nil || len(e.Doubts) != 1 || !strings.Contains(e.Doubts[0], "inputs of deviation 0.9") {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestRealFilters: the first filters of VGG-19 itself, and of SqueezeNet, which both take BGR.
func TestRealFilters(t *testing.T) {
	for file, name := range map[string]string{"vgg_normalised_conv3_1.pth": "2.weight", "squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5": "conv1/uniform1"} {
		path := filepath.Join("..", "..", "shared", "data", "weights", file)
		if _, err := os.Stat(path); err != nil {
			t.Skip("no shared data: ", err)
		}
		x := openTestFile(t, path).Lookup(name)
		if x.Shape[0] == 3 { // H W I O
			var err error
			if x, err = x.Arranged([][]int{{3}, {3}, {3}, {64}}, []int{3, 2, 0, 1}); err != nil {
				t.Fatal(err)
			}
		}
		w, err := x.ReadFinite()
		if err != nil {
			t.Fatal(err)
		}
		if ratio, errors := redToBlue(w, 9); 1/ratio < 1.3 || -errors < leastErrors {
			t.Errorf("%s: third channel to first %g, %g standard errors", file, 1/ratio, -errors)
		}
	}
}
