package train

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"fc7/vgg"
)

// graph is a Gorgonia graph of the layers with its machine. Its inputs are filled before a run, its results read after it.
type graph[T number] struct {
	expr    *gorgonia.ExprGraph
	machine gorgonia.VM
	columns workspace[T]

	x, targets []T // inputs, [Batch, …] and [Batch, classes]; targets nil where only scores are wanted
	masks      [][]T
	scores     *gorgonia.Node
	loss       *gorgonia.Node
	maps       []*gorgonia.Node // of each layer, as it leaves the layer
	grads      map[*param[T]]*gorgonia.Node

	weights map[*param[T]]*gorgonia.Node
	params  []*param[T]
	needs   map[*gorgonia.Node]bool // what a trained parameter lies below
	dropout bool
}

// newGraph builds the graph for batches of the shape [batch, C, H, W] or [batch, D]: the scores, and for training dropout,
// the loss and the gradients of all parameters that are not frozen.
func newGraph[T number](layers []layer, params []*param[T], shape tensor.Shape, o Options, training bool) (g *graph[T], err error) {
	defer func() { // Gorgonia panics on what it takes for a programmer's mistake
		if r := recover(); r != nil {
			g, err = nil, fmt.Errorf("building the graph: %v", r)
		}
	}()
	g = &graph[T]{
		expr: gorgonia.NewGraph(), params: params, dropout: training && o.Dropout > 0,
		weights: map[*param[T]]*gorgonia.Node{}, grads: map[*param[T]]*gorgonia.Node{}, needs: map[*gorgonia.Node]bool{},
	}
	x, data := g.input("x", shape)
	g.x = data
	for _, l := range layers {
		if x, err = g.layer(l, x); err != nil {
			return nil, err
		}
		g.maps = append(g.maps, x)
	}
	g.scores = x
	if training {
		if err := g.differentiate(o.Loss); err != nil {
			return nil, err
		}
	}
	prog, places, err := gorgonia.Compile(g.expr)
	if err != nil {
		return nil, fmt.Errorf("compiling the graph: %w", err)
	}
	g.machine = gorgonia.NewTapeMachine(g.expr, gorgonia.WithPrecompiled(prog, places))
	return g, nil
}

// input adds an input with memory of its own.
func (g *graph[T]) input(name string, shape tensor.Shape) (*gorgonia.Node, []T) {
	data := make([]T, shape.TotalSize())
	return g.node(name, newDense(shape, data)), data
}

func (g *graph[T]) node(name string, value *tensor.Dense) *gorgonia.Node {
	return gorgonia.NewTensor(g.expr, dtype[T](), value.Dims(),
		gorgonia.WithShape(value.Shape().Clone()...), gorgonia.WithName(name), gorgonia.WithValue(value))
}

// parameter adds the parameter of that name.
func (g *graph[T]) parameter(name string) *gorgonia.Node {
	for _, p := range g.params {
		if p.name == name {
			n := g.node(name, p.shaped)
			g.weights[p], g.needs[n] = n, !p.frozen
			return n
		}
	}
	return nil
}

// apply adds an op with gradients for those of its inputs that need one; the last without inputs have none at all.
func (g *graph[T]) apply(name string, k kernel[T], out tensor.Shape, without int, inputs ...*gorgonia.Node) (*gorgonia.Node, error) {
	o := &op[T]{kernel: k, name: name, out: out, differs: make([]bool, len(inputs))}
	needed := false
	for i, n := range inputs[:len(inputs)-without] {
		o.differs[i] = g.needs[n]
		needed = needed || g.needs[n]
	}
	n, err := apply(o, inputs...)
	if err == nil {
		g.needs[n] = needed
	}
	return n, err
}

// layer adds a layer to the map x.
func (g *graph[T]) layer(l layer, x *gorgonia.Node) (*gorgonia.Node, error) {
	s := x.Shape()
	n := s[0]
	if l.Kind == vgg.Pooling {
		out := tensor.Shape{n, s[1], s[2] / 2, s[3] / 2}
		return g.apply(l.Name, pool[T]{n * s[1], s[2], s[3]}, out, 0, x)
	}
	weight, b := g.parameter(l.weight.Name), g.parameter(l.bias.Name)
	out, area := tensor.Shape{n, l.Out}, 1
	var k kernel[T] = linear[T]{n, l.weight.Shape[1], l.Out}
	if l.Kind == vgg.Convolution {
		out, area = tensor.Shape{n, l.Out, s[2], s[3]}, s[2]*s[3]
		k = &conv[T]{n, l.In, l.Out, s[2], s[3], l.Kernel, &g.columns}
	}
	x, err := g.apply(l.Name+" product", k, out, 0, x, weight)
	if err != nil {
		return nil, err
	}
	x, err = g.apply(l.Name+" bias", bias[T]{n, l.Out, area, l.ReLU}, out, 0, x, b)
	if err != nil || !g.dropout || !l.dropout {
		return x, err
	}
	mask, data := g.input(l.Name+" mask", out)
	g.masks = append(g.masks, data)
	return g.apply(l.Name+" dropout", drop[T]{}, out, 1, x, mask)
}

// differentiate adds the loss and its gradients.
func (g *graph[T]) differentiate(loss Loss) (err error) {
	s := g.scores.Shape()
	var targets *gorgonia.Node
	targets, g.targets = g.input("targets", s)
	var k kernel[T] = crossEntropy[T]{s[0], s[1]}
	if loss == Sigmoid {
		k = binaryCrossEntropy[T]{}
	}
	if g.loss, err = g.apply(loss.String(), k, nil, 1, g.scores, targets); err != nil {
		return err
	}
	var with []*param[T]
	var nodes gorgonia.Nodes
	for _, p := range g.params {
		if !p.frozen {
			with, nodes = append(with, p), append(nodes, g.weights[p])
		}
	}
	grads, err := gorgonia.Grad(g.loss, nodes...)
	if err != nil {
		return fmt.Errorf("differentiating: %w", err)
	}
	for i, p := range with {
		g.grads[p] = grads[i]
	}
	return nil
}

// run computes everything from the inputs as they are.
func (g *graph[T]) run() error {
	g.machine.Reset()
	if err := g.machine.RunAll(); err != nil {
		return fmt.Errorf("running the graph: %w", err)
	}
	return nil
}

// read is the value of a node after a run, until the next one.
func read[T number](n *gorgonia.Node) ([]T, error) {
	v, err := numbers[T](n.Value())
	if err != nil {
		return nil, fmt.Errorf("reading %v: %w", n, err)
	}
	return v, nil
}
