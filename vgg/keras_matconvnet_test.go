package vgg

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

// kerasMatConvNet are the golden VGG-16 as h5py and scipy wrote it (testdata/make_keras_matconvnet.py).
var kerasMatConvNet = []struct {
	name, scheme, format string
	pre                  Preprocess
	headless             bool
}{
	{"keras2.h5", "keras", "hdf5", authors, false},
	{"keras1_notop.h5", "keras", "hdf5", authors, true},
	{"keras3.weights.h5", "keras3", "hdf5", authors, false},
	{"keras3_nested.weights.h5", "keras3", "hdf5", authors, true},
	{"simplenn_v5.mat", "matconvnet", "matlab-v5", averaged("matconvnet"), false},
	{"old_v5_notop.mat", "matconvnet", "matlab-v5", averaged("matconvnet, channel means of a 4x4x3 average image"), true},
	{"simplenn_v73.mat", "matconvnet", "matlab-v7.3", averaged("matconvnet"), false},
	{"dagnn_v73_notop.mat", "matconvnet", "matlab-v7.3", averaged("matconvnet"), true},
}

func averaged(name string) Preprocess {
	p := authorsRGB
	p.Name = name
	return p
}

// TestKerasMatConvNet: files of other libraries hold the golden net to the last bit, and give its maps.
func TestKerasMatConvNet(t *testing.T) {
	_, want := golden(t, "vgg16")
	for _, s := range kerasMatConvNet {
		t.Run(s.name, func(t *testing.T) {
			path := filepath.Join("testdata", "keras_matconvnet", s.name)
			f := openTestFile(t, path)
			if f.Format != s.format {
				t.Errorf("format %s, want %s", f.Format, s.format)
			}
			c, scheme, err := Recognise(f)
			if err != nil {
				t.Fatal(err)
			}
			if scheme.Name != s.scheme || (c.FC == 0) != s.headless {
				t.Errorf("recognised %s as %s", c.Name, scheme.Name)
			}
			if p, err := preprocessFor(f, scheme); err != nil || p != s.pre {
				t.Errorf("preprocessing %s, %v; want %s", p, err, s.pre)
			}
			sameTensors(t, path, filepath.Join("testdata", "golden_vgg16.safetensors"))
			m, err := Load(t.Context(), f, LoadOptions{pre: &Torchvision})
			if err != nil {
				t.Fatal(err)
			}
			if !s.headless {
				sameOutputs(t, m, want)
				return
			}
			sameLayer(t, m, want, "pool5")
			_, err = Load(t.Context(), f, LoadOptions{Through: "fc7"})
			if err == nil || !strings.Contains(err.Error(), "no layer fc7: its weights end with pool5") {
				t.Errorf("fc7 of a net without it: %v", err)
			}
		})
	}
}

// TestKerasArchive: a .keras archive is its model.weights.h5.
func TestKerasArchive(t *testing.T) {
	inner := filepath.Join("testdata", "keras_matconvnet", "keras3_nested.weights.h5")
	path := filepath.Join(t.TempDir(), "m.keras")
	h5, err := os.ReadFile(inner)
	if err != nil {
		t.Fatal(err)
	}
	writeZip(t, path, "metadata.json", `{"keras_version": "3.5.0"}`, "config.json", "{}", "model.weights.h5", string(h5))
	f := openTestFile(t, path)
	c, _, err := Recognise(f)
	if err != nil || f.Format != "keras" || f.Metadata["keras.version"] != "3.5.0" || c.Name != "vgg16/32" || !strings.Contains(c.Headless, "dense/kernel") {
		t.Fatalf("%s, %v, %s, %q, %v", f.Format, f.Metadata, c.Name, c.Headless, err)
	}
	sameTensors(t, path, inner)
}

// writeZip writes an archive of names and contents, stored as they are.
func writeZip(t *testing.T, path string, entries ...string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: entries[i], Method: zip.Store})
		if err == nil {
			_, err = f.Write([]byte(entries[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), os.WriteFile(path, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func sameLayer(t *testing.T, m, want *Model, layer string) {
	t.Helper()
	a, b := NewRunner(m, 2), NewRunner(want, 2)
	defer a.Close()
	defer b.Close()
	view := [][]byte{picture(224, 224)}
	sameMap(t, layer, forward(t, a, 224, 224, view, []string{layer})[0], forward(t, b, 224, 224, view, []string{layer})[0])
}

// TestForeignNormalisation: a source's net with batch normalisation that fc7 does not know is refused, not read without
// it.
func TestForeignNormalisation(t *testing.T) {
	for _, s := range []Scheme{schemeKeras, schemeKeras3, schemeMatConvNet} {
		f := relaid(t, s, "", nil)
		if _, _, err := Recognise(f); err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		var with []weights.Source
		for _, x := range f.Tensors {
			with = append(with, x.Source())
		}
		with = append(with, weights.SliceSource("bn1"+s.foreign, []int{2}, []float32{1, 2}))
		path := filepath.Join(t.TempDir(), "bn.safetensors")
		if err := weights.WriteSafetensors(path, with, weights.SafetensorsOptions{}); err != nil {
			t.Fatal(err)
		}
		f = openTestFile(t, path)
		_, _, err := Recognise(f)
		if err == nil || !strings.Contains(err.Error(), "batch normalisation besides (bn1"+s.foreign) {
			t.Errorf("%s: %v", s.Name, err)
		}
		// Where the file lists its tensors in the order of the layers, this one stands in the head.
		f.InOrder = true
		c, _, err := Recognise(f)
		if err != nil || c.Name != "vgg16/32" || !strings.Contains(c.Headless, "they have batch normalisation (bn1"+s.foreign) {
			t.Errorf("%s, in order: %s, %q, %v", s.Name, c.Name, c.Headless, err)
		}
		f.Tensors[0], f.Tensors[len(f.Tensors)-1] = f.Tensors[len(f.Tensors)-1], f.Tensors[0]
		if _, _, err := Recognise(f); err == nil || !strings.Contains(err.Error(), "batch normalisation besides (bn1"+s.foreign) {
			t.Errorf("%s, before the convolutions: %v", s.Name, err)
		}
	}
}

// TestKerasNames holds the names against those of Keras's own files.
func TestKerasNames(t *testing.T) {
	c, err := Lookup("vgg16")
	if err != nil {
		t.Fatal(err)
	}
	for layer, want := range map[string][2]string{
		"conv1_1": {"block1_conv1/kernel", "conv2d/kernel"}, "conv1_2": {"block1_conv2/kernel", "conv2d_1/kernel"},
		"conv5_3": {"block5_conv3/kernel", "conv2d_12/kernel"}, "fc6": {"fc1/kernel", "dense/kernel"},
		"fc7": {"fc2/kernel", "dense_1/kernel"}, "fc8": {"predictions/kernel", "dense_2/kernel"},
	} {
		l, err := c.Layer(layer)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := schemeKeras.weightOf(l).Name, schemeKeras3.weightOf(l).Name; a != want[0] || b != want[1] {
			t.Errorf("%s: %s and %s, want %v", layer, a, b, want)
		}
	}
}
