package vgg

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fc7/vgg/weights"
)

// Files whose tensors have names may say what their layers compute, too (Caffe, MatConvNet, whole models of Keras). It
// is held against the net that the names tell.

// idle are layers that change nothing in what is computed of an image.
var idle = []string{"Data", "Split", "Dropout"}

// layerReader goes through a file's layers in their order.
type layerReader struct {
	operators
	scheme *Scheme
	steps  []weights.Step
	pools  bool // the file says where pooling is
	acts   bool // and where activations are
}

// layers holds what the file says of its layers against the net, and takes what it leaves open: the constants of a
// normalisation, how pooling rounds, which layers have no bias.
func (t *fit) layers(f *weights.File) {
	r := &layerReader{scheme: &t.scheme}
	r.up = f.Format == "caffemodel" || t.config.CeilPool // Caffe rounds up
	if t.config.rows != nil {
		r.mixed = map[string]string{}
	}
	defer func() { r.apply(&t.config) }()
	first := slices.IndexFunc(f.Layers, func(s weights.Step) bool { return r.is(&s, t.config.Layers()[0]) })
	if first < 0 {
		return
	}
	r.steps = f.Layers[first:]
	for _, s := range r.steps {
		r.pools = r.pools || s.Op == "MaxPool"
		r.acts = r.acts || s.Op == "Relu"
	}
	for _, l := range t.config.Layers() {
		if err := r.layer(f, l); err != nil && l.Kind == FullyConnected {
			t.config = t.config.headless(fmt.Sprintf("%s%s: %v", notVGGs, l.Name, err))
			return
		} else if err != nil {
			if errors.Is(err, errAttribute) {
				t.fitting++
			}
			t.against("%s: %v", l.Name, err)
			return
		}
		t.fitting++
	}
}

// notVGGs begins why a net ends with pool5 whose file has something else behind it.
const notVGGs = "its fully connected layers are not VGG's: "

// headless is the net up to pool5, and why it ends there.
func (c Config) headless(why string) Config {
	c.Name, _, _ = strings.Cut(c.Name, ":")
	c.FC, c.Classes, c.Headless = 0, 0, why
	return c
}

// is tells whether a step is a layer of the net, by the name of the layer's weights.
func (r *layerReader) is(s *weights.Step, l Layer) bool {
	name := strings.TrimSuffix(r.scheme.weightOf(l).Name, r.scheme.weight)
	return (s.Op == "Conv" || s.Op == "Gemm") && s.Name != "" && (name == s.Name || strings.HasSuffix(name, "/"+s.Name))
}

// next takes the next layer that computes something.
func (r *layerReader) next() *weights.Step {
	for len(r.steps) > 0 {
		s := &r.steps[0]
		r.steps = r.steps[1:]
		if !slices.Contains(idle, s.Op) {
			return s
		}
	}
	return &weights.Step{Op: "the end of the file's layers"}
}

// expect takes the next layer, which must do op.
func (r *layerReader) expect(op string) (*weights.Step, error) {
	s := r.next()
	if s.Op != op {
		return nil, fmt.Errorf("expected %s, found %s (%s)", op, s.Op, node(s))
	}
	return s, odd(s)
}

func (r *layerReader) layer(f *weights.File, l Layer) error {
	switch {
	case l.Kind == Pooling && !r.pools:
		return nil
	case l.Kind == Pooling:
		s, err := r.expect("MaxPool")
		if err != nil || s.Unsaid {
			return err
		}
		return r.pooling(s, l)
	case l.Kind == Normalisation:
		s, err := r.expect("LRN")
		if err != nil || s.Unsaid {
			return err
		}
		return r.normalisation(s)
	}
	if err := r.weighted(f, l); err != nil || !l.ReLU || !r.acts {
		return err
	}
	_, err := r.expect("Relu")
	return err
}

// weighted checks a convolution or fully connected layer.
func (r *layerReader) weighted(f *weights.File, l Layer) error {
	s := r.next()
	for l.Kind == FullyConnected && slices.Contains([]string{"Flatten", "Reshape"}, s.Op) {
		if err := odd(s); err != nil {
			return err
		}
		s = r.next()
	}
	if !r.is(s, l) {
		return fmt.Errorf("expected the layer of %s, found %s (%s)", r.scheme.weightOf(l).Name, s.Op, node(s))
	}
	if s.NoBias && f.Lookup(r.scheme.biasOf(l).Name) == nil {
		r.scheme.unbiased = append(r.scheme.unbiased, l.Name)
	}
	if s.Op == "Gemm" || s.Unsaid {
		return odd(s)
	}
	return r.convolution(s, l)
}
