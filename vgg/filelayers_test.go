package vgg

import (
	"path/filepath"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

// TestMatConvNetLayers: the layers of a MatConvNet file are held against the net as those of other formats.
func TestMatConvNetLayers(t *testing.T) {
	pool := weights.Step{Op: "MaxPool", Name: "pool", Kernel: []int{2, 2}, Strides: []int{2, 2}, Pads: []int{0, 0, 1, 1}}
	// The file of the test has no pooling: it is put behind the last ReLU of each block.
	withPools := func(f *weights.File, change func(*weights.Step)) {
		var out []weights.Step
		for i, s := range f.Layers {
			out = append(out, s)
			if s.Op == "Relu" && i+1 < len(f.Layers) && strings.HasPrefix(f.Layers[i+1].Name, "conv") && strings.HasSuffix(f.Layers[i+1].Name, "_1") ||
				s.Op == "Relu" && strings.HasSuffix(s.Name, "5_3") {
				p := pool
				change(&p)
				out = append(out, p)
			}
		}
		f.Layers = out
	}
	for _, c := range []struct {
		change func(*weights.Step)
		ceil   bool
		want   string
	}{
		{func(*weights.Step) {}, true, ""},
		{func(s *weights.Step) { s.Pads = []int{0, 0, 0, 0} }, false, ""},
		{func(s *weights.Step) { s.Pads = []int{1, 1, 1, 1} }, false, "attribute pads: want [0 0 0 0], found [1 1 1 1]"},
		{func(s *weights.Step) { s.Strides = []int{1, 1} }, false, "attribute strides: want [2 2], found [1 1]"},
	} {
		f := openTestFile(t, filepath.Join("testdata", "keras_matconvnet", "simplenn_v5.mat"))
		withPools(f, c.change)
		got, _, err := Recognise(f)
		switch {
		case c.want == "" && (err != nil || got.CeilPool != c.ceil || got.FC == 0):
			t.Errorf("%+v, %v", got, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%v\nwant %s", err, c.want)
		}
	}
}
