package vgg

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

// kerasModel is the configuration of VGG-16 as Keras 3 saves it; change edits the settings of layers by name.
func kerasModel(change map[string]map[string]any) []byte {
	var layers []any
	add := func(class, name string, config map[string]any) {
		config["name"] = name
		for k, v := range change[name] {
			config[k] = v
		}
		if as, ok := config["class"].(string); ok {
			class = as
		}
		layers = append(layers, map[string]any{"class_name": class, "config": config})
	}
	add("InputLayer", "input_layer", map[string]any{"batch_shape": []any{nil, 224, 224, 3}})
	c, err := Lookup("vgg16")
	if err != nil {
		panic(err)
	}
	for _, l := range c.Layers() {
		switch {
		case l.Kind == Pooling:
			add("MaxPooling2D", l.Name, map[string]any{"pool_size": []int{2, 2}, "strides": []int{2, 2}, "padding": "valid", "data_format": "channels_last"})
		case l.Kind == Convolution:
			add("Conv2D", l.Name, map[string]any{
				"kernel_size": []int{3, 3}, "strides": []int{1, 1}, "padding": "same", "data_format": "channels_last",
				"dilation_rate": []int{1, 1}, "groups": 1, "activation": "relu", "use_bias": true,
			})
		case l.Name == "fc8":
			add("Dense", l.Name, map[string]any{"activation": "softmax", "use_bias": true})
		default:
			if l.Name == "fc6" {
				add("Flatten", "flatten", map[string]any{"data_format": "channels_last"})
			}
			add("Dense", l.Name, map[string]any{"activation": "relu", "use_bias": true})
		}
	}
	b, err := json.Marshal(map[string]any{"class_name": "Functional", "config": map[string]any{"name": "vgg16", "layers": layers}})
	if err != nil {
		panic(err)
	}
	return b
}

func kerasFile(t *testing.T, config []byte) *weights.File {
	t.Helper()
	h5, err := os.ReadFile(filepath.Join("testdata", "keras_matconvnet", "keras3.weights.h5"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.keras")
	writeZip(t, path, "metadata.json", `{"keras_version": "3.5.0"}`, "config.json", string(config), "model.weights.h5", string(h5))
	return openTestFile(t, path)
}

// TestKerasSettings: what a whole model of Keras says of its layers is what fc7 computes, or it is refused by the
// layer's name and the setting's.
func TestKerasSettings(t *testing.T) {
	for _, c := range []struct {
		layer, setting string
		value          any
		want           string // empty: honoured
	}{
		{"conv1_1", "name", "conv1_1", ""},
		{"conv2_1", "padding", "valid", `Conv2D "conv2_1": attribute padding: want [1 1 1 1], found [0 0 0 0]`},
		{"conv2_1", "padding", "causal", `Conv2D "conv2_1": attribute padding: want same or valid, found causal`},
		{"conv2_1", "strides", []int{2, 2}, `Conv2D "conv2_1": attribute strides: want [1 1], found [2 2]`},
		{"conv2_1", "strides", 2, `Conv2D "conv2_1": attribute strides: want [1 1], found [2 2]`},
		{"conv5_1", "dilation_rate", []int{2, 2}, `Conv2D "conv5_1": attribute dilation_rate: want [1 1], found [2 2]`},
		{"conv5_1", "kernel_size", []int{3, 5}, `Conv2D "conv5_1": attribute kernel_size: want [3 3], found [3 5]`},
		{"conv3_1", "groups", 2, `Conv2D "conv3_1": attribute groups: want 1, found 2`},
		{"conv3_1", "data_format", "channels_first", `Conv2D "conv3_1": attribute data_format: want channels_last, found channels_first`},
		{"conv3_1", "activation", "elu", `Conv2D "conv3_1": attribute activation: want relu, found elu`},
		{"conv3_1", "activation", map[string]any{"class_name": "LeakyReLU", "config": map[string]any{}}, `attribute activation: want relu, found leaky_re_lu`},
		{"conv3_1", "activation", "linear", `conv3_1: expected Relu, found Conv (Conv2D "conv3_2")`},
		{"pool3", "pool_size", []int{3, 3}, `MaxPooling2D "pool3": attribute pool_size: want [2 2], found [3 3]`},
		{"pool3", "strides", []int{1, 1}, `MaxPooling2D "pool3": attribute strides: want [2 2], found [1 1]`},
		{"pool3", "strides", nil, ""},
		{"pool3", "padding", "same", `MaxPooling2D "pool3": attribute padding: want 0, as MaxPooling2D "pool1" has, found 1`},
		{"pool3", "data_format", "channels_first", `MaxPooling2D "pool3": attribute data_format: want channels_last, found channels_first`},
		{"pool3", "class", "AveragePooling2D", `pool3: expected MaxPool, found AveragePooling2D`},
		{"fc6", "activation", "tanh", `fc6: Dense "fc6": attribute activation: want relu, found tanh`},
		{"flatten", "data_format", "channels_first", `fc6: Flatten "flatten": attribute data_format: want channels_last, found channels_first`},
	} {
		f := kerasFile(t, kerasModel(map[string]map[string]any{c.layer: {c.setting: c.value}}))
		if f.Layers == nil {
			t.Fatal("the configuration is not read")
		}
		_, err := Load(t.Context(), f, LoadOptions{Through: "fc8"})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s %s: %v", c.layer, c.setting, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "m.keras")):
			t.Errorf("%s %s: %v\nwant %s", c.layer, c.setting, err, c.want)
		}
	}
	same := map[string]map[string]any{}
	for _, pool := range []string{"pool1", "pool2", "pool3", "pool4", "pool5"} {
		same[pool] = map[string]any{"padding": "same"}
	}
	if c, _, err := Recognise(kerasFile(t, kerasModel(same))); err != nil || !c.CeilPool {
		t.Errorf("pooling with padding same rounds up: %v, %v", c.CeilPool, err)
	}
	if c, _, err := Recognise(kerasFile(t, kerasModel(nil))); err != nil || c.CeilPool || c.FC == 0 {
		t.Errorf("%+v, %v", c, err)
	}
}
