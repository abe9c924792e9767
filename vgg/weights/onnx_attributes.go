package weights

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Each attribute of an operator that a VGG may have is kept in its Step, or has no part in what is computed, or is odd
// (github.com/onnx/onnx, docs/Operators.md and docs/Changelog.md for the older ones).

// onnxAttributes are the attributes that are known of an operator.
var onnxAttributes = map[string][]string{
	"Conv":               {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"},
	"MaxPool":            {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"},
	"AveragePool":        {"auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"},
	"LRN":                {"alpha", "beta", "bias", "size"},
	"BatchNormalization": {"consumed_inputs", "epsilon", "is_test", "momentum", "spatial", "training_mode"},
	"Gemm":               {"alpha", "beta", "broadcast", "transA", "transB"},
	"MatMul":             nil,
	"Relu":               {"consumed_inputs"},
	"Dropout":            {"consumed_inputs", "is_test", "ratio", "seed"},
	"Flatten":            {"axis"},
	"Softmax":            {"axis"},
	"LogSoftmax":         {"axis"},
	"Transpose":          {"perm"},
	"Reshape":            {"allowzero", "consumed_inputs", "shape"},
	"Squeeze":            {"axes"},
	"Identity":           nil,
	"Cast":               {"saturate", "to"},
}

// attributes takes those of a node.
func (w *onnxWalk) attributes(s *Step, n *onnxNode) {
	if known, ok := onnxAttributes[n.op]; ok {
		for _, name := range slices.Sorted(maps.Keys(n.ints)) {
			if !slices.Contains(known, name) {
				s.odd(name, "none of that name", n.shown(name))
			}
		}
	}
	s.window(n)
	switch n.op {
	case "LRN":
		size := n.int("size", 0)
		s.Norm = Norm{Size: size, K: float64(n.floatOr("bias", 1)), Alpha: float64(n.floatOr("alpha", 1e-4)) / float64(max(size, 1)), Beta: float64(n.floatOr("beta", 0.75))}
	case "BatchNormalization":
		s.is(n, "training_mode", 0)
		s.is(n, "spatial", 1)
		s.is(n, "is_test", 1)
	case "Gemm":
		s.is(n, "transA", 0)
		for _, name := range []string{"alpha", "beta"} {
			if v := n.floatOr(name, 1); v != 1 {
				s.odd(name, "1", fmt.Sprint(v))
			}
		}
	case "Flatten":
		s.is(n, "axis", 1, -3)
	case "Softmax", "LogSoftmax":
		s.is(n, "axis", 1, -1, -3)
	case "Dropout":
		s.is(n, "is_test", 1)
		w.zero(s, n, 2, "training_mode") // an input since opset 12
	case "Pad":
		if slices.ContainsFunc(s.Pads, func(v int) bool { return v != 0 }) {
			s.odd("pads", "zeros", n.shown("pads"))
		}
		w.zero(s, n, 1, "pads") // an input since opset 11
	case "Transpose":
		if perm := n.ints["perm"]; !slices.Equal(perm, []int{0, 2, 3, 1}) && !slices.Equal(perm, []int{0, 3, 1, 2}) && !rising(perm) {
			s.odd("perm", "[0 2 3 1] or [0 3 1 2]", fmt.Sprint(perm))
		}
	}
}

// window takes the attributes of what slides over the image.
func (s *Step) window(n *onnxNode) {
	auto := n.texts["auto_pad"]
	switch auto {
	case "", "NOTSET":
		s.Ceil = n.int("ceil_mode", 0) != 0
		return
	case "VALID":
		s.Pads = nil
	case "SAME_UPPER":
		s.SamePads, s.Pads = true, nil
	case "SAME_LOWER":
		if s.SamePads, s.Pads = true, nil; n.op != "Conv" {
			s.odd("auto_pad", "NOTSET, VALID or SAME_UPPER", auto)
		}
	default:
		s.odd("auto_pad", "NOTSET, VALID, SAME_UPPER or SAME_LOWER", auto)
	}
	if n.int("ceil_mode", 0) != 0 {
		s.odd("ceil_mode", "0 beside auto_pad "+auto, "1")
	}
}

// is notes an attribute that is given and has none of the values wanted.
func (s *Step) is(n *onnxNode, name string, wanted ...int) {
	v, given := n.ints[name]
	if given && (len(v) != 1 || !slices.Contains(wanted, v[0])) {
		s.odd(name, strconv.Itoa(wanted[0]), n.shown(name))
	}
}

// zero notes an input of a few numbers, where the file has them, that are not 0.
func (w *onnxWalk) zero(s *Step, n *onnxNode, input int, name string) {
	x := w.known[n.input(input)]
	if x == nil || x.Len() > maxONNXInts {
		return
	}
	values := make([]float32, x.Len())
	if err := x.ReadFloat32(values); err != nil || slices.ContainsFunc(values, func(v float32) bool { return v != 0 }) {
		s.odd(name, "0", fmt.Sprint(values))
	}
}

// shown is an attribute's value for messages.
func (n *onnxNode) shown(name string) string {
	v, isFloat := n.floats[name]
	switch {
	case isFloat:
		return fmt.Sprint(v)
	case n.texts[name] != "":
		return strconv.Quote(n.texts[name])
	case len(n.ints[name]) == 1:
		return strconv.Itoa(n.ints[name][0])
	}
	return fmt.Sprint(n.ints[name])
}

// rising tells whether a permutation changes nothing.
func rising(perm []int) bool {
	for i, p := range perm {
		if i != p {
			return false
		}
	}
	return len(perm) > 0
}
