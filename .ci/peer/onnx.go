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

	"fc7/internal/protobuf"
	"fc7/vgg"
)

// The bare net as an ONNX model, opset 13: onnx.proto3 of ONNX's repository has the numbers of the fields.

// model is a GraphProto that grows, with its weights in a file beside it.
type model struct {
	graph  protobuf.Message
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
		if x, err = m.layer(c, l, x, filepath.Base(f.Name())); err != nil {
			return err
		}
		if width = l.Out; l.Name == "fc7" {
			break
		}
	}
	m.node("ReduceMean", []string{x}, "mean", ints("axes", 2, 3), integer("keepdims", 0))
	m.graph.Text(2, net)
	m.graph.Bytes(11, value("x", "n", 3, "h", "w"))
	m.graph.Bytes(12, value("mean", "n", width))
	if err := m.raw.Flush(); err != nil {
		return err
	}
	var opset, all protobuf.Message
	opset.Integer(2, 13)
	all.Integer(1, 7)
	all.Bytes(7, m.graph)
	all.Bytes(8, opset)
	return os.WriteFile(path, all, 0o644)
}

func (m *model) layer(c vgg.Config, l vgg.Layer, x, raw string) (string, error) {
	k, step := int64(l.Kernel), int64(l.Step)
	switch {
	case l.Kind == vgg.Pooling:
		up := int64(0)
		if l.Window().Ceil {
			up = 1
		}
		return m.node("MaxPool", []string{x}, l.Name, ints("kernel_shape", k, k), ints("strides", step, step), integer("ceil_mode", up)), nil
	case l.Kind == vgg.Normalisation: // alpha is divided by the size there
		n := c.Normalisation()
		return m.node("LRN", []string{x}, l.Name, integer("size", int64(n.Size)), real("alpha", n.Alpha*float32(n.Size)), real("beta", n.Beta), real("bias", n.K)), nil
	case l.BatchNorm:
		return "", fmt.Errorf("%s: no net with batch normalisation can be written here", l.Name)
	}
	seen := int64(l.In / l.Groups)
	deviation := math.Sqrt(2 / float64(seen*k*k))
	if err := m.tensor(l.Name+".weight", raw, deviation, int64(l.Out), seen, k, k); err != nil {
		return "", err
	}
	if err := m.tensor(l.Name+".bias", raw, 0, int64(l.Out)); err != nil {
		return "", err
	}
	y := m.node("Conv", []string{x, l.Name + ".weight", l.Name + ".bias"}, l.Name+".sum", ints("kernel_shape", k, k), ints("strides", step, step), integer("group", int64(l.Groups)),
		ints("pads", int64(l.Pad[0]), int64(l.Pad[1]), int64(l.Pad[2]), int64(l.Pad[3])))
	return m.node("Relu", []string{y}, l.Name), nil
}

// node adds a NodeProto: input 1, output 2, op_type 4, attribute 5.
func (m *model) node(op string, inputs []string, output string, attributes ...protobuf.Message) string {
	var n protobuf.Message
	for _, in := range inputs {
		n.Text(1, in)
	}
	n.Text(2, output)
	n.Text(4, op)
	for _, a := range attributes {
		n.Bytes(5, a)
	}
	m.graph.Bytes(1, n)
	return output
}

// tensor adds a TensorProto of random numbers that lie in the file raw: dims 1, data_type 2, name 8, external_data 13,
// data_location 14.
func (m *model) tensor(name, raw string, deviation float64, dims ...int64) error {
	var t protobuf.Message
	n := int64(1)
	for _, d := range dims {
		t.Integer(1, d)
		n *= d
	}
	t.Integer(2, 1)
	t.Text(8, name)
	for _, p := range [][2]string{{"location", raw}, {"offset", strconv.FormatInt(m.offset, 10)}, {"length", strconv.FormatInt(4*n, 10)}} {
		var entry protobuf.Message
		entry.Text(1, p[0])
		entry.Text(2, p[1])
		t.Bytes(13, entry)
	}
	t.Integer(14, 1)
	m.graph.Bytes(5, t)
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

// real, integer and ints are AttributeProtos: name 1, f 2, i 3, ints 8, type 20.
func real(name string, v float32) (a protobuf.Message) {
	a.Text(1, name)
	a = append(a, 2<<3|5) // a field of four bytes
	a = binary.LittleEndian.AppendUint32(a, math.Float32bits(v))
	a.Integer(20, 1)
	return a
}

func integer(name string, v int64) (a protobuf.Message) {
	a.Text(1, name)
	a.Integer(3, v)
	a.Integer(20, 2)
	return a
}

func ints(name string, values ...int64) (a protobuf.Message) {
	a.Text(1, name)
	for _, v := range values {
		a.Integer(8, v)
	}
	a.Integer(20, 7)
	return a
}

// value is a ValueInfoProto of floats whose dimensions are numbers or names.
func value(name string, dims ...any) (v protobuf.Message) {
	var shape, tensor, kind protobuf.Message
	for _, d := range dims {
		var dim protobuf.Message
		switch d := d.(type) {
		case int:
			dim.Integer(1, int64(d))
		case string:
			dim.Text(2, d)
		}
		shape.Bytes(1, dim)
	}
	tensor.Integer(1, 1)
	tensor.Bytes(2, shape)
	kind.Bytes(1, tensor)
	v.Text(1, name)
	v.Bytes(2, kind)
	return v
}
