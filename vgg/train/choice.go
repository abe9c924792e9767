package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"fc7/vgg"
)

// choice is what Options.Freeze and Options.Factors say of each tensor.
type choice struct {
	freeze, faster []string
	factors        []float32
	used           []bool // of freeze, then of faster
}

func newChoice(o Options) (*choice, error) {
	c := &choice{freeze: o.Freeze, used: make([]bool, len(o.Freeze)+len(o.Factors))}
	for _, f := range o.Factors {
		if !(f.Factor > 0) || math.IsInf(f.Factor, 0) {
			return nil, fmt.Errorf("train: the learning rate of %q is multiplied by %v, expected a positive number", f.Pattern, f.Factor)
		}
		c.faster, c.factors = append(c.faster, f.Pattern), append(c.factors, float32(f.Factor))
	}
	return c, nil
}

// of tells what a tensor of a layer is to be.
func (c *choice) of(layer, tensor string) (frozen bool, factor float32, err error) {
	found, err := names(append(c.freeze[:len(c.freeze):len(c.freeze)], c.faster...), layer, tensor)
	if err != nil {
		return false, 0, err
	}
	factor = 1
	for i, ok := range found {
		c.used[i] = c.used[i] || ok
		switch at := i - len(c.freeze); {
		case ok && at < 0:
			frozen = true
		case ok:
			factor = c.factors[at]
		}
	}
	return frozen, factor, nil
}

// unused is the first pattern that named nothing.
func (c *choice) unused() (string, bool) {
	i := slices.Index(c.used, false)
	if i < 0 {
		return "", false
	}
	return append(c.freeze[:len(c.freeze):len(c.freeze)], c.faster...)[i], true
}

// Named are the tensors of a net that patterns, as in Options.Freeze, name, in their order. A pattern that names none is an
// error.
func Named(c vgg.Config, patterns []string) ([]string, error) {
	layers, err := netLayers(c)
	if err != nil {
		return nil, err
	}
	ch := &choice{freeze: patterns, used: make([]bool, len(patterns))}
	var named, all []string
	for _, l := range layers {
		for _, t := range l.tensors() {
			found, _, err := ch.of(l.Name, t.Name)
			if err != nil {
				return nil, err
			}
			if found {
				named = append(named, t.Name)
			}
		}
		if l.HasWeights() {
			all = append(all, l.Name)
		}
	}
	if pattern, ok := ch.unused(); ok {
		return nil, fmt.Errorf("train: the pattern %q names no layer and no tensor of %s; its layers are %s", pattern, c.Name, strings.Join(all, " "))
	}
	return named, nil
}

// FrozenThrough is the last layer of a net up to which patterns, as in Options.Freeze, freeze every parameter, so that its
// maps never change: what Options.After may name. It is empty where they leave something of the first convolution.
func FrozenThrough(c vgg.Config, freeze []string) (string, error) {
	layers, err := netLayers(c)
	if err != nil {
		return "", err
	}
	last := ""
	for _, l := range layers {
		for _, t := range l.tensors() {
			found, err := names(freeze, l.Name, t.Name)
			if err != nil || !slices.Contains(found, true) {
				return last, err
			}
		}
		last = l.Name
	}
	return last, nil
}
