package inspection

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/download"

	"fc7/pipeline/backbone"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// headless writes the golden VGG-16 without its fully connected layers.
func headless(t *testing.T) string {
	t.Helper()
	f, err := weights.Open(filepath.Join("..", "..", "vgg", "testdata", "golden_vgg16.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []weights.Source
	for _, x := range f.Tensors {
		if strings.HasPrefix(x.Name, "features.") {
			out = append(out, x.Source())
		}
	}
	path := filepath.Join(t.TempDir(), "notop.safetensors")
	if err := weights.WriteSafetensors(path, out, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHeadless: weights without fully connected layers serve every layer up to pool5, and say so of the others.
func TestHeadless(t *testing.T) {
	path := headless(t)
	in, err := OfWeights(t.Context(), path, download.Reading{}, true)
	if err != nil {
		t.Fatal(err)
	}
	if in.Net != "vgg16/32" || !strings.Contains(in.Headless, "no fully connected layers") || in.Layers[len(in.Layers)-1].Name != "pool5" {
		t.Errorf("net %q, headless %q, layers %v", in.Net, in.Headless, in.Layers)
	}
	if in.Preprocess == nil || *in.Preprocess != vgg.Torchvision || in.SHA256 == "" || in.Tensors[0].Stats == nil {
		t.Errorf("inspection %+v", in)
	}
	for _, layer := range []string{"pool5", "conv4_3"} {
		if _, err := backbone.Load(context.Background(), backbone.Wanted{Net: "vgg16/32", Weights: path, Threads: 1}, layer); err != nil {
			t.Errorf("%s: %v", layer, err)
		}
	}
	for _, layer := range []string{"fc6", "fc7", "fc8"} {
		_, err := backbone.Load(context.Background(), backbone.Wanted{Weights: path, Threads: 1}, layer)
		if err == nil || !strings.Contains(err.Error(), "no layer "+layer+": its weights end with pool5") || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", layer, err)
		}
	}
}

// TestInspectionEnds with the context.
func TestInspectionEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, stats := range []bool{true, false} {
		if _, err := OfWeights(ctx, headless(t), download.Reading{}, stats); !errors.Is(err, context.Canceled) {
			t.Errorf("statistics %v: %v", stats, err)
		}
	}
}

// TestNonFinite: numbers that would spoil every descriptor are counted over all tensors, and only where statistics are
// asked for; a file that is no VGG is described as well.
func TestNonFinite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	inf, nan := float32(math.Inf(-1)), float32(math.NaN())
	tensors := []weights.Source{
		weights.SliceSource("a", []int{3}, []float32{1, nan, inf}), weights.SliceSource("b", []int{2}, []float32{0, nan}),
	}
	if err := weights.WriteSafetensors(path, tensors, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	for stats, want := range map[bool]int{true: 3, false: 0} {
		in, err := OfWeights(t.Context(), path, download.Reading{}, stats)
		if err != nil || in.NonFinite != want || in.NotVGG == "" || in.Net != "" || len(in.Tensors) != 2 || (in.Tensors[1].Stats != nil) != stats {
			t.Errorf("statistics %v: %+v, %v", stats, in, err)
		}
	}
}
