package weights

import (
	"fmt"
	"slices"
)

// maxFilled bounds the elements of a ConstantOfShape, which cost a file nothing; fc6 of VGG has 103 million.
const maxFilled = 1 << 28

// onnxWalk follows a graph: which values are known, and what is done to the image.
type onnxWalk struct {
	known map[string]*Tensor // values that the file holds, by name
	shape map[string]bool    // values computed from shapes
	steps []Step
	from  map[string]int // the step whose output a value is
	hwc   map[string]bool
}

// walk turns nodes into steps. The nodes of a graph are sorted: a value is computed before it is used.
func (r *onnxReader) walk() error {
	w := &onnxWalk{known: map[string]*Tensor{}, shape: map[string]bool{}, from: map[string]int{}, hwc: map[string]bool{}}
	for _, t := range r.contents.tensors {
		w.known[t.Name] = t
	}
	for i := range r.nodes {
		n := &r.nodes[i]
		if err := r.constant(w, n); err != nil {
			return fmt.Errorf("node %s: %w", n.label(), err)
		}
		if len(n.outputs) == 0 || w.known[n.outputs[0]] != nil || w.shape[n.outputs[0]] {
			continue
		}
		if err := w.step(n); err != nil {
			return fmt.Errorf("node %s: %w", n.label(), err)
		}
	}
	r.contents.graph = w.steps
	return nil
}

// constant evaluates the nodes that make weights of weights.
func (r *onnxReader) constant(w *onnxWalk, n *onnxNode) error {
	if len(n.outputs) == 0 {
		return nil
	}
	out := n.outputs[0]
	of := w.known[n.input(0)]
	switch n.op {
	case "Constant":
		if n.value == nil { // a number or a text
			w.shape[out] = true
			return nil
		}
		n.value.Name = out
		w.known[out] = n.value
		return r.add(n.value)
	case "ConstantOfShape":
		if of == nil {
			w.shape[out] = true
			return nil
		}
		t, err := filled(out, of, n.value)
		if err != nil {
			return err
		}
		w.known[out] = t
		return r.add(t)
	case "Identity", "Cast":
		if of != nil {
			w.known[out] = of
		}
	case "Transpose":
		if of == nil {
			return nil
		}
		t, err := of.transposed(n.ints["perm"])
		w.known[out] = t
		return err
	default:
		w.shape[out] = n.op == "Shape" || n.op != "Reshape" && len(n.inputs) > 0 && !slices.ContainsFunc(n.inputs, func(name string) bool {
			return name != "" && w.known[name] == nil && !w.shape[name]
		})
	}
	return nil
}

// filled makes a tensor of one value, by default 0, whose shape the file holds.
func filled(name string, shape, value *Tensor) (*Tensor, error) {
	if len(shape.Shape) != 1 || shape.Shape[0] > maxRank || shape.Dtype != I64 {
		return nil, fmt.Errorf("expected a shape of at most %d axes, found %s %v", maxRank, shape.Dtype, shape.Shape)
	}
	sizes := make([]float32, shape.Len())
	if err := shape.ReadFloat32(sizes); err != nil {
		return nil, err
	}
	t := &Tensor{Name: name, path: shape.path, changed: shape.changed, data: repeated(make([]byte, 4))}
	for _, d := range sizes {
		if d < 0 || d > maxFilled {
			return nil, fmt.Errorf("expected sizes from 0 to %d, found %g", maxFilled, d)
		}
		t.Shape = append(t.Shape, int(d))
	}
	if n, err := elements(t.Shape, 1); err != nil || n > maxFilled {
		return nil, fmt.Errorf("expected at most %d elements, found shape %v", maxFilled, t.Shape)
	}
	if value == nil {
		return t, nil
	}
	if value.Len() != 1 {
		return nil, fmt.Errorf("expected one value, found %d", value.Len())
	}
	one := make([]byte, value.Dtype.size())
	if _, err := value.data.ReadAt(one, value.start); err != nil {
		return nil, err
	}
	t.Dtype, t.data = value.Dtype, repeated(one)
	return t, nil
}

// transposed returns the view of an ONNX Transpose; without perm the axes are reversed.
func (t *Tensor) transposed(perm []int) (*Tensor, error) {
	split := make([][]int, len(t.Shape))
	for i, d := range t.Shape {
		split[i] = []int{d}
	}
	if len(perm) == 0 {
		for i := range t.Shape {
			perm = append(perm, len(t.Shape)-1-i)
		}
	}
	return t.Arranged(split, perm)
}

// step adds what a node does to the image.
func (w *onnxWalk) step(n *onnxNode) error {
	s := Step{
		Op: n.op, Name: n.label(), Node: n.label(), Kernel: n.ints["kernel_shape"], Strides: n.ints["strides"],
		Dilations: n.ints["dilations"], Pads: n.ints["pads"], Group: n.int("group", 1), ChannelsLast: w.hwc[n.input(0)],
	}
	w.attributes(&s, n)
	at := func(i int) *Tensor { return w.known[n.input(i)] }
	switch n.op {
	case "Add":
		if w.addBias(n) {
			return nil
		}
	case "Conv", "Gemm", "MatMul":
		s.Weight, s.Bias = at(1), at(2)
		if err := s.asOutIn(n); err != nil {
			return err
		}
	case "BatchNormalization":
		s.Weight, s.Bias, s.Mean, s.Variance = at(1), at(2), at(3), at(4)
		s.Epsilon = float64(n.floatOr("epsilon", 1e-5))
	case "Transpose":
		w.hwc[n.outputs[0]] = slices.Equal(n.ints["perm"], []int{0, 2, 3, 1})
		if len(s.Odd) == 0 {
			return nil
		}
	case "Reshape", "Flatten", "Squeeze", "Identity", "Dropout", "Cast":
		w.hwc[n.outputs[0]] = w.hwc[n.input(0)]
		if len(s.Odd) > 0 {
			break
		}
		if i, ok := w.from[n.input(0)]; ok {
			w.from[n.outputs[0]] = i
		}
		return nil
	}
	if s.Weight != nil {
		s.Name = s.Weight.Name
	}
	w.from[n.outputs[0]] = len(w.steps)
	w.steps = append(w.steps, s)
	return nil
}

// asOutIn turns the weights of fully connected layers to [out,in].
func (s *Step) asOutIn(n *onnxNode) error {
	if s.Weight == nil {
		return nil
	}
	turn := n.op == "MatMul" || n.op == "Gemm" && n.int("transB", 0) == 0
	if !turn || len(s.Weight.Shape) != 2 {
		return nil
	}
	t, err := s.Weight.transposed(nil)
	s.Weight = t
	return err
}

func (n *onnxNode) floatOr(name string, usual float32) float32 {
	if v, ok := n.floats[name]; ok {
		return v
	}
	return usual
}

// addBias takes an Add of a vector behind a product or convolution as its bias.
func (w *onnxWalk) addBias(n *onnxNode) bool {
	for i := range 2 {
		bias := w.known[n.input(i)]
		at, computed := w.from[n.input(1-i)]
		if bias == nil || !computed {
			continue
		}
		s := &w.steps[at]
		if s.Weight == nil || s.Bias != nil || len(s.Weight.Shape) == 0 || bias.Len() != s.Weight.Shape[0] || !s.perOutput(n, bias.Shape) {
			continue
		}
		flat := *bias
		flat.Shape, flat.strides = []int{bias.Len()}, nil
		if bias.strides != nil {
			continue
		}
		s.Bias = &flat
		w.from[n.outputs[0]] = at
		return true
	}
	return false
}

// perOutput tells whether an Add of a tensor of that shape adds a number to each output: by NumPy's rules it stands
// against the last axes, so that of a convolution's maps [N,C,H,W] it must be [C,1,1].
func (s *Step) perOutput(n *onnxNode, shape []int) bool {
	last := len(shape) - 1
	if s.Op == "Conv" {
		if n.int("broadcast", 0) == 1 && n.int("axis", -1) == 1 { // before opset 7
			return len(shape) == 1
		}
		last -= 2
	}
	return last >= 0 && shape[last] == s.Weight.Shape[0]
}
