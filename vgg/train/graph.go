package train

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"fc7/internal/f32"
	"fc7/vgg"
)

// graph is a Gorgonia graph of the layers with its machine. Its inputs are filled before a run, its results read after
// it.
type graph struct {
	*shared
	expr    *gorgonia.ExprGraph
	machine gorgonia.VM

	x, targets []float32 // inputs, [Batch, …] and [Batch, classes]; targets nil where only scores are wanted
	masks      [][]float32
	scores     *gorgonia.Node
	loss       *gorgonia.Node
	maps       []*gorgonia.Node // of each layer, as it leaves the layer
	grads      map[*param]*gorgonia.Node

	weights  map[*param]*gorgonia.Node
	params   []*param
	of       map[*gorgonia.Node]*param
	needs    map[*gorgonia.Node]bool // what a trained parameter lies below
	training bool
	dropout  bool
	batch    bool // statistics of batch normalisations are those of the images at hand
}

// newGraph builds the graph for batches of the shape [batch, H, W, C] or [batch, D]: the scores, and for training
// dropout, the loss and the gradients of all parameters that are not frozen.
func newGraph(ws *f32.Workspace, layers []layer, params []*param, shape tensor.Shape, o Options, training bool) (g *graph, err error) {
	defer func() { // Gorgonia panics on what it takes for a programmer's mistake
		if r := recover(); r != nil {
			g, err = nil, fmt.Errorf("building the graph: %v", r)
		}
	}()
	g = &graph{
		shared: &shared{ws: ws, n: shape[0]}, expr: gorgonia.NewGraph(), params: params, training: training, dropout: training && o.Dropout > 0,
		weights: map[*param]*gorgonia.Node{}, grads: map[*param]*gorgonia.Node{}, of: map[*gorgonia.Node]*param{}, needs: map[*gorgonia.Node]bool{},
	}
	x, data := g.input("x", shape)
	g.x = data
	if o.inputDropout {
		if x, err = g.drop(o.After, x); err != nil {
			return nil, err
		}
	}
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
func (g *graph) input(name string, shape tensor.Shape) (*gorgonia.Node, []float32) {
	data := f32.Make(shape.TotalSize())
	return g.node(name, newDense(shape, data)), data
}

func (g *graph) node(name string, value *tensor.Dense) *gorgonia.Node {
	return gorgonia.NewTensor(g.expr, tensor.Float32, value.Dims(),
		gorgonia.WithShape(value.Shape().Clone()...), gorgonia.WithName(name), gorgonia.WithValue(value))
}

// param finds the parameter of that name.
func (g *graph) param(name string) *param {
	for _, p := range g.params {
		if p.name == name {
			return p
		}
	}
	return nil
}

// parameter adds the parameter of that name.
func (g *graph) parameter(name string) *gorgonia.Node {
	p := g.param(name)
	n := g.node(name, p.shaped)
	g.weights[p], g.needs[n], g.of[n] = n, !p.frozen, p
	return n
}

// apply adds an op with gradients for those of its inputs that need one; the last without inputs have none at all.
func (g *graph) apply(name string, k kernel, out tensor.Shape, without int, inputs ...*gorgonia.Node) (*gorgonia.Node, error) {
	o := &op{kernel: k, s: g.shared, name: name, out: out, differs: make([]bool, len(inputs)), params: make([]*param, len(inputs))}
	needed := false
	for i, n := range inputs[:len(inputs)-without] {
		o.differs[i], o.params[i] = g.needs[n], g.of[n]
		needed = needed || g.needs[n]
	}
	n, err := apply(o, inputs...)
	if err == nil {
		g.needs[n] = needed
	}
	return n, err
}

// layer adds a layer to the map x.
func (g *graph) layer(l layer, x *gorgonia.Node) (*gorgonia.Node, error) {
	s := x.Shape()
	switch l.Kind {
	case vgg.Pooling:
		v := newPool(g.shared, l.Window(), s[1], s[2], s[3])
		return g.apply(l.Name, v, tensor.Shape{s[0], v.outH, v.outW, s[3]}, 0, x)
	case vgg.Normalisation:
		return g.apply(l.Name, &lrn{g.shared, l.lrn, s[1] * s[2], s[3]}, s.Clone(), 0, x)
	case vgg.Convolution:
		return g.convolution(l, x)
	}
	return g.connected(l, x)
}

func (g *graph) convolution(l layer, x *gorgonia.Node) (*gorgonia.Node, error) {
	s := x.Shape()
	k := newConv(g.shared, l, s[1], s[2], s[3])
	out := tensor.Shape{s[0], k.oh, k.ow, k.out}
	x, err := g.apply(l.Name, k, out, 0, x, g.parameter(l.weight.Name), g.parameter(l.bias.Name))
	if err != nil || !l.BatchNorm {
		return x, err
	}
	mean, variance := g.param(l.norm[2].Name), g.param(l.norm[3].Name)
	bn := &batchNorm{
		shared: g.shared, masked: masked{relu: true}, pixels: k.oh * k.ow, c: l.Out, width: k.out,
		batch: g.training && !mean.frozen && !variance.frozen, mean: mean, variance: variance,
	}
	g.batch = g.batch || bn.batch
	return g.apply(l.Name+" normalisation", bn, out, 0, x, g.parameter(l.norm[0].Name), g.parameter(l.norm[1].Name))
}

func (g *graph) connected(l layer, x *gorgonia.Node) (_ *gorgonia.Node, err error) {
	n, d := x.Shape()[0], l.weight.Shape[1]
	if s := x.Shape(); len(s) == 4 {
		f := &flatten{g.shared, s[1] * s[2], l.In, s[3]}
		if x, err = g.apply(l.Name+" input", f, tensor.Shape{n, d}, 0, x); err != nil {
			return nil, err
		}
	}
	k := &linear{g.shared, masked{relu: l.ReLU}, f32.Dense{D: d, O: l.Out}}
	out := tensor.Shape{n, l.Out}
	x, err = g.apply(l.Name, k, out, 0, x, g.parameter(l.weight.Name), g.parameter(l.bias.Name))
	if err != nil || !l.dropout {
		return x, err
	}
	return g.drop(l.Name, x)
}

// drop adds dropout of the map x of a layer, where the graph has any.
func (g *graph) drop(name string, x *gorgonia.Node) (*gorgonia.Node, error) {
	if !g.dropout {
		return x, nil
	}
	mask, data := g.input(name+" mask", x.Shape())
	g.masks = append(g.masks, data)
	return g.apply(name+" dropout", drop{}, x.Shape().Clone(), 1, x, mask)
}

// differentiate adds the loss and its gradients.
func (g *graph) differentiate(loss Loss) (err error) {
	s := g.scores.Shape()
	var targets *gorgonia.Node
	targets, g.targets = g.input("targets", s)
	var k kernel = &crossEntropy{g.shared, s[1]}
	switch loss {
	case Sigmoid:
		k = binaryCrossEntropy{}
	case Euclidean:
		k = &euclidean{g.shared, s[1]}
	}
	if g.loss, err = g.apply(loss.String(), k, nil, 1, g.scores, targets); err != nil {
		return err
	}
	var with []*param
	var nodes gorgonia.Nodes
	for _, p := range g.params {
		if !p.frozen && !p.statistic {
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

// run computes everything for the first n images from the inputs as they are; with add, gradients are added to those of
// the run before.
func (g *graph) run(n int, add bool) error {
	g.n, g.add = n, add
	g.pass++
	g.machine.Reset()
	if err := g.machine.RunAll(); err != nil {
		return fmt.Errorf("running the graph: %w", err)
	}
	return nil
}

// read is the value of a node after a run, until the next one.
func read(n *gorgonia.Node) ([]float32, error) {
	v, err := numbers(n.Value())
	if err != nil {
		return nil, fmt.Errorf("reading %v: %w", n, err)
	}
	return v, nil
}
