package train

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"fc7/vgg"
)

// Net is a net in training: parameters, their velocities, and the graph that computes their gradients. It is not for
// use by several goroutines at once. Slices given to its methods stay the caller's; those they return are new.
type Net struct{ e *engine }

// New makes a net of a configuration with initial weights. Its inputs are images [Size, Size, 3], preprocessed, or maps
// of a layer (Options.After); its parameters have torchvision's names (vgg.TorchvisionNames).
func New(c vgg.Config, o Options) (*Net, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	size, err := o.side(c)
	if err != nil {
		return nil, err
	}
	if o.classes < 0 {
		return nil, fmt.Errorf("train: %d classes, expected at least 1 (0: those of the net)", o.classes)
	}
	if o.classes > 0 {
		c.Classes = o.classes
	}
	layers, err := netLayers(c)
	if err != nil {
		return nil, err
	}
	if o.After == "" {
		return newNet(layers, 0, o, size, tensor.Shape{size, size, 3})
	}
	last, err := c.Layer(o.After)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	at := slices.IndexFunc(layers, func(l layer) bool { return l.Name == o.After })
	if at == len(layers)-1 {
		return nil, fmt.Errorf("train: %s is the last layer of %s: nothing is left to train", o.After, c.Name)
	}
	if o.inputDropout = layers[at].dropout; o.inputDropout {
		return newNet(layers, at+1, o, size, tensor.Shape{last.Out})
	}
	h, w := last.Size(size, size)
	return newNet(layers, at+1, o, size, tensor.Shape{h, w, last.Out})
}

// newNet makes a net of all layers but the first ones, before.
func newNet(layers []layer, before int, o Options, size int, image tensor.Shape) (*Net, error) {
	if err := checkSizes(layers[before:], o.Batch, size); err != nil {
		return nil, err
	}
	params, err := newParams(layers, before, o)
	if err != nil {
		return nil, err
	}
	e, err := newEngine(layers[before:], params, o, image)
	if err != nil {
		return nil, err
	}
	return &Net{e}, nil
}

// Classes is the width of the last layer.
func (n *Net) Classes() int { return n.e.classes }

// Params returns copies of all parameters, in the order of the layers, weight before bias.
func (n *Net) Params() []Tensor {
	return tensors(n.e.params, func(p *param) []float32 { return p.data })
}

// SetParams sets the parameters that are named, frozen ones too, and leaves the others: a net may start from the first
// layers of another. Each tensor must be known, of the right shape and finite; on an error nothing is set.
func (n *Net) SetParams(ts []Tensor) error {
	params, err := match(n.e.params, ts)
	if err != nil {
		return err
	}
	for i, p := range params {
		copy(p.data, ts[i].Data)
	}
	return nil
}

// BatchStatistics tells whether a step normalises by statistics of the images at hand: those of a part of the batch
// (see Options.Batch), so that the size of the parts changes what is computed. Without them it changes rounding alone.
func (n *Net) BatchStatistics() bool { return n.e.trainer.batch }

// frozen names the parameters that training leaves as they are.
func (n *Net) frozen() []string {
	var s []string
	for _, p := range n.e.params {
		if p.frozen {
			s = append(s, p.name)
		}
	}
	return s
}

// rate is the learning rate.
func (n *Net) rate() float64 { return n.e.solver.o.Rate }

// SetRate changes the learning rate from the next step on.
func (n *Net) SetRate(rate float64) error {
	if err := checkRate(rate); err != nil {
		return err
	}
	n.e.solver.o.Rate = rate
	return nil
}

// Forward returns the scores [N, classes] (before softmax or sigmoid) of inputs [N,H,W,C] or [N,D], without dropout. N
// may be any number.
func (n *Net) Forward(x []float32) ([]float32, error) { return n.e.forward(x) }

// Maps returns the maps of a layer for inputs as Forward takes them, as it leaves the layer: [N,H,W,C] or [N,D].
func (n *Net) Maps(x []float32, layer string) ([]float32, error) { return n.e.mapsOf(x, layer) }

// Step does one step of training on inputs x [N,H,W,C] or [N,D] with classes y [N], 0 to classes-1, and returns the
// mean loss before it, without the L2 penalty. N may be any number (see Options.Batch).
// A loss or gradient that is not finite is an error that names the step and where it arose; the parameters are then as
// before.
func (n *Net) Step(x []float32, y []int) (loss float64, err error) {
	if n.e.o.Loss != Softmax {
		return 0, errors.New("train: Step takes one class an image; a net with sigmoid cross-entropy takes labels: StepLabels")
	}
	images, err := n.inputs(x, len(y))
	if err != nil {
		return 0, err
	}
	targets := make([]float32, images*n.e.classes)
	for i, k := range y {
		if k < 0 || k >= n.e.classes {
			return 0, fmt.Errorf("train: image %d has class %d, expected 0 to %d", i, k, n.e.classes-1)
		}
		targets[i*n.e.classes+k] = 1 / float32(images)
	}
	return n.e.step(x, targets)
}

// StepLabels is Step for the sigmoid loss: labels y [N, classes] are +1, -1 or 0 for a cell that does not count.
func (n *Net) StepLabels(x []float32, y []int8) (loss float64, err error) {
	if n.e.o.Loss != Sigmoid {
		return 0, errors.New("train: StepLabels takes labels for the sigmoid cross-entropy; a net with softmax takes one class an image: Step")
	}
	if len(y)%n.e.classes != 0 {
		return 0, fmt.Errorf("train: %d labels, expected %d an image", len(y), n.e.classes)
	}
	images, err := n.inputs(x, len(y)/n.e.classes)
	if err != nil {
		return 0, err
	}
	targets := make([]float32, len(y))
	for i, l := range y {
		if l < -1 || l > 1 {
			return 0, fmt.Errorf("train: label %d of image %d is %d, expected +1, -1 or 0", i%n.e.classes, i/n.e.classes, l)
		}
		targets[i] = float32(l) / float32(images)
	}
	return n.e.step(x, targets)
}

// Largest finds, after a step, the layer whose values went farthest from 0 in the last part of its batch, and that
// distance: what has grown where a training diverges.
func (n *Net) Largest() (layer string, value float64, err error) { return n.e.largest(n.e.last) }

func (n *Net) inputs(x []float32, labels int) (int, error) {
	images, err := n.e.images(x)
	if err == nil && images != labels {
		err = fmt.Errorf("train: %d inputs, but labels for %d", images, labels)
	}
	return images, err
}

// State is what a net needs beside its parameters and options to go on as if it had never stopped.
type State struct {
	Steps   int      // done; the masks of dropout follow from it
	Momenta []Tensor // velocities of the parameters that are not frozen
}

// State returns a copy of the present state.
func (n *Net) State() (State, error) {
	v, err := n.e.solver.velocities()
	if err != nil {
		return State{}, err
	}
	return State{n.e.steps, tensors(n.e.solver.params, func(p *param) []float32 { return v[p] })}, nil
}

// SetState goes on from a state. Momenta it does not name are zero.
func (n *Net) SetState(s State) error {
	params, err := match(n.e.solver.params, s.Momenta)
	if err != nil {
		return fmt.Errorf("momenta: %w", err)
	}
	if s.Steps < 0 {
		return fmt.Errorf("train: a state after %d steps", s.Steps)
	}
	v := map[*param][]float32{}
	for i, p := range params {
		v[p] = s.Momenta[i].Data
	}
	n.e.steps = s.Steps
	return n.e.solver.setVelocities(v)
}
