package backbone_test

import (
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/backbone"
	"fc7/pipeline/download"
	"fc7/vgg"
)

// TestConvert: a file, or the net that ships by its name, becomes a file of the same net.
func TestConvert(t *testing.T) {
	for _, in := range []string{netFile(t, "vgg11/32"), "small"} {
		out := filepath.Join(t.TempDir(), "out.safetensors")
		if _, err := backbone.Convert(t.Context(), in, download.Reading{}, out, vgg.ConvertOptions{}); err != nil {
			t.Fatal(in, err)
		}
		was, err := backbone.Load(t.Context(), backbone.Wanted{Weights: in, Threads: 1}, "fc7")
		if err != nil {
			t.Fatal(err)
		}
		is, err := backbone.Load(t.Context(), backbone.Wanted{Net: was.Config.Name, Weights: out, Threads: 1}, "fc7")
		if err != nil || is.Preprocess != was.Preprocess || is.Trained != was.Trained {
			t.Errorf("%s: %+v, %v", in, is, err)
		}
	}
	if _, err := backbone.Convert(t.Context(), "no-such-file", download.Reading{}, filepath.Join(t.TempDir(), "x"), vgg.ConvertOptions{}); err == nil || !strings.Contains(err.Error(), "no-such-file") {
		t.Errorf("%v", err)
	}
}
