package vgg

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fc7/internal/f32"
	"fc7/internal/readjson"
	"fc7/internal/usage"
	"fc7/vgg/weights"
)

// What a file says of its operators is what the net computes, or the net is refused with the attribute's name.

// operators collects what a file says of the operators of one net.
type operators struct {
	rounds string // the pooling that decided how sides are rounded; empty: none yet
	up     bool
	mixed  map[string]string // of a predecessor: how each pooling rounds, by its layer
	norm   f32.LRN
}

// attribute is the error of one that fc7 does not compute with.
func attribute(s *weights.Step, name string, want, found any) error {
	return fmt.Errorf("%s: %w %s: want %v, found %v", node(s), errAttribute, s.Term(name), want, found)
}

// errAttribute begins what attribute says: the operator is the right one.
var errAttribute = errors.New("attribute")

// node names a step in messages.
func node(s *weights.Step) string {
	if s.Node != "" {
		return s.Node
	}
	return s.Op + " " + s.Name
}

// odd refuses what a format's reader found.
func odd(s *weights.Step) error {
	if len(s.Odd) == 0 {
		return nil
	}
	return attribute(s, s.Odd[0].Attribute, s.Odd[0].Want, s.Odd[0].Found)
}

// all tells whether a list, if there is one, has one value throughout.
func all(list []int, value int) bool {
	return !slices.ContainsFunc(list, func(v int) bool { return v != value })
}

// convolution checks that of a layer, or of a fully connected layer.
func (o *operators) convolution(s *weights.Step, l Layer) error {
	pads, step, groups := l.Pad[:], max(1, l.Step), max(1, l.Groups)
	padded := slices.Equal(s.Pads, pads) || len(s.Pads) == 2 && slices.Equal(append(s.Pads[:2:2], s.Pads...), pads) || len(s.Pads) == 0 && all(pads, 0)
	switch {
	case odd(s) != nil:
		return odd(s)
	case !all(s.Kernel, l.Kernel):
		return attribute(s, "kernel_shape", []int{l.Kernel, l.Kernel}, s.Kernel)
	case !all(s.Strides, step) || len(s.Strides) == 0 && step > 1:
		return attribute(s, "strides", []int{step, step}, s.Strides)
	case !all(s.Dilations, 1):
		return attribute(s, "dilations", []int{1, 1}, s.Dilations)
	case s.Group != groups && s.Group != 0:
		return attribute(s, "group", groups, s.Group)
	case s.SamePads && step == 1 && all(pads, l.Kernel/2):
		return nil
	case s.SamePads:
		return attribute(s, "auto_pad", "VALID", "SAME")
	case !padded:
		return attribute(s, "pads", pads, s.Pads)
	}
	return nil
}

// pooling checks that of a layer and takes how it rounds: up by name, or by rows and columns of padding at the end,
// which a maximum does not see. Those of nets that Caffe trained are as many as images of the net's own size need.
func (o *operators) pooling(s *weights.Step, l Layer) error {
	atEnd := len(s.Pads) == 4 && s.Pads[0] == 0 && s.Pads[1] == 0 && s.Pads[2] == s.Pads[3] && s.Pads[2] > 0 && s.Pads[2] < l.Step
	sides, steps := []int{l.Kernel, l.Kernel}, []int{l.Step, l.Step}
	switch {
	case odd(s) != nil:
		return odd(s)
	case len(s.Kernel) == 0 || !all(s.Kernel, l.Kernel):
		return attribute(s, "kernel_shape", sides, s.Kernel)
	case len(s.Strides) == 0:
		return attribute(s, "strides", steps, "none, which is [1 1]")
	case !all(s.Strides, l.Step):
		return attribute(s, "strides", steps, s.Strides)
	case !all(s.Dilations, 1):
		return attribute(s, "dilations", []int{1, 1}, s.Dilations)
	case !all(s.Pads, 0) && !atEnd || atEnd && s.Ceil:
		return attribute(s, "pads", []int{0, 0, 0, 0}, s.Pads)
	}
	up := s.Ceil || s.SamePads || atEnd
	if o.mixed != nil {
		o.mixed[l.Name] = roundings[up]
	} else if o.rounds != "" && up != o.up {
		return attribute(s, "ceil_mode", fmt.Sprintf("%d, as %s has", rounded(o.up), o.rounds), rounded(up))
	}
	if o.rounds == "" {
		o.rounds, o.up = node(s), up
	}
	return nil
}

func rounded(up bool) int {
	if up {
		return 1
	}
	return 0
}

// maxLRN bounds the channels that a normalisation sums over; A-LRN has 5.
const maxLRN = 511

// normalisation takes the constants of a local response normalisation.
func (o *operators) normalisation(s *weights.Step) error {
	n := s.Norm
	switch {
	case odd(s) != nil:
		return odd(s)
	case n.Size < 1 || n.Size > maxLRN || n.Size%2 == 0:
		return attribute(s, "size", "an odd number to 511", n.Size)
	case !(n.K > 0) || math.IsInf(n.K, 0):
		return attribute(s, "bias", "above 0", n.K)
	case !(n.Alpha >= 0) || math.IsInf(n.Alpha, 0):
		return attribute(s, "alpha", "0 or above", n.Alpha)
	case !(n.Beta >= 0) || n.Beta > 16:
		return attribute(s, "beta", "0 to 16", n.Beta)
	}
	o.norm = normOf(n)
	return nil
}

// normOf are constants in the precision that they are computed with; those of the tables where they are meant, whatever
// way they were divided and rounded.
func normOf(n weights.Norm) f32.LRN {
	near := func(a float64, b float32) bool { return math.Abs(a-float64(b)) <= 1e-6*math.Abs(float64(b)) }
	for _, l := range []f32.LRN{lrn, lrnCaffe} {
		if n.Size == l.Size && near(n.K, l.K) && near(n.Alpha, l.Alpha) && near(n.Beta, l.Beta) {
			return l
		}
	}
	return f32.LRN{Size: n.Size, K: float32(n.K), Alpha: float32(n.Alpha), Beta: float32(n.Beta)}
}

// apply sets what was found.
func (o *operators) apply(c *Config) {
	c.CeilPool = o.up
	c.round(func(_ int, layer string) string { return o.mixed[layer] })
	if o.norm != (f32.LRN{}) && o.norm != c.Normalisation() {
		c.Norm = o.norm
	}
}

// How pooling rounds an odd side, in PyTorch's and ONNX's words.
const (
	RoundingFloor = "floor" // down: the last row or column is dropped; PyTorch, Keras, TensorFlow
	RoundingCeil  = "ceil"  // up: it is pooled by itself; Caffe
)

// roundings are the words.
var roundings = map[bool]string{false: RoundingFloor, true: RoundingCeil}

// Rounding is how the net's pooling rounds: one word, or, where they differ, that of each pooling.
func (c Config) Rounding() string {
	var each []string
	differ := false
	for _, r := range c.rows {
		if r.kind == Pooling {
			each, differ = append(each, cmp.Or(r.rounds, roundings[c.CeilPool])), differ || r.rounds != ""
		}
	}
	if differ {
		return strings.Join(each, " ")
	}
	return roundings[c.CeilPool]
}

// round sets how the poolings of a predecessor round where they do so otherwise than the net, by a function of their
// number and name; an empty word leaves it.
func (c *Config) round(word func(i int, layer string) string) {
	c.rows = slices.Clone(c.rows)
	n := 0
	for i := range c.rows {
		r := &c.rows[i]
		if r.kind != Pooling {
			continue
		}
		if r.rounds = word(n, r.name); r.rounds == roundings[c.CeilPool] {
			r.rounds = ""
		}
		n++
	}
}

// checkRounding refuses words that are none of the two, as wrong usage.
func checkRounding(word string) error {
	if word != RoundingFloor && word != RoundingCeil {
		return &usage.Error{What: "pool rounding", Given: word, Words: []string{RoundingFloor, RoundingCeil}}
	}
	return nil
}

// recorded takes what the metadata of a file say of the net's operators.
func (c *Config) recorded(f *weights.File) error {
	if words := strings.Fields(f.Metadata[MetaRounding]); len(words) > 0 {
		if c.rows == nil { // which rounds one way
			words = []string{f.Metadata[MetaRounding]}
		}
		for _, word := range words {
			if err := checkRounding(word); err != nil {
				return fmt.Errorf("%s: metadata %s: %w", f.Path, MetaRounding, usage.InFile(err))
			}
		}
		c.CeilPool = words[0] == RoundingCeil
		if c.rows != nil {
			c.round(func(i int, _ string) string { return words[min(i, len(words)-1)] })
		}
	}
	text := f.Metadata[MetaLRN]
	if text == "" || !c.LRN {
		return nil
	}
	var n f32.LRN
	if err := readjson.Text([]byte(text), &n); err != nil {
		return fmt.Errorf("%s: metadata %s: %w", f.Path, MetaLRN, err)
	}
	var o operators
	norm := weights.Norm{Size: n.Size, K: float64(n.K), Alpha: float64(n.Alpha), Beta: float64(n.Beta)}
	if err := o.normalisation(&weights.Step{Op: "LRN", Norm: norm}); err != nil {
		return fmt.Errorf("%s: metadata %s: %w", f.Path, MetaLRN, err)
	}
	c.Norm = o.norm
	return nil
}

// Record writes to the metadata of a file what the net's names and weights do not tell.
func (c Config) Record(meta map[string]string) {
	delete(meta, MetaRounding)
	delete(meta, MetaLRN)
	if c.CeilPool || c.rows != nil { // what the file does not say is the net's own
		meta[MetaRounding] = c.Rounding()
	}
	if c.LRN && (c.Normalisation() != lrn || c.rows != nil) {
		if b, err := json.Marshal(c.Normalisation()); err == nil { // numbers that were checked
			meta[MetaLRN] = string(b)
		}
	}
}

// Constants are those of the net's local response normalisation in words, where they are not A-LRN's own: size 5, k 1,
// alpha 2e-05, beta 0.75.
func (c Config) Constants() string {
	n := c.Normalisation()
	if !c.LRN || n == lrn && c.rows == nil {
		return ""
	}
	return fmt.Sprintf("size %d, k %g, alpha %g, beta %g", n.Size, n.K, n.Alpha, n.Beta)
}
