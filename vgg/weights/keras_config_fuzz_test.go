package weights

import (
	"fmt"
	"strings"
	"testing"
)

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
