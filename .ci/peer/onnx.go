package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"fc7/vgg"
)

// The bare net as an ONNX model, opset 13: onnx.proto3 of ONNX's repository has the numbers of the fields.

// message is a protocol buffer.
type message []byte

func (m *message) integer(field int, v int64) {
	*m = binary.AppendUvarint(binary.AppendUvarint(*m, uint64(field)<<3), uint64(v))
}

func (m *message) bytes(field int, b []byte) {
	*m = append(binary.AppendUvarint(binary.AppendUvarint(*m, uint64(field)<<3|2), uint64(len(b))), b...)
}

func (m *message) text(field int, s string) { m.bytes(field, []byte(s)) }

// model is a GraphProto that grows, with its weights in a file beside it.
type model struct {
	graph  message
	raw    *bufio.Writer
	random *rand.Rand
	offset int64
}

// writeModel writes a net from the image to fc7, with random weights by He's rule, over any number of images of any
// size: x [n,3,h,w] to the mean over positions, [n,width]. The weights are in path.raw.
func writeModel(path, net string) error {
	c, err := vgg.Lookup(net)
	if err != nil {
		return err
	}
	f, err := os.Create(path + ".raw")
	if err != nil {
		return err
	}
	defer f.Close()
	m := &model{raw: bufio.NewWriterSize(f, 1<<20), random: rand.New(rand.NewPCG(1, 1))}
	x := "x"
	width := 0
	for _, l := range c.Layers() {
		if x, err = m.layer(l, x, filepath.Base(f.Name())); err != nil {
			return err
		}
		if width = l.Out; l.Name == "fc7" {
			break
		}
	}
	m.node("ReduceMean", []string{x}, "mean", ints("axes", 2, 3), integer("keepdims", 0))
	m.graph.text(2, net)
	m.graph.bytes(11, value("x", "n", 3, "h", "w"))
	m.graph.bytes(12, value("mean", "n", width))
	if err := m.raw.Flush(); err != nil {
		return err
	}
	var opset, all message
	opset.integer(2, 13)
	all.integer(1, 7)
	all.bytes(7, m.graph)
	all.bytes(8, opset)
	return os.WriteFile(path, all, 0o644)
}

func (m *model) layer(l vgg.Layer, x, raw string) (string, error) {
	if l.Kind == vgg.Pooling {
		return m.node("MaxPool", []string{x}, l.Name, ints("kernel_shape", 2, 2), ints("strides", 2, 2)), nil
	}
	if !l.HasWeights() || l.BatchNorm {
		return "", fmt.Errorf("%s: no net with %v or batch normalisation can be written here", l.Name, l.Kind)
	}
	k, pad := int64(l.Kernel), int64(0)
	if l.Kind == vgg.Convolution {
		pad = k / 2
	}
	deviation := math.Sqrt(2 / float64(l.In*l.Kernel*l.Kernel))
	if err := m.tensor(l.Name+".weight", raw, deviation, int64(l.Out), int64(l.In), k, k); err != nil {
		return "", err
	}
	if err := m.tensor(l.Name+".bias", raw, 0, int64(l.Out)); err != nil {
		return "", err
	}
	y := m.node("Conv", []string{x, l.Name + ".weight", l.Name + ".bias"}, l.Name+".sum", ints("kernel_shape", k, k), ints("pads", pad, pad, pad, pad))
	return m.node("Relu", []string{y}, l.Name), nil
}

// node adds a NodeProto: input 1, output 2, op_type 4, attribute 5.
func (m *model) node(op string, inputs []string, output string, attributes ...message) string {
	var n message
	for _, in := range inputs {
		n.text(1, in)
	}
	n.text(2, output)
	n.text(4, op)
	for _, a := range attributes {
		n.bytes(5, a)
	}
	m.graph.bytes(1, n)
	return output
}

// tensor adds a TensorProto of random numbers that lie in the file raw: dims 1, data_type 2, name 8, external_data 13,
// data_location 14.
func (m *model) tensor(name, raw string, deviation float64, dims ...int64) error {
	var t message
	n := int64(1)
	for _, d := range dims {
		t.integer(1, d)
		n *= d
	}
	t.integer(2, 1)
	t.text(8, name)
	for _, p := range [][2]string{{"location", raw}, {"offset", strconv.FormatInt(m.offset, 10)}, {"length", strconv.FormatInt(4*n, 10)}} {
		var entry message
		entry.text(1, p[0])
		entry.text(2, p[1])
		t.bytes(13, entry)
	}
	t.integer(14, 1)
	m.graph.bytes(5, t)
	m.offset += 4 * n
	var b [4]byte
	for range n {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(float32(m.random.NormFloat64()*deviation)))
		if _, err := m.raw.Write(b[:]); err != nil {
			return err
		}
	}
	return nil
}

// integer and ints are AttributeProtos: name 1, i 3, ints 8, type 20.
func integer(name string, v int64) (a message) {
	a.text(1, name)
	a.integer(3, v)
	a.integer(20, 2)
	return a
}

func ints(name string, values ...int64) (a message) {
	a.text(1, name)
	for _, v := range values {
		a.integer(8, v)
	}
	a.integer(20, 7)
	return a
}

// value is a ValueInfoProto of floats whose dimensions are numbers or names.
func value(name string, dims ...any) (v message) {
	var shape, tensor, kind message
	for _, d := range dims {
		var dim message
		switch d := d.(type) {
		case int:
			dim.integer(1, int64(d))
		case string:
			dim.text(2, d)
		}
		shape.bytes(1, dim)
	}
	tensor.integer(1, 1)
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	v.text(1, name)
	v.bytes(2, kind)
	return v
}
