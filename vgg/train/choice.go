package train

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"fc7/internal/usage"
	"fc7/vgg"
)

// choice are patterns of layers or tensors, and which of them have named something.
type choice struct {
	patterns []string
	used     []bool
}

func newChoice(patterns []string) *choice {
	return &choice{patterns, make([]bool, len(patterns))}
}

// names tells whether a pattern names the layer or the tensor.
func (c *choice) names(layer, tensor string) (bool, error) {
	found := false
	for i, pattern := range c.patterns {
		for _, name := range []string{layer, tensor} {
			ok, err := path.Match(pattern, name)
			if err != nil {
				return false, usage.Errorf("the pattern of parameters %q: %w", pattern, err)
			}
			c.used[i] = c.used[i] || ok
			found = found || ok
		}
	}
	return found, nil
}

// unused is the first pattern that named nothing.
func (c *choice) unused() (string, bool) {
	i := slices.Index(c.used, false)
	if i < 0 {
		return "", false
	}
	return c.patterns[i], true
}

// Factor multiplies the learning rate, and the L2 penalty, of the layers or tensors that Pattern, one of path.Match,
// names.
type Factor struct {
	Pattern string  `json:"pattern"`
	Rate    float64 `json:"rate"`
	Decay   float64 `json:"decay"`
}

// SetFactors changes what the learning rate and the penalty are multiplied with from the next step on; of several that
// name a tensor the last one counts, and it is 1 where none does. They are no part of State.
func (n *Net) SetFactors(factors []Factor) error {
	for _, p := range n.e.params {
		p.factor, p.decay = 1, 1
	}
	for _, f := range factors {
		if !(f.Rate > 0 && f.Decay >= 0 && finite(f.Rate) && finite(f.Decay)) {
			return fmt.Errorf("train: the learning rate of %q is multiplied by %v and its penalty by %v, expected a positive number and one of at least 0", f.Pattern, f.Rate, f.Decay)
		}
		c := newChoice([]string{f.Pattern})
		for _, p := range n.e.params {
			found, err := c.names(p.layer, p.name)
			if err != nil {
				return err
			}
			if found {
				p.factor, p.decay = float32(f.Rate), float32(f.Decay)
			}
		}
		if pattern, ok := c.unused(); ok {
			return usage.Errorf("the pattern %q of parameters names no layer and no tensor; there are%s", pattern, list(n.e.params))
		}
	}
	return nil
}

// Named are the tensors of a net that patterns, as in Options.Freeze, name, in their order. A pattern that names none
// is an error.
func Named(c vgg.Config, patterns []string) ([]string, error) {
	layers, err := netLayers(c)
	if err != nil {
		return nil, err
	}
	ch := newChoice(patterns)
	var named, all []string
	for _, l := range layers {
		for _, t := range l.tensors() {
			found, err := ch.names(l.Name, t.Name)
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
		return nil, usage.Errorf("the pattern %q names no layer and no tensor of %s; its layers are %s", pattern, c.Name, strings.Join(all, " "))
	}
	return named, nil
}

// FrozenThrough is the last layer of a net up to which patterns, as in Options.Freeze, freeze every parameter, so that
// its maps never change: what Options.After may name. It is empty where they leave something of the first convolution.
func FrozenThrough(c vgg.Config, freeze []string) (string, error) {
	layers, err := netLayers(c)
	if err != nil {
		return "", err
	}
	last, ch := "", newChoice(freeze)
	for _, l := range layers {
		for _, t := range l.tensors() {
			found, err := ch.names(l.Name, t.Name)
			if err != nil || !found {
				return last, err
			}
		}
		last = l.Name
	}
	return last, nil
}
