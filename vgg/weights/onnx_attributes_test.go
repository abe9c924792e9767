package weights

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"
)

func intOf(name string, v int) []byte { return join(protoText(1, name), protoNumber(3, v)) }

func floatOf(name string, v float32) []byte {
	return join(protoText(1, name), binary.LittleEndian.AppendUint32([]byte{0x15}, math.Float32bits(v)))
}

func textOfAttribute(name, v string) []byte { return join(protoText(1, name), protoText(4, v)) }

// TestONNXAttributes: every attribute of an operator is kept in its step, has no part in what is computed, or is odd.
func TestONNXAttributes(t *testing.T) {
	type attributes = [][]byte
	norm := func(s Step) any { return s.Norm }
	for _, c := range []struct {
		op   string
		with attributes
		odd  string // attribute, want, found
		get  func(Step) any
		want any
	}{
		{"Conv", attributes{intOf("group", 2)}, "", func(s Step) any { return s.Group }, 2},
		{"Conv", attributes{intsOf("dilations", 2, 2)}, "", func(s Step) any { return s.Dilations }, []int{2, 2}},
		{"Conv", attributes{intsOf("strides", 2, 1)}, "", func(s Step) any { return s.Strides }, []int{2, 1}},
		{"Conv", attributes{intsOf("pads", 1, 2, 3, 4)}, "", func(s Step) any { return s.Pads }, []int{1, 2, 3, 4}},
		{"Conv", attributes{intsOf("kernel_shape", 3, 3)}, "", func(s Step) any { return s.Kernel }, []int{3, 3}},
		{"Conv", attributes{textOfAttribute("auto_pad", "SAME_LOWER")}, "", func(s Step) any { return s.SamePads }, true},
		{"Conv", attributes{textOfAttribute("auto_pad", "NOTSET"), intsOf("pads", 1, 1, 1, 1)}, "", func(s Step) any { return s.Pads }, []int{1, 1, 1, 1}},
		{"Conv", attributes{textOfAttribute("auto_pad", "VALID"), intsOf("pads", 1, 1, 1, 1)}, "", func(s Step) any { return s.Pads }, []int(nil)},
		{"Conv", attributes{textOfAttribute("auto_pad", "REFLECT")}, `auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER REFLECT`, nil, nil},
		{"Conv", attributes{intOf("winograd", 1)}, "winograd none of that name 1", nil, nil},
		{"MaxPool", attributes{intOf("ceil_mode", 1)}, "", func(s Step) any { return s.Ceil }, true},
		{"MaxPool", attributes{intOf("storage_order", 1)}, "", func(s Step) any { return s.Ceil }, false},
		{"MaxPool", attributes{intOf("ceil_mode", 1), textOfAttribute("auto_pad", "VALID")}, "ceil_mode 0 beside auto_pad VALID 1", nil, nil},
		{"MaxPool", attributes{textOfAttribute("auto_pad", "SAME_UPPER")}, "", func(s Step) any { return s.SamePads }, true},
		{"MaxPool", attributes{textOfAttribute("auto_pad", "SAME_LOWER")}, "auto_pad NOTSET, VALID or SAME_UPPER SAME_LOWER", nil, nil},
		{"LRN", attributes{intOf("size", 5)}, "", norm, Norm{5, 1, float64(float32(1e-4)) / 5, 0.75}},
		{"LRN", attributes{intOf("size", 3), floatOf("alpha", 0.75), floatOf("beta", 0.5), floatOf("bias", 2)}, "", norm, Norm{3, 2, 0.25, 0.5}},
		{"LRN", attributes{intOf("size", 3), intOf("axis", 2)}, "axis none of that name 2", nil, nil},
		{"BatchNormalization", attributes{floatOf("epsilon", 0.25), floatOf("momentum", 0.5)}, "", func(s Step) any { return s.Epsilon }, 0.25},
		{"BatchNormalization", attributes{intOf("training_mode", 1)}, "training_mode 0 1", nil, nil},
		{"BatchNormalization", attributes{intOf("training_mode", 0)}, "", nil, nil},
		{"BatchNormalization", attributes{intOf("spatial", 0)}, "spatial 1 0", nil, nil},
		{"BatchNormalization", attributes{intOf("is_test", 0)}, "is_test 1 0", nil, nil},
		{"Gemm", attributes{floatOf("alpha", 2)}, "alpha 1 2", nil, nil},
		{"Gemm", attributes{floatOf("beta", 0.5)}, "beta 1 0.5", nil, nil},
		{"Gemm", attributes{intOf("transA", 1)}, "transA 0 1", nil, nil},
		{"Gemm", attributes{floatOf("alpha", 1), floatOf("beta", 1), intOf("transA", 0)}, "", nil, nil},
		{"Gemm", attributes{intOf("transB", 1)}, "", func(s Step) any { return s.Weight.Shape }, []int{2, 3}},
		{"Gemm", attributes{intOf("transB", 0)}, "", func(s Step) any { return s.Weight.Shape }, []int{3, 2}},
		{"Relu", attributes{floatOf("alpha", 0.5)}, "alpha none of that name 0.5", nil, nil},
		{"Flatten", attributes{intOf("axis", 2)}, "axis 1 2", nil, nil},
		{"Flatten", attributes{intOf("axis", 1)}, "", nil, nil},
		{"Dropout", attributes{floatOf("ratio", 0.5), intOf("is_test", 0)}, "is_test 1 0", nil, nil},
		{"Dropout", attributes{floatOf("ratio", 0.5), intOf("seed", 3)}, "", nil, nil},
		{"Softmax", attributes{intOf("axis", 2)}, "axis 1 2", nil, nil},
		{"Softmax", attributes{intOf("axis", -1)}, "", nil, nil},
		{"Transpose", attributes{intsOf("perm", 0, 1, 3, 2)}, "perm [0 2 3 1] or [0 3 1 2] [0 1 3 2]", nil, nil},
		{"Transpose", attributes{intsOf("perm", 0, 2, 3, 1)}, "", nil, nil},
		{"Pad", attributes{intsOf("pads", 0, 0, 1, 1)}, "pads zeros [0 0 1 1]", nil, nil},
	} {
		name := fmt.Sprintf("%s %q", c.op, c.with)
		f := mustOpenBytes(t, onnxModel(
			initializer(protoTensor("w", 1, []int{2, 3}, protoField(9, littleFloats(counting(6)...)...))),
			protoNode(c.op, []string{"image", "w"}, "y", c.with...), protoNode("Last", []string{"y"}, "z")))
		if elided := len(f.Graph) == 1; elided && c.odd == "" && c.get == nil {
			continue
		}
		s := f.Graph[0]
		found := ""
		if len(s.Odd) > 0 {
			found = s.Odd[0].Attribute + " " + s.Odd[0].Want + " " + s.Odd[0].Found
		}
		if found != c.odd {
			t.Errorf("%s: odd %q, want %q", name, found, c.odd)
		}
		if c.get == nil {
			continue
		}
		got := c.get(s)
		if a, ok := got.([]int); ok && slices.Equal(a, c.want.([]int)) {
			continue
		}
		if _, ok := got.([]int); ok || got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestONNXBias: an Add is a layer's bias only where it adds a number to each output.
func TestONNXBias(t *testing.T) {
	for _, c := range []struct {
		shape []int
		with  [][]byte
		bias  bool
	}{
		{[]int{1, 3, 1, 1}, nil, true},
		{[]int{3, 1, 1}, nil, true},
		{[]int{3}, nil, false},
		{[]int{1, 1, 1, 3}, nil, false},
		{[]int{3}, [][]byte{intOf("broadcast", 1), intOf("axis", 1)}, true},
	} {
		f := mustOpenBytes(t, onnxModel(
			initializer(protoTensor("w", 1, []int{3, 1, 1, 1}, protoField(9, littleFloats(1, 2, 3)...))),
			initializer(protoTensor("b", 1, c.shape, protoField(9, littleFloats(1, 2, 3)...))),
			protoNode("Conv", []string{"image", "w"}, "y"), protoNode("Add", []string{"y", "b"}, "z", c.with...)))
		if got := f.Graph[0].Bias != nil; got != c.bias || len(f.Graph) == 1 != c.bias {
			t.Errorf("%v: taken as a bias %v, %d steps", c.shape, got, len(f.Graph))
		}
	}
}

// TestONNXDropoutTrains: since opset 12 whether a Dropout drops is an input.
func TestONNXDropoutTrains(t *testing.T) {
	for mode, odd := range map[byte]int{0: 0, 1: 1} {
		f := mustOpenBytes(t, onnxModel(
			initializer(protoTensor("train", 9, nil, protoField(9, mode))), initializer(protoTensor("r", 1, nil, protoField(9, littleFloats(0.5)...))),
			protoNode("Dropout", []string{"x", "r", "train"}, "y"), protoNode("Relu", []string{"y"}, "z")))
		if n := len(f.Graph) - 1; n != odd {
			t.Errorf("training_mode %d: %d steps besides, want %d", mode, n, odd)
		}
	}
}
