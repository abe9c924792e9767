package weights

import (
	"errors"
	"fmt"
	"strconv"

	"fc7/internal/escape"
)

// An .onnx file is a ModelProto of onnx.proto (github.com/onnx/onnx): its graph has the weights as initializers or as
// the values of Constant nodes, whose elements stay in the file and are read from there.

// Fields of the messages.
const (
	onnxIRVersion = 1
	onnxProducer  = 2
	onnxModelDoc  = 6
	onnxGraph     = 7
	onnxOpset     = 8

	graphNode        = 1
	graphName        = 2
	graphInitializer = 5
	graphSparse      = 15

	nodeInput     = 1
	nodeOutput    = 2
	nodeName      = 3
	nodeOp        = 4
	nodeAttribute = 5

	attributeName   = 1
	attributeFloat  = 2
	attributeInt    = 3
	attributeString = 4
	attributeTensor = 5
	attributeInts   = 8
)

// Limits; a VGG-19 of torchvision's has some 45 nodes of at most 5 inputs.
const (
	maxONNXNodes   = 1 << 16
	maxONNXTensors = 1 << 16
	maxONNXInputs  = 1 << 10
	maxONNXInts    = 64
	maxONNXName    = 1 << 10
)

// onnxModelKinds are the wire types of a model's fields that may come before its graph.
var onnxModelKinds = map[int]int{
	onnxIRVersion: wireVarint, onnxProducer: wireBytes, 3: wireBytes, 4: wireBytes, 5: wireVarint, onnxModelDoc: wireBytes,
	onnxGraph: wireBytes, onnxOpset: wireBytes, 14: wireBytes, 20: wireBytes, 25: wireBytes,
}

// sniffONNX walks a model's fields up to its graph: protocol buffers have no signature.
func sniffONNX(s *source) bool {
	w := &wireReader{src: s}
	for pos := int64(0); pos < s.size && w.fields < maxSniffedFields; {
		f, err := w.field(pos, s.size)
		if kind, known := onnxModelKinds[f.number]; !known || kind != f.kind || pos == 0 && (f.number != onnxIRVersion || f.value > 255) {
			return false
		}
		if f.number == onnxGraph {
			g, err := w.field(f.start, min(nextOr(f, s.size), s.size))
			return (err == nil || g.start > 0) && g.kind == wireBytes && g.number <= graphSparse
		}
		if err != nil {
			return false
		}
		pos = f.next
	}
	return false
}

// onnxNode is a NodeProto as far as it is used.
type onnxNode struct {
	name, op        string
	inputs, outputs []string
	ints            map[string][]int
	floats          map[string]float32
	texts           map[string]string
	value           *Tensor // of Constant and ConstantOfShape
}

// onnxReader collects a model's tensors and nodes.
type onnxReader struct {
	wireReader
	contents contents
	nodes    []onnxNode
	external map[string]*source
}

func openONNX(s *source) (*contents, error) {
	r := &onnxReader{wireReader: wireReader{src: s}, contents: contents{metadata: map[string]string{}}, external: map[string]*source{}}
	graphs := 0
	err := r.each(0, s.size, func(f wireField) error {
		switch {
		case f.number == onnxProducer:
			producer, err := r.text(f, maxONNXName)
			r.contents.metadata["producer"] = producer
			return err
		case f.number == onnxGraph && f.kind == wireBytes:
			if graphs++; graphs > 1 {
				return errors.New("expected one graph, found a second")
			}
			return r.each(f.start, f.next, r.graphField)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := r.walk(); err != nil {
		return nil, err
	}
	if len(r.contents.tensors) == 0 {
		return nil, errors.New("expected a graph with weights, found none in it (a bare operator?)")
	}
	return &r.contents, nil
}

func (r *onnxReader) graphField(f wireField) error {
	switch {
	case f.number == graphName:
		name, err := r.text(f, maxONNXName)
		r.contents.metadata["graph"] = name
		return err
	case f.number == graphInitializer && f.kind == wireBytes:
		t, err := r.tensor(f)
		if err != nil {
			return err
		}
		return r.add(t)
	case f.number == graphSparse:
		return errors.New("expected dense initializers, found a sparse one")
	case f.number == graphNode && f.kind == wireBytes:
		if len(r.nodes) == maxONNXNodes {
			return fmt.Errorf("expected at most %d nodes, found more", maxONNXNodes)
		}
		n, err := r.node(f)
		if err != nil {
			return fmt.Errorf("node %q: %w", escape.Short(n.name), err)
		}
		r.nodes = append(r.nodes, n)
	}
	return nil
}

// add keeps a tensor; nil stands for one that has no numbers.
func (r *onnxReader) add(t *Tensor) error {
	if t == nil {
		return nil
	}
	if len(r.contents.tensors) == maxONNXTensors {
		return fmt.Errorf("expected at most %d tensors, found more", maxONNXTensors)
	}
	r.contents.tensors = append(r.contents.tensors, t)
	return nil
}

func (r *onnxReader) node(field wireField) (onnxNode, error) {
	n := onnxNode{ints: map[string][]int{}, floats: map[string]float32{}, texts: map[string]string{}}
	err := r.each(field.start, field.next, func(f wireField) (err error) {
		switch f.number {
		case nodeName:
			n.name, err = r.text(f, maxONNXName)
		case nodeOp:
			n.op, err = r.text(f, maxONNXName)
		case nodeInput:
			return r.nameList(f, &n.inputs)
		case nodeOutput:
			return r.nameList(f, &n.outputs)
		case nodeAttribute:
			if f.kind == wireBytes {
				return r.attribute(f, &n)
			}
		}
		return err
	})
	return n, err
}

func (r *onnxReader) nameList(f wireField, to *[]string) error {
	if len(*to) == maxONNXInputs {
		return fmt.Errorf("expected at most %d inputs and outputs, found more", maxONNXInputs)
	}
	name, err := r.text(f, maxONNXName)
	*to = append(*to, name)
	return err
}

// attribute reads an AttributeProto: numbers, a short text, or a tensor. Of lists at most maxONNXInts numbers are kept.
func (r *onnxReader) attribute(field wireField, n *onnxNode) error {
	var name, text string
	var ints []int
	var number *float32
	var tensor wireField
	err := r.each(field.start, field.next, func(f wireField) (err error) {
		switch {
		case f.number == attributeName:
			name, err = r.text(f, maxONNXName)
		case f.number == attributeInt && f.kind == wireVarint:
			ints = append(ints[:0], int(int64(f.value)))
		case f.number == attributeFloat && f.kind == wire32:
			var v float32
			v, err = r.float(f)
			number = &v
		case f.number == attributeString && f.next-f.start <= maxONNXName:
			text, err = r.text(f, maxONNXName)
		case f.number == attributeTensor && f.kind == wireBytes:
			tensor = f
		case f.number == attributeInts:
			err = r.numbers(f, func(v uint64) error {
				if len(ints) < maxONNXInts {
					ints = append(ints, int(int64(v)))
				}
				return nil
			})
		}
		return err
	})
	if err != nil {
		return err
	}
	n.ints[name], n.texts[name] = ints, text
	if number != nil {
		n.floats[name] = *number
	}
	if name == "value" && tensor.next > 0 {
		n.value, err = r.tensor(tensor)
	}
	return err
}

// float reads a field of four bytes.
func (w *wireReader) float(f wireField) (float32, error) {
	var raw [4]byte
	if _, err := w.src.ReadAt(raw[:], f.start); err != nil {
		return 0, err
	}
	var out [1]float32
	decode(out[:], raw[:], F32)
	return out[0], nil
}

// int returns an attribute of one number.
func (n *onnxNode) int(name string, usual int) int {
	if v := n.ints[name]; len(v) > 0 {
		return v[0]
	}
	return usual
}

// input returns the name of an input, empty where there is none.
func (n *onnxNode) input(i int) string {
	if i < len(n.inputs) {
		return n.inputs[i]
	}
	return ""
}

// label names a node in messages.
func (n *onnxNode) label() string {
	if n.name != "" {
		return n.op + " " + strconv.Quote(escape.Short(n.name))
	}
	return n.op
}
