package heads

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What other programs make of an exported head, by the definitions of the formats: they share no code with the writers.

// liblinearModel is a text model as load_model of LIBLINEAR's linear.cpp reads it.
type liblinearModel struct {
	solver   string
	labels   []int
	features int
	bias     float64     // below 0: no constant feature
	w        [][]float64 // [features, and the constant][nr_w]
}

func readLIBLINEAR(t *testing.T, text string) liblinearModel {
	t.Helper()
	m := liblinearModel{}
	head, rows, ok := strings.Cut(text, "\nw\n")
	if !ok {
		t.Fatalf("no weights in %.200q", text)
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	classes := 0
	for line := range strings.SplitSeq(head, "\n") {
		switch f := strings.Fields(line); f[0] {
		case "solver_type":
			m.solver = f[1]
		case "nr_class":
			classes = int(number(f[1]))
		case "label":
			for _, l := range f[1:] {
				m.labels = append(m.labels, int(number(l)))
			}
		case "nr_feature":
			m.features = int(number(f[1]))
		case "bias":
			m.bias = number(f[1])
		default:
			t.Fatalf("load_model knows no %q", f[0])
		}
	}
	vectors := classes // nr_w
	if classes == 2 && m.solver != "MCSVM_CS" {
		vectors = 1
	}
	for line := range strings.Lines(rows) {
		var row []float64
		for _, f := range strings.Fields(line) {
			row = append(row, number(f))
		}
		if len(row) != vectors {
			t.Fatalf("%d weights in a line, want %d", len(row), vectors)
		}
		m.w = append(m.w, row)
	}
	want := m.features
	if m.bias >= 0 {
		want++
	}
	if len(m.w) != want || len(m.labels) != classes {
		t.Fatalf("%d lines of weights and %d labels, want %d and %d", len(m.w), len(m.labels), want, classes)
	}
	return m
}

// values is predict_values: the decision values of a row, and the label that is predicted.
func (m liblinearModel) values(x []float64) (values []float64, label int) {
	if m.bias >= 0 {
		x = append(slices.Clone(x), m.bias)
	}
	values = make([]float64, len(m.w[0]))
	for i, v := range x {
		for k := range values {
			values[k] += m.w[i][k] * v
		}
	}
	if len(values) == 1 {
		if values[0] > 0 {
			return values, m.labels[0]
		}
		return values, m.labels[1]
	}
	return values, m.labels[slices.Index(values, slices.Max(values))]
}

// probabilities is predict_probability, of logistic models alone.
func (m liblinearModel) probabilities(values []float64) []float64 {
	p, sum := make([]float64, len(values)), 0.0
	for k, v := range values {
		p[k] = 1 / (1 + math.Exp(-v))
		sum += p[k]
	}
	if len(m.labels) == 2 {
		return []float64{p[0], 1 - p[0]}
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

// message is a protobuf message: the values of each field, numbers or bytes.
type message map[int][]any

func readMessage(t *testing.T, b []byte) message {
	t.Helper()
	m := message{}
	varint := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatal("no varint")
		}
		b = b[n:]
		return v
	}
	for len(b) > 0 {
		tag := varint()
		switch tag & 7 {
		case 0:
			m[int(tag>>3)] = append(m[int(tag>>3)], int64(varint()))
		case 2:
			n := varint()
			m[int(tag>>3)] = append(m[int(tag>>3)], b[:n])
			b = b[n:]
		default:
			t.Fatalf("wire type %d", tag&7)
		}
	}
	return m
}

func (m message) texts(field int) (all []string) {
	for _, v := range m[field] {
		all = append(all, string(v.([]byte)))
	}
	return all
}

// onnxGraph is a graph of operators on matrices of float32.
type onnxGraph struct {
	nodes     []message
	constants map[string][][]float64
}

func readONNX(t *testing.T, b []byte) onnxGraph {
	t.Helper()
	model := readMessage(t, b)
	graph := readMessage(t, model[7][0].([]byte))
	g := onnxGraph{constants: map[string][][]float64{}}
	for _, n := range graph[1] {
		g.nodes = append(g.nodes, readMessage(t, n.([]byte)))
	}
	for _, c := range graph[5] {
		tensor := readMessage(t, c.([]byte))
		rows, raw := 1, tensor[9][0].([]byte)
		if len(tensor[1]) == 2 {
			rows = int(tensor[1][0].(int64))
		}
		m := make([][]float64, rows)
		for i := range len(raw) / 4 {
			v := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
			m[i/(len(raw)/4/rows)] = append(m[i/(len(raw)/4/rows)], float64(v))
		}
		g.constants[tensor.texts(8)[0]] = m
	}
	return g
}

// run evaluates the graph on one row of each input, by the operators' definitions.
func (g onnxGraph) run(t *testing.T, inputs map[string][]float64) map[string][]float64 {
	t.Helper()
	values := map[string][]float64{}
	for name, v := range inputs {
		values[name] = v
	}
	for name, m := range g.constants {
		values[name] = m[0]
	}
	for _, n := range g.nodes {
		var in [][]float64
		for _, name := range n.texts(1) {
			v, ok := values[name]
			if !ok {
				t.Fatalf("no value %q", name)
			}
			in = append(in, v)
		}
		op, to := n.texts(4)[0], n.texts(2)[0]
		if op == "Gemm" { // transB 1
			values[to] = gemm(in[0], g.constants[n.texts(1)[1]], in[2])
			continue
		}
		values[to] = elementwise(t, op, in)
	}
	return values
}

func gemm(x []float64, w [][]float64, b []float64) []float64 {
	out := slices.Clone(b)
	for k := range out {
		for i, v := range x {
			out[k] += w[k][i] * v
		}
	}
	return out
}

// elementwise evaluates an operator whose inputs are broadcast to the longest.
func elementwise(t *testing.T, op string, in [][]float64) []float64 {
	t.Helper()
	if op == "Concat" {
		return slices.Concat(in...)
	}
	if op == "Softmax" {
		out, sum := make([]float64, len(in[0])), 0.0
		for i, v := range in[0] {
			out[i] = math.Exp(v)
			sum += out[i]
		}
		for i := range out {
			out[i] /= sum
		}
		return out
	}
	if op == "ReduceL2" {
		sum := 0.0
		for _, v := range in[0] {
			sum += v * v
		}
		return []float64{math.Sqrt(sum)}
	}
	n := 0
	for _, x := range in {
		n = max(n, len(x))
	}
	out := make([]float64, n)
	for i := range out {
		at := func(k int) float64 { return in[k][i%len(in[k])] }
		v := at(0)
		switch op {
		case "Div":
			v /= at(1)
		case "Sigmoid":
			v = 1 / (1 + math.Exp(-v))
		case "Max", "Mean":
			for k := 1; k < len(in); k++ {
				if op == "Max" {
					v = max(v, at(k))
				} else {
					v += at(k)
				}
			}
			if op == "Mean" {
				v /= float64(len(in))
			}
		default:
			t.Fatalf("no operator %q here", op)
		}
		out[i] = v
	}
	return out
}
