package weights

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/readjson"
)

// A model that Keras saved whole has its configuration: JSON in the attribute model_config of an HDF5 file, or
// config.json in a .keras archive, with the layers in the order of the model, and models among them.

// maxKerasConfig bounds the JSON; that of VGG-19 takes 20 KB.
const maxKerasConfig = 16 << 20

// kerasModel is a layer, or a model, as the configuration has it.
type kerasModel struct {
	Class  string          `json:"class_name"`
	Config json.RawMessage `json:"config"`
}

// kerasLayer are the settings that the layers of VGGs have, in the words of Keras 1, 2 and 3.
type kerasLayer struct {
	Name       string          `json:"name"`
	Layers     []kerasModel    `json:"layers"`
	Kernel     json.RawMessage `json:"kernel_size"`
	Rows       int             `json:"nb_row"`
	Columns    int             `json:"nb_col"`
	Pool       json.RawMessage `json:"pool_size"`
	Strides    json.RawMessage `json:"strides"`
	Subsample  json.RawMessage `json:"subsample"`
	Dilation   json.RawMessage `json:"dilation_rate"`
	Padding    json.RawMessage `json:"padding"`
	Border     string          `json:"border_mode"`
	Format     string          `json:"data_format"`
	Dims       string          `json:"dim_ordering"`
	Groups     *int            `json:"groups"`
	Activation json.RawMessage `json:"activation"`
	UseBias    *bool           `json:"use_bias"`
	Bias       *bool           `json:"bias"`
	MaxValue   json.RawMessage `json:"max_value"`
	Slope      json.RawMessage `json:"negative_slope"`
	Threshold  json.RawMessage `json:"threshold"`
	Epsilon    *float64        `json:"epsilon"`
	Axis       json.RawMessage `json:"axis"`
}

var kerasTerms = map[string]string{
	"kernel_shape": "kernel_size", "dilations": "dilation_rate", "pads": "padding", "auto_pad": "padding", "group": "groups", "ceil_mode": "padding",
}

var kerasPoolTerms = map[string]string{
	"kernel_shape": "pool_size", "dilations": "dilation_rate", "pads": "padding", "ceil_mode": "padding",
}

// kerasConfig collects the layers of a configuration.
type kerasConfig struct {
	steps []Step
	saved bool // name layers as Keras 3 saves them: by class and number
}

// readKerasConfig reads what the layers compute. Text that is no configuration of a model gives none.
func readKerasConfig(text []byte, saved bool) ([]Step, error) {
	if len(text) > maxKerasConfig {
		return nil, fmt.Errorf("expected a configuration of at most %d bytes, found %d", maxKerasConfig, len(text))
	}
	var m kerasModel
	if err := readjson.Text(text, &m); err != nil {
		return nil, err
	}
	k := &kerasConfig{saved: saved}
	err := k.model(m, "", 0)
	return k.steps, err
}

// model reads a model's layers; within is the path of the models that it lies in.
func (k *kerasConfig) model(m kerasModel, within string, depth int) error {
	const deepest = 64
	if depth > deepest {
		return fmt.Errorf("expected models at most %d deep, found deeper ones", deepest)
	}
	var c struct {
		Layers []kerasModel `json:"layers"`
	}
	if json.Unmarshal(m.Config, &c) != nil { // Keras's Sequential was once a list
		if json.Unmarshal(m.Config, &c.Layers) != nil {
			return nil
		}
	}
	times := map[string]int{}
	for _, l := range c.Layers {
		if err := k.layer(l, within, depth, times); err != nil {
			return err
		}
	}
	return nil
}

func (k *kerasConfig) layer(m kerasModel, within string, depth int, times map[string]int) error {
	if len(k.steps) > maxLayers {
		return fmt.Errorf("expected at most %d layers, found more", maxLayers)
	}
	saved := snakeCase(m.Class)
	if n := times[saved]; n > 0 {
		saved += "_" + strconv.Itoa(n)
	}
	times[snakeCase(m.Class)]++
	if within != "" {
		saved = within + "/" + saved
	}
	var l kerasLayer
	if json.Unmarshal(m.Config, &l) != nil { // another class's settings of the same names
		l = kerasLayer{Name: l.Name}
	}
	if l.Layers != nil {
		return k.model(m, saved, depth+1)
	}
	name := l.Name
	if k.saved {
		name = saved
	}
	steps := l.steps(m.Class, name)
	// Keras's first VGGs padded by a layer before each convolution.
	if n := len(k.steps); n > 0 && len(steps) > 0 && k.steps[n-1].Op == zeroPadding && steps[0].Op == "Conv" && !steps[0].SamePads {
		steps[0].Pads = k.steps[n-1].Pads
		k.steps = k.steps[:n-1]
	}
	k.steps = append(k.steps, steps...)
	return nil
}

// zeroPadding is the class of layers that pad.
const zeroPadding = "ZeroPadding2D"

// surrounding are the pads of a ZeroPadding2D, in ONNX's order: one number, two for rows and columns, or two pairs.
func surrounding(v json.RawMessage) []int {
	var pairs [2][2]int
	if json.Unmarshal(v, &pairs) == nil {
		return []int{pairs[0][0], pairs[1][0], pairs[0][1], pairs[1][1]}
	}
	if two := sides(v); len(two) == 2 {
		return []int{two[0], two[1], two[0], two[1]}
	}
	return []int{-1, -1, -1, -1}
}

// snakeCase is how Keras 3 writes the name of a class: Conv2D becomes conv2d, BatchNormalization batch_normalization.
func snakeCase(class string) string {
	var b strings.Builder
	for i, r := range class {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 && class[i-1] >= 'a' && class[i-1] <= 'z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// steps are a layer's operator and its activation.
func (l *kerasLayer) steps(class, name string) []Step {
	s := Step{Op: class, Name: name, Node: class + " " + strconv.Quote(l.Name), Group: 1, terms: kerasTerms}
	activation := text(l.Activation)
	switch class {
	case "Conv2D", "Convolution2D":
		s.Op = "Conv"
		if s.Kernel = sides(l.Kernel); s.Kernel == nil && l.Rows > 0 {
			s.Kernel = []int{l.Rows, l.Columns}
		}
		s.Strides, s.Dilations = sides(orElse(l.Strides, l.Subsample)), sides(l.Dilation)
		l.window(&s)
		if l.Groups != nil {
			s.Group = *l.Groups
		}
		s.NoBias = l.unbiased()
	case "Dense":
		s.Op, s.NoBias = "Gemm", l.unbiased()
	case "MaxPooling2D", "MaxPool2D":
		s.Op, s.terms = "MaxPool", kerasPoolTerms
		if s.Kernel = sides(l.Pool); s.Kernel == nil {
			s.Kernel = []int{2, 2}
		}
		if s.Strides = sides(l.Strides); s.Strides == nil {
			s.Strides = s.Kernel
		}
		l.window(&s)
	case "Activation", "ReLU":
		return l.activation(s, activation, class == "ReLU")
	case "BatchNormalization":
		s.Epsilon = 1e-3
		if l.Epsilon != nil {
			s.Epsilon = *l.Epsilon
		}
	case zeroPadding:
		s.Pads = surrounding(l.Padding)
	case "InputLayer":
		s.Op = "Data"
	case "Flatten":
		l.layout(&s)
	}
	out := []Step{s}
	if s.Op == "Conv" || s.Op == "Gemm" {
		out = append(out, l.activation(Step{Name: name, Node: s.Node, terms: kerasTerms}, activation, false)...)
	}
	return out
}

// activation is that of a layer; linear is none.
func (l *kerasLayer) activation(s Step, name string, layer bool) []Step {
	switch {
	case layer:
		s.Op = "Relu"
		for _, a := range []struct {
			name  string
			value json.RawMessage
		}{{"max_value", l.MaxValue}, {"negative_slope", l.Slope}, {"threshold", l.Threshold}} {
			if v := string(a.value); v != "" && v != "null" && !slices.Contains([]string{"0", "0.0", "[0.0]", "[0]"}, v) {
				s.odd(a.name, "none or 0", v)
			}
		}
	case name == "relu":
		s.Op = "Relu"
	case name == "linear" || name == "":
		return nil
	case name == "softmax":
		s.Op = "Softmax"
	default:
		s.Op = "Relu"
		s.odd("activation", "relu", name)
	}
	return []Step{s}
}

// window takes what slides over the image.
func (l *kerasLayer) window(s *Step) {
	switch padding := text(l.Padding) + l.Border; padding {
	case "same":
		s.SamePads = true
	case "valid", "":
		s.Pads = []int{0, 0, 0, 0}
	default:
		s.odd("padding", "same or valid", padding)
	}
	l.layout(s)
}

func (l *kerasLayer) layout(s *Step) {
	switch format := l.Format + l.Dims; format {
	case "", "channels_last", "tf":
	default:
		s.odd("data_format", "channels_last", format)
	}
}

func (l *kerasLayer) unbiased() bool {
	return l.UseBias != nil && !*l.UseBias || l.Bias != nil && !*l.Bias
}

func orElse(a, b json.RawMessage) json.RawMessage {
	if len(a) > 0 {
		return a
	}
	return b
}

// sides are one number for both or two; nil where there is none.
func sides(v json.RawMessage) []int {
	var two []int
	var one int
	switch {
	case len(v) == 0 || string(v) == "null":
		return nil
	case json.Unmarshal(v, &two) == nil && len(two) <= maxRank:
		return two
	case json.Unmarshal(v, &one) == nil:
		return []int{one, one}
	}
	return []int{0, 0} // what cannot be read is no size
}

// text is a name, or the name of an object of that class.
func text(v json.RawMessage) string {
	var s string
	var o struct {
		Class  string `json:"class_name"`
		Config string `json:"config"`
	}
	switch {
	case len(v) == 0 || string(v) == "null":
		return ""
	case json.Unmarshal(v, &s) == nil:
		return s
	case json.Unmarshal(v, &o) == nil && o.Config != "":
		return o.Config
	case o.Class != "":
		return snakeCase(o.Class)
	}
	return "one that cannot be read"
}
