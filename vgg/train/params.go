package train

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Tensor is a named tensor, dense and row-major. Its slices belong to whoever got it from Net.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// param is a parameter of a net. Solver and graphs share its memory.
type param[T number] struct {
	name, layer   string
	shape         []int
	fanIn, fanOut int // of the layer; 0 for a bias
	frozen        bool
	data, grad    []T

	shaped                 *tensor.Dense // data in its shape, for the graphs
	vector, gradientVector *tensor.Dense // data and grad, for the solver, which goes value by value
}

// Value is what Gorgonia's solvers change.
func (p *param[T]) Value() gorgonia.Value { return p.vector }

// Grad is what they change it by, and set to zero.
func (p *param[T]) Grad() (gorgonia.Value, error) { return p.gradientVector, nil }

// newParam is the weight or the bias of a layer, zero.
func newParam[T number](l layer, weight bool) *param[T] {
	p := &param[T]{layer: l.Name, name: l.bias.Name, shape: slices.Clone(l.bias.Shape)}
	if weight {
		area := l.Kernel * l.Kernel
		p.name, p.shape = l.weight.Name, slices.Clone(l.weight.Shape)
		p.fanIn, p.fanOut = l.In*area, l.Out*area
	}
	n := tensor.Shape(p.shape).TotalSize()
	p.data, p.grad = make([]T, n), make([]T, n)
	p.shaped = newDense(p.shape, p.data)
	p.vector, p.gradientVector = newDense(tensor.Shape{n}, p.data), newDense(tensor.Shape{n}, p.grad)
	return p
}

// newParams are the parameters of layers, in their order, weight before bias, with initial values.
func newParams[T number](layers []layer, o Options) ([]*param[T], error) {
	var params []*param[T]
	used, trainable := make([]bool, len(o.Freeze)), 0
	for _, l := range layers {
		if !l.HasWeights() {
			continue
		}
		for _, weight := range []bool{true, false} {
			p := newParam[T](l, weight)
			var err error
			if p.frozen, err = o.frozen(p.layer, p.name, used); err != nil {
				return nil, err
			}
			if !p.frozen {
				trainable++
			}
			drawInitial(p.data, o.Init, p.fanIn, p.fanOut, o.Seed, uint64(len(params)))
			params = append(params, p)
		}
	}
	if i := slices.Index(used, false); i >= 0 {
		return nil, fmt.Errorf("train: the pattern of frozen parameters %q names no layer and no tensor; there are%s", o.Freeze[i], names(params))
	}
	if trainable == 0 {
		return nil, fmt.Errorf("train: the patterns %q freeze every parameter, so nothing is left to train", o.Freeze)
	}
	return params, nil
}

func names[T number](params []*param[T]) string {
	s := ""
	for _, p := range params {
		s += fmt.Sprintf(" %s (%s)", p.name, p.layer)
	}
	return s
}

// tensors are copies of what of gives for each parameter.
func tensors[T number](params []*param[T], of func(*param[T]) []T) []Tensor {
	ts := make([]Tensor, len(params))
	for i, p := range params {
		ts[i] = Tensor{Name: p.name, Shape: slices.Clone(p.shape), Data: make([]float32, len(p.data))}
		for j, v := range of(p) {
			ts[i].Data[j] = float32(v)
		}
	}
	return ts
}

// match finds the parameter of each tensor. Nothing is set before all of them are known to fit.
func match[T number](params []*param[T], ts []Tensor) ([]*param[T], error) {
	found := make([]*param[T], len(ts))
	seen := map[string]bool{}
	for i, t := range ts {
		at := slices.IndexFunc(params, func(p *param[T]) bool { return p.name == t.Name })
		switch {
		case at < 0:
			return nil, fmt.Errorf("train: there is no parameter %q to set; there are%s", t.Name, names(params))
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
func firstBad[T number](x []T) int {
	for i, v := range x {
		if v-v != 0 {
			return i
		}
	}
	return -1
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
