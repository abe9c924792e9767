package vgg

import (
	"path/filepath"
	"testing"
)

// TestSources loads the golden VGG-16 from the files that Python wrote as its sources store it.
func TestSources(t *testing.T) {
	_, want := golden(t, "vgg16")
	for _, c := range []struct {
		file, names string
		pre         Preprocess
	}{
		{"source_dict.npy", "numpy-dict", authors},
		{"source_weights.npz", "numpy-npz", authorsRGB},
		{"source_slim.ckpt", "tf-slim", slim},
		{"source_slim.ckpt.index", "tf-slim", slim},
		{"source_slim_v1.ckpt", "tf-slim", slim},
	} {
		t.Run(c.file, func(t *testing.T) {
			f := openTestFile(t, filepath.Join("testdata", c.file))
			m, err := Load(t.Context(), f, LoadOptions{Net: "vgg16/32:fc20"})
			if err != nil {
				t.Fatal(err)
			}
			if m.scheme != c.names || m.Preprocess != c.pre {
				t.Errorf("names %s, preprocessing %s", m.scheme, m.Preprocess)
			}
			if m, err = Load(t.Context(), f, LoadOptions{pre: &Torchvision}); err != nil {
				t.Fatal(err)
			}
			sameOutputs(t, m, want)
		})
	}
}

// TestPreprocessOrders: a net whose first filters and mean are turned from BGR to RGB gives the same values.
func TestPreprocessOrders(t *testing.T) {
	turned := relaid(t, TorchvisionNames, "", func(name string, data []float32) {
		if name != "features.0.weight" {
			return
		}
		for o := 0; o < len(data); o += 27 {
			for i := range 9 {
				data[o+i], data[o+18+i] = data[o+18+i], data[o+i]
			}
		}
	})
	a, err := Load(t.Context(), turned, LoadOptions{pre: &authors})
	if err != nil {
		t.Fatal(err)
	}
	f := openTestFile(t, filepath.Join("testdata", "golden_vgg16.safetensors"))
	b, err := Load(t.Context(), f, LoadOptions{pre: &authorsRGB})
	if err != nil {
		t.Fatal(err)
	}
	sameOutputs(t, a, b)
}
