package train

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"fc7/internal/f32"
	"fc7/vgg"
)

// Tensor is a named tensor, dense and row-major. Its slices belong to whoever got it from Net.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// param is a parameter of a net. Solver and graphs share its memory.
type param struct {
	name, layer   string
	shape         []int
	fanIn, fanOut int // of the layer; 0 for all but weights
	frozen        bool
	factor, decay float32 // of the learning rate, and of the penalty
	square        float32 // of Options.Spread where the tensor meets the images, else 1
	statistic     bool    // a running mean or variance: set by the forward pass, not by the solver
	data, grad    []float32

	shaped, shapedGradient *tensor.Dense // data and grad in their shape, for the graphs
}

// newParam is a tensor of a layer, with its initial values; index is its place in the net.
func newParam(l layer, t vgg.Param, o Options, index int) *param {
	p := &param{layer: l.Name, name: t.Name, shape: slices.Clone(t.Shape), factor: 1, decay: 1, square: 1}
	if t.Name == l.weight.Name {
		area := l.Kernel * l.Kernel
		g := max(1, l.Groups) // a head of its own has none
		p.fanIn, p.fanOut = l.In/g*area, l.Out/g*area
	}
	p.data = f32.Make(tensor.Shape(p.shape).TotalSize())
	p.shaped = newDense(p.shape, p.data)
	drawInitial(p.data, o.Init, p.fanIn, p.fanOut, o.Seed, uint64(index))
	if index == 0 {
		p.square = float32(o.Spread * o.Spread)
		for i := range p.data {
			p.data[i] = float32(float64(p.data[i]) / o.Spread)
		}
	}
	for i, t := range l.norm {
		if t.Name != p.name {
			continue
		}
		p.statistic = i >= 2
		if i == 0 || i == 3 { // scale and variance
			for j := range p.data {
				p.data[j] = 1
			}
		}
	}
	return p
}

// newParams are the parameters of layers, in their order, weight before bias, with initial values. The first of the
// layers, before, are left out: their parameters exist elsewhere, and patterns may name them.
func newParams(layers []layer, before int, o Options) ([]*param, error) {
	var params []*param
	c := newChoice(o.Freeze)
	trainable, index := 0, 0
	for i, l := range layers {
		if !l.HasWeights() {
			continue
		}
		for _, t := range l.tensors() {
			frozen, err := c.names(l.Name, t.Name)
			if err != nil {
				return nil, err
			}
			if i >= before {
				p := newParam(l, t, o, index)
				if p.frozen = frozen; !p.frozen && !p.statistic {
					trainable++
					p.grad = f32.Make(len(p.data))
					p.shapedGradient = newDense(p.shape, p.grad)
				}
				params = append(params, p)
			}
			index++
		}
	}
	if pattern, ok := c.unused(); ok {
		return nil, fmt.Errorf("train: the pattern %q of parameters names no layer and no tensor; there are%s", pattern, list(params))
	}
	if trainable == 0 {
		return nil, fmt.Errorf("train: the patterns %q freeze every parameter, so nothing is left to train", o.Freeze)
	}
	return params, nil
}

func list(params []*param) string {
	s := ""
	for _, p := range params {
		s += fmt.Sprintf(" %s (%s)", p.name, p.layer)
	}
	return s
}

// tensors are copies of what of gives for each parameter.
func tensors(params []*param, of func(*param) []float32) []Tensor {
	ts := make([]Tensor, len(params))
	for i, p := range params {
		ts[i] = Tensor{Name: p.name, Shape: slices.Clone(p.shape), Data: make([]float32, len(p.data))}
		for j, v := range of(p) {
			ts[i].Data[j] = v
		}
	}
	return ts
}

// match finds the parameter of each tensor. Nothing is set before all of them are known to fit.
func match(params []*param, ts []Tensor) ([]*param, error) {
	found := make([]*param, len(ts))
	seen := map[string]bool{}
	for i, t := range ts {
		at := slices.IndexFunc(params, func(p *param) bool { return p.name == t.Name })
		switch {
		case at < 0:
			return nil, fmt.Errorf("train: there is no parameter %q to set; there are%s", t.Name, list(params))
		case seen[t.Name]:
			return nil, fmt.Errorf("train: tensor %s is given twice", t.Name)
		case !slices.Equal(t.Shape, params[at].shape) || len(t.Data) != len(params[at].data):
			return nil, fmt.Errorf("train: tensor %s of layer %s has shape %v and %d values, expected %v", t.Name, params[at].layer, t.Shape, len(t.Data), params[at].shape)
		}
		if j := firstBad(t.Data); j >= 0 {
			return nil, fmt.Errorf("train: tensor %s is %v at place %d, expected a finite number", t.Name, t.Data[j], j)
		}
		seen[t.Name] = true
		found[i] = params[at]
	}
	return found, nil
}

// firstBad is the place of the first NaN or infinity, or -1.
func firstBad(x []float32) int {
	for i, v := range x {
		if v-v != 0 {
			return i
		}
	}
	return -1
}
