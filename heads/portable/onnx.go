package portable

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"fc7/internal/protobuf"
)

// The numbers of ONNX's own formats: onnx.proto3 of its repository, opset 13, which every runtime since 2020 has.
const (
	onnxIRVersion = 7
	onnxOpset     = 13
	onnxFloat     = 1 // TensorProto.FLOAT

	attributeInt  = 2
	attributeInts = 7
)

// smallestNorm keeps a descriptor of zeros from being divided by zero; it stays zero.
const smallestNorm = 1e-30

// graph collects the nodes and constants of an ONNX graph.
type graph struct {
	protobuf.Message
	values int
}

// WriteONNX writes the head as an ONNX model. Inputs are float matrices [N, width], one a scale of each part, as they
// stand in the feature table: neither joined nor normalised. Outputs are scores [N, K] and, of logistic and softmax
// heads, probabilities [N, K]. The metadata has the classes as a JSON list, and Source.
func WriteONNX(w io.Writer, h Head) error {
	if err := h.check(); err != nil {
		return fmt.Errorf("writing an ONNX model: %w", err)
	}
	classes, err := json.Marshal(h.Classes)
	if err != nil {
		return err
	}
	var m protobuf.Message
	m.Integer(1, onnxIRVersion)
	m.Text(2, "fc7")
	m.Bytes(7, h.graph())
	var opset protobuf.Message
	opset.Integer(2, onnxOpset)
	m.Bytes(8, opset)
	for _, p := range [][2]string{{"classes", string(classes)}, {"fc7.head", h.Source}} {
		var entry protobuf.Message
		entry.Text(1, p[0])
		entry.Text(2, p[1])
		m.Bytes(14, entry)
	}
	_, err = w.Write(m)
	return err
}

// graph returns a GraphProto: node 1, name 2, initializer 5, input 11, output 12.
func (h Head) graph() protobuf.Message {
	g := &graph{}
	g.constants()
	joined := make([]string, len(h.Parts))
	for i, p := range h.Parts {
		joined[i] = g.part(p)
		if h.L2.Before && len(h.Parts) > 1 {
			joined[i] = g.normalise(joined[i])
		}
	}
	x := joined[0]
	if len(joined) > 1 {
		x = g.node("Concat", joined, "", intAttribute("axis", 1))
		if h.L2.After {
			x = g.normalise(x)
		}
	}
	k, d := len(h.Weights), len(h.Weights[0])
	flat := make([]float32, 0, k*d)
	bias := make([]float32, k)
	for i, row := range h.Weights {
		for _, v := range row {
			flat = append(flat, float32(v))
		}
		bias[i] = float32(h.Bias[i])
	}
	g.tensor("weight", []int64{int64(k), int64(d)}, flat)
	g.tensor("bias", []int64{int64(k)}, bias)
	g.node("Gemm", []string{x, "weight", "bias"}, "scores", intAttribute("transB", 1))
	switch h.Sense {
	case Logistic:
		g.node("Sigmoid", []string{"scores"}, "probabilities")
	case Softmax:
		g.node("Softmax", []string{"scores"}, "probabilities", intAttribute("axis", 1))
	}
	g.Text(2, "head")
	for _, p := range h.Parts {
		for i, name := range p.Inputs {
			g.Bytes(11, valueInfo(name, p.Widths[i]))
		}
	}
	g.Bytes(12, valueInfo("scores", k))
	if h.Sense != Distances {
		g.Bytes(12, valueInfo("probabilities", k))
	}
	return g.Message
}

// part joins the scales of one part and returns the name of the result.
func (g *graph) part(p Part) string {
	in := make([]string, len(p.Inputs))
	for i, name := range p.Inputs {
		in[i] = name
		if p.L2.Before {
			in[i] = g.normalise(name)
		}
	}
	x := in[0]
	if len(in) > 1 {
		switch p.How {
		case "mean":
			x = g.node("Mean", in, "")
		case "max":
			x = g.node("Max", in, "")
		default:
			x = g.node("Concat", in, "", intAttribute("axis", 1))
		}
	}
	if p.L2.After {
		x = g.normalise(x)
	}
	return x
}

// constants writes what normalise shares.
func (g *graph) constants() { g.tensor("smallest_norm", []int64{1}, []float32{smallestNorm}) }

// normalise divides each row by its L2 norm: x / max(‖x‖, smallest).
func (g *graph) normalise(x string) string {
	norm := g.node("ReduceL2", []string{x}, "", intsAttribute("axes", 1), intAttribute("keepdims", 1))
	return g.node("Div", []string{x, g.node("Max", []string{norm, "smallest_norm"}, "")}, "")
}

// node adds a NodeProto (input 1, output 2, name 3, op_type 4, attribute 5) and returns the name of its output; "": a
// new one.
func (g *graph) node(op string, inputs []string, output string, attributes ...protobuf.Message) string {
	g.values++
	name := op + "_" + strconv.Itoa(g.values)
	if output == "" {
		output = name + "_out"
	}
	var n protobuf.Message
	for _, in := range inputs {
		n.Text(1, in)
	}
	n.Text(2, output)
	n.Text(3, name)
	n.Text(4, op)
	for _, a := range attributes {
		n.Bytes(5, a)
	}
	g.Bytes(1, n)
	return output
}

// tensor adds a constant, a TensorProto: dims 1, data_type 2, name 8, raw_data 9 (little-endian).
func (g *graph) tensor(name string, dims []int64, values []float32) {
	var t protobuf.Message
	for _, d := range dims {
		t.Integer(1, d)
	}
	t.Integer(2, onnxFloat)
	t.Text(8, name)
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	t.Bytes(9, raw)
	g.Bytes(5, t)
}

// intAttribute is an AttributeProto: name 1, i 3, ints 8, type 20.
func intAttribute(name string, v int64) protobuf.Message {
	var a protobuf.Message
	a.Text(1, name)
	a.Integer(3, v)
	a.Integer(20, attributeInt)
	return a
}

func intsAttribute(name string, values ...int64) protobuf.Message {
	var a protobuf.Message
	a.Text(1, name)
	for _, v := range values {
		a.Integer(8, v)
	}
	a.Integer(20, attributeInts)
	return a
}

// valueInfo is a ValueInfoProto (name 1, type 2) of a float matrix [N, width]: TypeProto.tensor_type 1, its elem_type 1
// and shape 2, whose dim 1 are dim_value 1 or dim_param 2.
func valueInfo(name string, width int) protobuf.Message {
	var n, w, shape, tensor, kind, v protobuf.Message
	n.Text(2, "N")
	w.Integer(1, int64(width))
	shape.Bytes(1, n)
	shape.Bytes(1, w)
	tensor.Integer(1, onnxFloat)
	tensor.Bytes(2, shape)
	kind.Bytes(1, tensor)
	v.Text(1, name)
	v.Bytes(2, kind)
	return v
}
