package vgg

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/usage"
	"fc7/vgg/weights"
)

// together writes the tensors of some files into one, each under a prefix of its own.
func together(t *testing.T, nets map[string]*weights.File, order ...string) *weights.File {
	t.Helper()
	var out []weights.Source
	for _, prefix := range order {
		for _, x := range nets[prefix].Tensors {
			s := x.Source()
			s.Name = prefix + s.Name
			out = append(out, s)
		}
	}
	path := filepath.Join(t.TempDir(), "several.safetensors")
	if err := weights.WriteSafetensors(path, out, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return openTestFile(t, path)
}

// TestPrefixes: of two nets in a file one is named, and is then the net that it is alone; the names that there are
// stand in the error. A net beside other things is found by itself.
func TestPrefixes(t *testing.T) {
	a := relaid(t, TorchvisionNames, "", nil)
	b := relaid(t, TorchvisionNames, "", func(_ string, data []float32) {
		for i := range data {
			data[i] *= 0.9
		}
	})
	f := together(t, map[string]*weights.File{"model.": a, "model_ema.": b}, "model.", "model_ema.")
	if got := Prefixes(f); !slices.Equal(got, []string{"model.", "model_ema."}) {
		t.Errorf("%q", got)
	}
	if _, _, err := Recognise(f); !usage.Is(err) || !strings.Contains(err.Error(), "2 nets, under model. and model_ema.: name one with --prefix") {
		t.Errorf("%v", err)
	}
	for prefix, alone := range map[string]*weights.File{"model.": a, "model": a, "model_ema": b, "model_ema.": b} {
		u, err := Under(f, prefix)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Load(t.Context(), u, LoadOptions{})
		if err != nil {
			t.Fatalf("%s: %v", prefix, err)
		}
		want, err := Load(t.Context(), alone, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		sameOutputs(t, got, want)
	}
	for _, prefix := range []string{"mod", "ema", "model.features.0.weight"} {
		if _, err := Under(f, prefix); !usage.Is(err) || !strings.Contains(err.Error(), "expected model. or model_ema.") {
			t.Errorf("%s: %v", prefix, err)
		}
	}
	// One alone, the second deeper than the first, and beside one that is no VGG.
	nested := together(t, map[string]*weights.File{"net.": a, "net.twin.": b}, "net.", "net.twin.")
	for prefix, want := range map[string]string{"net": "net.", "net.twin": "net.twin."} {
		u, err := Under(nested, prefix)
		if err != nil {
			t.Fatal(err)
		}
		if _, s, err := Recognise(u); err != nil || s.Prefix() != want {
			t.Errorf("%s: under %q, %v", prefix, s.Prefix(), err)
		}
	}
	bare := together(t, map[string]*weights.File{"": a, "ema.": b}, "", "ema.")
	if _, s, err := Recognise(bare); err != nil || s.Prefix() != "" {
		t.Errorf("names that stand alone come first: %q, %v", s.Prefix(), err)
	}
	other := withoutPool(t, a)
	if _, s, err := Recognise(together(t, map[string]*weights.File{"head.": other, "backbone.": b}, "head.", "backbone.")); err != nil || s.Prefix() != "backbone." {
		t.Errorf("beside another net: %q, %v", s.Prefix(), err)
	}
	if _, err := Under(openTestFile(t, filepath.Join("testdata", "onnx_matmul.onnx")), "x"); !usage.Is(err) {
		t.Errorf("a graph: %v", err)
	}
}

// withoutPool is a file without all but the first convolution: no VGG.
func withoutPool(t *testing.T, f *weights.File) *weights.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "part.safetensors")
	if err := weights.WriteSafetensors(path, []weights.Source{f.Lookup("features.0.weight").Source()}, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return openTestFile(t, path)
}
