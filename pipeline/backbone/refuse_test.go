package backbone_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/download"

	"fc7/extract"
	"fc7/pipeline/backbone"
	"fc7/vgg"
)

// TestConvertRefusesChanged: weights in the cache that are not what was fetched are not converted, nor loaded.
func TestConvertRefusesChanged(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("FC7_CACHE", cache)
	dir := filepath.Join(cache, "weights")
	path := netFile(t, "vgg11/32")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := backbone.Digest(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("mine.json", fmt.Appendf(nil, `{"file": "mine.safetensors", "size": %d, "sha256": %q, "verified": "by hand"}`, len(b), sum))
	write("mine.safetensors", b)
	out := filepath.Join(t.TempDir(), "out.safetensors")
	if _, err := backbone.Convert(t.Context(), "mine", download.Reading{}, out, vgg.ConvertOptions{}); err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	write("mine.safetensors", b)
	again := filepath.Join(t.TempDir(), "out.safetensors")
	if _, err := backbone.Convert(t.Context(), "mine", download.Reading{}, again, vgg.ConvertOptions{}); err == nil || !strings.Contains(err.Error(), "when it was fetched") {
		t.Errorf("converted: %v", err)
	}
	if _, err := os.Stat(again); err == nil {
		t.Error("changed weights are converted")
	}
	if _, err := backbone.Load(t.Context(), backbone.Wanted{Weights: "mine", Threads: 1}, "fc7"); err == nil || !strings.Contains(err.Error(), "when it was fetched") {
		t.Errorf("loaded: %v", err)
	}
}

// TestRefusedBeforeWeights: kernels that the machine lacks, and options that the net cannot serve, are refused before
// the weights are read.
func TestRefusedBeforeWeights(t *testing.T) {
	path := netFile(t, "vgg11/32")
	narrow := extract.Options{Scales: []int{224}, Layers: []string{"conv9_1"}}
	if _, err := backbone.LoadFor(t.Context(), backbone.Wanted{Net: "vgg16", Weights: path, Threads: 1}, narrow); err == nil || !strings.Contains(err.Error(), "conv9_1") {
		t.Errorf("a layer that is not there, of a net that is another: %v", err)
	}
	if _, err := backbone.Load(t.Context(), backbone.Wanted{Weights: "no-such-file", Threads: 1}, "fc7"); err == nil || !strings.Contains(err.Error(), "no-such-file") {
		t.Errorf("a file that is not there: %v", err)
	}
	t.Setenv("FC7_KERNELS", "abacus")
	if _, err := backbone.Load(t.Context(), backbone.Wanted{Weights: path, Threads: 1}, "fc7"); err == nil || !strings.Contains(err.Error(), "abacus") {
		t.Errorf("kernels that are not there: %v", err)
	}
}
