package vgg

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"fc7/internal/f32"
	"fc7/internal/readjson"
	"fc7/internal/usage"
	"fc7/vgg/weights"
)

// What a file says of its operators is what the net computes, or the net is refused with the attribute's name: the nets
// of the table have convolutions in steps of 1 that keep the size, and pooling over 2x2 in steps of 2.

// operators collects what a file says of the operators of one net.
type operators struct {
	rounds string // the pooling that decided how sides are rounded; empty: none yet
	up     bool
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

// convolution checks that of a layer, or of a fully connected layer, which has no padding.
func (o *operators) convolution(s *weights.Step, l Layer) error {
	pad := l.Kernel / 2
	if l.Kind == FullyConnected {
		pad = 0
	}
	padded := all(s.Pads, pad) && (len(s.Pads) > 0 || pad == 0)
	switch {
	case odd(s) != nil:
		return odd(s)
	case !all(s.Kernel, l.Kernel):
		return attribute(s, "kernel_shape", []int{l.Kernel, l.Kernel}, s.Kernel)
	case !all(s.Strides, 1):
		return attribute(s, "strides", []int{1, 1}, s.Strides)
	case !all(s.Dilations, 1):
		return attribute(s, "dilations", []int{1, 1}, s.Dilations)
	case s.Group > 1 || s.Group < 0:
		return attribute(s, "group", 1, s.Group)
	case s.SamePads && (l.Kind != FullyConnected || l.Kernel == 1):
		return nil
	case s.SamePads:
		return attribute(s, "auto_pad", "VALID", "SAME")
	case !padded:
		return attribute(s, "pads", []int{pad, pad, pad, pad}, s.Pads)
	}
	return nil
}

// pooling checks that of a layer and takes how it rounds: up by name, or by a row and a column of padding at the end,
// which a maximum does not see.
func (o *operators) pooling(s *weights.Step) error {
	atEnd := slices.Equal(s.Pads, []int{0, 0, 1, 1})
	switch {
	case odd(s) != nil:
		return odd(s)
	case len(s.Kernel) == 0 || !all(s.Kernel, 2):
		return attribute(s, "kernel_shape", []int{2, 2}, s.Kernel)
	case len(s.Strides) == 0:
		return attribute(s, "strides", []int{2, 2}, "none, which is [1 1]")
	case !all(s.Strides, 2):
		return attribute(s, "strides", []int{2, 2}, s.Strides)
	case !all(s.Dilations, 1):
		return attribute(s, "dilations", []int{1, 1}, s.Dilations)
	case !all(s.Pads, 0) && !atEnd || atEnd && s.Ceil:
		return attribute(s, "pads", []int{0, 0, 0, 0}, s.Pads)
	}
	up := s.Ceil || s.SamePads || atEnd
	if o.rounds != "" && up != o.up {
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

// normOf are constants in the precision that they are computed with; those of the table where they are meant, whatever
// way they were divided and rounded.
func normOf(n weights.Norm) f32.LRN {
	near := func(a float64, b float32) bool { return math.Abs(a-float64(b)) <= 1e-6*math.Abs(float64(b)) }
	if n.Size == lrn.Size && near(n.K, lrn.K) && near(n.Alpha, lrn.Alpha) && near(n.Beta, lrn.Beta) {
		return lrn
	}
	return f32.LRN{Size: n.Size, K: float32(n.K), Alpha: float32(n.Alpha), Beta: float32(n.Beta)}
}

// apply sets what was found.
func (o *operators) apply(c *Config) {
	c.CeilPool = o.up
	if o.norm != (f32.LRN{}) && o.norm != lrn {
		c.Norm = o.norm
	}
}

// How pooling rounds an odd side, in PyTorch's and ONNX's words.
const (
	RoundingFloor = "floor" // down: the last row or column is dropped; PyTorch, Keras, TensorFlow
	RoundingCeil  = "ceil"  // up: it is pooled by itself; Caffe
)

// Rounding is how the net's pooling rounds.
func (c Config) Rounding() string {
	if c.CeilPool {
		return RoundingCeil
	}
	return RoundingFloor
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
	if word := f.Metadata[MetaRounding]; word != "" {
		if err := checkRounding(word); err != nil {
			return fmt.Errorf("%s: metadata %s: %w", f.Path, MetaRounding, usage.InFile(err))
		}
		c.CeilPool = word == RoundingCeil
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
	if c.CeilPool {
		meta[MetaRounding] = RoundingCeil
	}
	if c.LRN && c.Normalisation() != lrn {
		if b, err := json.Marshal(c.Norm); err == nil { // numbers that were checked
			meta[MetaLRN] = string(b)
		}
	}
}

// Constants are those of the net's local response normalisation in words, where they are not A-LRN's own: size 5, k 1,
// alpha 2e-05, beta 0.75.
func (c Config) Constants() string {
	n := c.Normalisation()
	if !c.LRN || n == lrn {
		return ""
	}
	return fmt.Sprintf("size %d, k %g, alpha %g, beta %g", n.Size, n.K, n.Alpha, n.Beta)
}
