package vgg

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/vgg/weights"
)

// A file with a graph (ONNX) is recognised by what the graph computes: exporters rename tensors, fold batch
// normalisations, and share equal biases.

// graphLayer is a layer's operator in a file's graph.
type graphLayer struct {
	step, norm *weights.Step
	axes       Axes
}

func (g graphLayer) weight(l Layer) Param {
	if g.step == nil {
		return Param{Name: l.Name + ".weight", Shape: layoutCaffe.of(l).shape(l), axes: layoutCaffe.of(l)} // for the message that there is none
	}
	return Param{Name: g.step.Weight.Name, Shape: g.axes.shape(l), axes: g.axes, held: g.step.Weight}
}

// vector is the bias or a tensor of the batch normalisation; where the graph has none it is zeros.
func (g graphLayer) vector(l Layer, kind string) Param {
	p := Param{Shape: []int{l.Out}}
	switch {
	case g.step == nil:
	case kind == "bias":
		p.held = g.step.Bias
	case g.norm == nil:
	case kind == "norm weight":
		p.held = g.norm.Weight
	case kind == "norm bias":
		p.held = g.norm.Bias
	case kind == "norm running_mean":
		p.held = g.norm.Mean
	case kind == "norm running_var":
		p.held = g.norm.Variance
	}
	if p.held != nil {
		p.Name = p.held.Name
	}
	return p
}

// passed are operators that do not change descriptors: they follow the layers, or are the identity there.
var passed = []string{
	"Softmax", "LogSoftmax", "AveragePool", "GlobalAveragePool", "ReduceMean", "Concat", "Unsqueeze", "Gather", "Slice", "Pad",
}

// graphReader matches the steps with a net's layers.
type graphReader struct {
	operators
	steps  []*weights.Step
	layers map[string]graphLayer
	norms  int
	eps    float64
}

// recogniseGraph finds the net of the table that a file's graph computes.
func recogniseGraph(f *weights.File) (Config, Scheme, error) {
	var steps []*weights.Step
	for i := range f.Graph {
		steps = append(steps, &f.Graph[i])
	}
	var closest error
	most := -1
	for _, name := range Names() {
		c, err := Lookup(name)
		if err != nil {
			return Config{}, Scheme{}, err
		}
		g := &graphReader{steps: steps, layers: map[string]graphLayer{}}
		found, err := g.match(c)
		if err == nil {
			s := Scheme{Name: "graph", pre: graphPreprocess(f.Graph, c), epsilon: g.eps, graph: g.layers, before: c.rows != nil}
			return s.finish(f, found)
		}
		if n := len(steps) - len(g.steps); n > most { // the net that went farthest tells best
			most, closest = n, fmt.Errorf("it is not %s: %w", name, err)
		}
	}
	return Config{}, Scheme{}, fmt.Errorf("%s (%s, %d tensors): its graph is no VGG that fc7 knows: %w", f.Path, f.Format, len(f.Tensors), closest)
}

func (s Scheme) finish(f *weights.File, c Config) (Config, Scheme, error) {
	if c.FC == 0 {
		return c, s, nil
	}
	return s.hollow(f, c)
}

// graphPreprocess tells the source by the names that it gave its first operator and its weights: TensorFlow-slim puts
// layers below their block, and Caffe2 and Keras keep their layers' names, with the authors' weights. Others, the model
// zoo's among them, are prepared as torchvision's are.
func graphPreprocess(steps []weights.Step, c Config) Preprocess {
	if c.by.Order != "" { // nets that come from Caffe or Torch
		return c.by
	}
	for _, s := range steps {
		if s.Op != "Conv" {
			continue
		}
		switch name := s.Node + " " + s.Name; {
		case strings.Contains(name, "conv1/conv1_1"):
			return slim
		case strings.Contains(name, "conv1_1"), strings.Contains(name, "block1_conv1"):
			return authors
		}
		break
	}
	return Torchvision
}

// match consumes the steps layer by layer.
func (g *graphReader) match(c Config) (Config, error) {
	first := slices.IndexFunc(g.steps, func(s *weights.Step) bool { return s.Op == "Conv" })
	if first != 0 {
		return c, errors.New("the graph does not begin with a convolution")
	}
	w, full := g.steps[0].Weight, c.Layers()[0].Out
	if w == nil || len(w.Shape) != 4 || w.Shape[0] < 1 || full%w.Shape[0] != 0 || !c.narrows(full/w.Shape[0]) {
		return c, fmt.Errorf("its first convolution does not have %d filters, or a part of them, in the file", full)
	}
	c = c.narrow(full / w.Shape[0])
	whole := c
	if c.rows != nil {
		g.mixed = map[string]string{}
	}
	c.FC, c.Classes = 0, 0
	for _, l := range c.Layers() {
		if err := g.layer(l); err != nil {
			return c, fmt.Errorf("%s: %w", l.Name, err)
		}
	}
	g.apply(&c)
	widths, err := g.head(whole)
	if errors.Is(err, errDilated) {
		return c, err
	}
	if err != nil {
		return c.headless(notVGGs + err.Error()), nil
	}
	if len(widths) > 0 {
		full := whole.widths(widths...)
		c.Name, c.FC, c.first = full.Name, full.FC, full.first
	}
	if len(widths) == 3 {
		c.Classes = widths[2]
	}
	return c, nil
}

// next returns the next step if it has one of the operators.
func (g *graphReader) next(ops ...string) *weights.Step {
	if len(g.steps) == 0 || !slices.Contains(ops, g.steps[0].Op) {
		return nil
	}
	s := g.steps[0]
	g.steps = g.steps[1:]
	return s
}

// found describes the next step for a message.
func (g *graphReader) found() string {
	if len(g.steps) == 0 {
		return "the end of the graph"
	}
	return g.steps[0].Op + " (" + g.steps[0].Name + ")"
}

func (g *graphReader) layer(l Layer) error {
	switch l.Kind {
	case Convolution:
		return g.conv(l)
	case Normalisation:
		s := g.next("LRN")
		if s == nil {
			return fmt.Errorf("expected LRN, found %s", g.found())
		}
		return g.normalisation(s)
	case Pooling:
		s := g.next("MaxPool")
		if s == nil {
			return fmt.Errorf("expected MaxPool, found %s", g.found())
		}
		return g.pooling(s, l)
	}
	return nil
}

func (g *graphReader) conv(l Layer) error {
	s := g.next("Conv")
	if s == nil {
		return fmt.Errorf("expected Conv, found %s", g.found())
	}
	if s.Weight == nil {
		return errors.New("the file does not have its weights")
	}
	if want := []int{l.Out, l.seen(), l.Kernel, l.Kernel}; !slices.Equal(s.Weight.Shape, want) {
		return fmt.Errorf("%s is %v, not %v", escape.Line(s.Name), s.Weight.Shape, want)
	}
	if err := g.convolution(s, l); err != nil {
		return err
	}
	at := graphLayer{step: s, axes: "O I H W"}
	if l.BatchNorm {
		if at.norm = g.next("BatchNormalization"); at.norm == nil {
			return fmt.Errorf("expected BatchNormalization, found %s", g.found())
		}
		if err := g.normalised(at.norm); err != nil {
			return err
		}
	}
	g.layers[l.Name] = at
	return g.relu()
}

func (g *graphReader) relu() error {
	s := g.next("Relu")
	if s == nil {
		return fmt.Errorf("expected Relu, found %s", g.found())
	}
	return odd(s)
}

// normalised takes the epsilon, which is one for the whole net.
func (g *graphReader) normalised(s *weights.Step) error {
	if err := odd(s); err != nil {
		return err
	}
	if s.Weight == nil || s.Bias == nil || s.Mean == nil || s.Variance == nil {
		return errors.New("the file does not have the weights of its batch normalisation")
	}
	if g.norms++; g.norms > 1 && s.Epsilon != g.eps {
		return fmt.Errorf("batch normalisations with different epsilons, %g and %g", g.eps, s.Epsilon)
	}
	g.eps = s.Epsilon
	return nil
}

// errDilated is why a net is refused as a whole: its pool5 is another too.
var errDilated = errors.New("fc6 is 3x3, dilated")

// head takes up to three fully connected layers and returns their widths.
func (g *graphReader) head(c Config) ([]int, error) {
	var widths []int
	in, side := c.fullyConnected()[0].In, c.windowSide()
	for _, name := range []string{"fc6", "fc7", "fc8"} {
		if err := g.pass(true); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s := g.next("Gemm", "MatMul", "Conv")
		if s == nil {
			break
		}
		if s.Weight == nil || len(s.Weight.Shape) == 0 {
			return nil, fmt.Errorf("%s: the file does not have its weights", name)
		}
		axes, shape := Axes("O IHW"), []int{s.Weight.Shape[0], in * side * side}
		if s.ChannelsLast && name == "fc6" {
			axes = "O HWI"
		}
		if s.Op == "Conv" {
			axes, shape = "O I H W", []int{s.Weight.Shape[0], in, side, side}
		}
		if k := axes.window(s.Weight.Shape); name == "fc6" && k == 3 && c.rows == nil {
			return nil, fmt.Errorf("%w (%s is %v, dilations %v), as in DeepLab's fc_reduced nets: fc7 computes an fc6 over %dx%[4]d",
				errDilated, escape.Line(s.Name), s.Weight.Shape, s.Dilations, PoolSize)
		}
		if !slices.Equal(s.Weight.Shape, shape) {
			return nil, fmt.Errorf("%s: %s is %v, not %v", name, escape.Line(s.Name), s.Weight.Shape, shape)
		}
		if err := g.convolution(s, Layer{Kind: FullyConnected, Kernel: side}); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		g.layers[name] = graphLayer{step: s, axes: axes}
		widths = append(widths, shape[0])
		in, side = shape[0], 1
		if name == "fc8" {
			break
		}
		if err := g.relu(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := g.pass(false); err != nil {
		return nil, err
	}
	switch {
	case len(g.steps) > 0:
		return nil, fmt.Errorf("expected the end of the graph, found %s", g.found())
	case len(widths) == 1 || len(widths) > 1 && widths[0] != widths[1] && (widths[0] != c.first || widths[1] != c.FC):
		return nil, fmt.Errorf("expected fc6 and fc7 of one width, found widths %v", widths)
	}
	return widths, nil
}

// pass takes operators that change no descriptor. Before a layer pooling is of the size that torchvision's has for
// images of 224 pixels: the identity.
func (g *graphReader) pass(before bool) error {
	for {
		s := g.next(passed...)
		if s == nil {
			return nil
		}
		if err := odd(s); err != nil {
			return err
		}
		if one := all(s.Kernel, 1) && all(s.Strides, 1) && all(s.Pads, 0); s.Op == "AveragePool" && before && !one && g.weighty() {
			return attribute(s, "kernel_shape", []int{1, 1}, s.Kernel)
		}
	}
}

// weighty tells whether a layer with weights is still to come.
func (g *graphReader) weighty() bool {
	return slices.ContainsFunc(g.steps, func(s *weights.Step) bool { return s.Weight != nil })
}
