package vgg

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"fc7/vgg/weights"
)

// TestParameters: of files of every scheme, in BGR or RGB, the tensors written to a file again are the same net to the
// last bit, with torchvision's names and an input in RGB.
func TestParameters(t *testing.T) {
	for _, s := range schemes {
		if s.tensor == nil {
			continue
		}
		f := relaid(t, s, "", nil)
		want, err := Load(t.Context(), f, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := ParametersOf(context.Background(), f, want.Config.Name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "net.safetensors")
		meta := map[string]string{MetaPreprocess: p.Preprocess.String()}
		if err := weights.WriteSafetensors(path, p.Tensors, weights.SafetensorsOptions{Metadata: meta}); err != nil {
			t.Fatal(err)
		}
		g, err := weights.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Load(t.Context(), g, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Preprocess.Order != "RGB" || want.Preprocess.Order == "RGB" && got.Preprocess != want.Preprocess {
			t.Errorf("%s: %v became %v", s.Name, want.Preprocess, got.Preprocess)
		}
		sameOutputs(t, got, want)
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		if _, err := ParametersOf(context.Background(), f, "vgg19_bn/2"); err == nil {
			t.Errorf("%s: taken for another net", s.Name)
		}
	}
}

// TestTurned: any piece of a turned tensor is that piece of the whole, and turning twice changes nothing.
func TestTurned(t *testing.T) {
	data := make([]float32, 4*27)
	for i := range data {
		data[i] = float32(i)
	}
	s := turned(weights.SliceSource("w", []int{4, 3, 3, 3}, data))
	whole := make([]float32, len(data))
	if err := s.ReadAt(whole, 0); err != nil {
		t.Fatal(err)
	}
	if whole[0] != 18 || whole[9] != 9 || whole[18+5] != 5 || whole[27] != 45 {
		t.Errorf("%v", whole)
	}
	for off := range data {
		for _, n := range []int{1, 5, 30} {
			if off+n > len(data) {
				continue
			}
			piece := make([]float32, n)
			if err := s.ReadAt(piece, off); err != nil || !slices.Equal(piece, whole[off:off+n]) {
				t.Fatalf("at %d, %d: %v %v", off, n, piece, err)
			}
		}
	}
	again := make([]float32, len(data))
	if err := turned(s).ReadAt(again, 0); err != nil || !slices.Equal(again, data) {
		t.Errorf("%v", err)
	}
	if authors.turned() != authorsRGB || authorsRGB.turned() != authors {
		t.Errorf("%v %v", authors.turned(), authorsRGB.turned())
	}
	p := Torchvision.turned()
	if p.Order != "BGR" || p.Mean[0] != Torchvision.Mean[2] || p.Std[2] != Torchvision.Std[0] || p.Name != "torchvision in BGR" {
		t.Errorf("%v", p)
	}
}
