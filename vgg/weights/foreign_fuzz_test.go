package weights

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzKerasMatConvNet opens what may be Keras's or MatConvNet's, and reads the start of every tensor. The readers of
// the containers have fuzz tests of their own.
func FuzzKerasMatConvNet(f *testing.F) {
	for _, name := range []string{
		filepath.Join("..", "..", "internal", "hdf5", "testdata", "tiny_earliest.h5"),
		filepath.Join("..", "..", "internal", "hdf5", "testdata", "tiny_latest.h5"),
		filepath.Join("..", "..", "internal", "matfile", "testdata", "plain.mat"),
		filepath.Join("..", "..", "internal", "matfile", "testdata", "net.mat"),
		filepath.Join("testdata", "keras3_tiny.h5"),
		filepath.Join("testdata", "keras2_tiny.h5"),
		filepath.Join("..", "testdata", "keras_matconvnet", "keras3_nested.weights.h5"),
	} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(zipOf(f, entry{"metadata.json", []byte(`{"keras_version": "3"}`)}, entry{kerasWeights, data}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := openBytes(data)
		if err != nil {
			return
		}
		for _, x := range file.Tensors {
			part := make([]float32, min(x.Len(), 1000))
			_ = x.ReadFloat32At(part, 0)
		}
	})
}

// FuzzKerasConfig reads what may be the configuration of a model.
func FuzzKerasConfig(f *testing.F) {
	for _, text := range []string{
		`{"class_name": "Sequential", "config": [{"class_name": "Convolution2D", "config": {"name": "a", "nb_row": 3, "nb_col": 3, "subsample": [1, 1], "border_mode": "valid", "dim_ordering": "tf", "bias": false}}]}`,
		`{"class_name": "Functional", "config": {"layers": [{"class_name": "ZeroPadding2D", "config": {"padding": [[1, 1], [1, 1]]}}, {"class_name": "Conv2D", "config": {"kernel_size": 3, "strides": [1, 1], "activation": {"class_name": "ReLU"}}}]}}`,
		`{"class_name": "Model", "config": {"layers": [{"class_name": "Model", "config": {"layers": [{"class_name": "ReLU", "config": {"max_value": 6.0}}, {"class_name": "MaxPooling2D", "config": {"pool_size": [2, 2], "strides": null}}]}}]}}`,
		`{"config": {"layers": 3}}`, `[]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, saved := range []bool{false, true} {
			steps, err := readKerasConfig(text, saved)
			if err == nil && len(steps) > maxLayers+2 {
				t.Errorf("%d steps", len(steps))
			}
		}
	})
}

// TestKerasConfig: the words of Keras 1, 2 and 3 mean the same steps.
func TestKerasConfig(t *testing.T) {
	for text, want := range map[string]string{
		`{"class_name": "Sequential", "config": [{"class_name": "ZeroPadding2D", "config": {"name": "p", "padding": [1, 1]}}, {"class_name": "Convolution2D", "config": {"name": "a", "nb_row": 3, "nb_col": 3, "subsample": [1, 1], "border_mode": "valid", "activation": "relu", "bias": false}}]}`: "a Conv [3 3] [1 1] [1 1 1 1] false true; a Relu",
		`{"class_name": "Functional", "config": {"layers": [{"class_name": "Conv2D", "config": {"name": "a", "kernel_size": 3, "strides": 1, "padding": "same", "activation": "linear"}}, {"class_name": "ReLU", "config": {"name": "r", "max_value": null, "negative_slope": 0.0}}]}}`:               "a Conv [3 3] [1 1] [] true false; r Relu",
		`{"class_name": "Model", "config": {"layers": [{"class_name": "Model", "config": {"layers": [{"class_name": "MaxPooling2D", "config": {"name": "m", "pool_size": [2, 2], "strides": null, "padding": "valid"}}]}}]}}`:                                                                         "m MaxPool [2 2] [2 2] [0 0 0 0] false false",
		`{"class_name": "Functional", "config": {"layers": [{"class_name": "ReLU", "config": {"name": "r", "max_value": 6.0}}]}}`:                                                                                                                                                                     "r Relu max_value",
	} {
		steps, err := readKerasConfig([]byte(text), false)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range steps {
			line := s.Name + " " + s.Op
			if s.Op != "Relu" {
				line += fmt.Sprint(" ", s.Kernel, s.Strides, s.Pads, s.SamePads, s.NoBias)
			}
			for _, o := range s.Odd {
				line += " " + o.Attribute
			}
			got = append(got, line)
		}
		if have := strings.ReplaceAll(strings.Join(got, "; "), "][", "] ["); have != want {
			t.Errorf("%s\nwant %s", have, want)
		}
	}
}
