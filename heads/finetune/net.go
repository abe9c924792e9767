package finetune

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"fc7/internal/usage"
	"fc7/vgg"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// Net is a net whose last layers are new, and whose others are those of a weights file.
type Net struct {
	Config vgg.Config // of the result
	Fresh  []string   // layers that start anew, in the net's order; the last one is the net's last

	path   string          // of the file, for messages
	drawn  bool            // see Options
	params *vgg.Parameters // of the file
}

// Options say which layers of a Net are new; the zero value is complete but for Classes.
type Options struct {
	First   string // the first layer that starts anew; empty: the last one, or fc6 where the weights end before it
	Width   *int   // of new fc6 and fc7; nil: as they are, or as in the paper's net
	Classes int    // outputs of the last layer
	Drawn   bool   // the last layer starts as the training drew it; false: at zero
}

// New decides which layers of the net of the file at path are new: from the first one on all of them, the last one with
// as many outputs as there are classes. The tensors of p are read when the Net is used, so the file must stay open.
func New(path string, p *vgg.Parameters, o Options) (*Net, error) {
	n := &Net{path: path, params: p, drawn: o.Drawn}
	return n, n.renew(o)
}

func (n *Net) renew(o Options) error {
	c, first, width := n.params.Config, o.First, o.Width
	if first == "" {
		if first = "fc8"; c.FC == 0 {
			first = "fc6"
		}
	}
	switch {
	case !slices.Contains([]string{"fc6", "fc7", "fc8"}, first):
		return usage.Unknown("first new layer", first, "fc6", "fc7", "fc8")
	case first != "fc6" && c.FC == 0:
		return usage.Errorf("new layers from %s on: the weights of %s end before fc6, so that fc6 must be new too%s", first, n.path, because(c.Headless))
	case first != "fc6" && width != nil:
		return usage.Errorf("a width of %d would do nothing: it is that of fc6 and fc7, and new layers begin with %s; it can be chosen where fc6 is new (--new fc6)", *width, first)
	}
	name, _, _ := strings.Cut(c.Name, ":")
	switch {
	case width != nil:
		name += fmt.Sprintf(":fc%d", *width)
	case c.FC > 0:
		name = c.Name
	}
	var err error
	if n.Config, err = vgg.Lookup(name); err != nil {
		return err
	}
	n.Config.Classes, n.Config.CeilPool, n.Config.Norm = o.Classes, c.CeilPool, c.Norm
	for _, l := range n.Config.Layers() {
		if l.Name == first || len(n.Fresh) > 0 {
			n.Fresh = append(n.Fresh, l.Name)
		}
	}
	return nil
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return " (" + why + ")"
}

// BeforeLast is the layer before the last one.
func (n *Net) BeforeLast() string {
	layers := n.Config.Layers()
	return layers[len(layers)-2].Name
}

func (n *Net) layer(name string) vgg.Layer {
	l, _ := n.Config.Layer(name) // the layers of the net itself
	return l
}

// newLayersRate is the factor of the learning rate of new hidden layers: they start from random weights, the others
// from trained ones.
const newLayersRate = 10

// SetRates sets what a training multiplies the learning rates and penalties of the new layers with; rate is that of
// all, and newRate that of the last layer, which holds for inputs of norm 1, of which the curvature of either loss is
// at most 1: on inputs of mean square norm square its rate is divided by square, and its penalty multiplied with it,
// which is the training of the same layer on inputs divided by their root mean square norm, so that one rate serves
// every net.
func (n *Net) SetRates(of *train.Net, rate, newRate, square float64) error {
	last := len(n.Fresh) - 1
	var f []train.Factor
	for _, l := range n.Fresh[:last] {
		f = append(f, train.Factor{Pattern: l, Rate: newLayersRate, Decay: 1})
	}
	return of.SetFactors(append(f, train.Factor{Pattern: n.Fresh[last], Rate: newRate / (square * rate), Decay: square}))
}

// Temper divides the weights of a new last layer, as the training drew them, by the root of the mean square norm of its
// inputs, so that its outputs are as on inputs of norm 1.
func (n *Net) Temper(of *train.Net, square float64) error {
	params := of.Params()
	last := params[len(params)-2]
	for i := range last.Data {
		last.Data[i] /= float32(math.Sqrt(square))
	}
	return of.SetParams([]train.Tensor{last})
}

// Start sets the parameters of a training: those of the file, but for the new layers, then what was trained before. A
// new last layer starts at zero, so that the first loss is that of all classes alike, unless it is to keep what the
// training drew for it, as others do.
func (n *Net) Start(of *train.Net, trained []train.Tensor) error {
	fresh := map[string]bool{}
	for _, l := range n.Fresh {
		for _, p := range vgg.TorchvisionNames.Params(n.layer(l)) {
			fresh[p.Name] = true
		}
	}
	var set []train.Tensor
	params := of.Params()
	for i, p := range params {
		if k := slices.IndexFunc(trained, func(t train.Tensor) bool { return t.Name == p.Name }); k >= 0 {
			set = append(set, trained[k])
			continue
		}
		if fresh[p.Name] {
			if i >= len(params)-2 && !n.drawn {
				clear(p.Data)
				set = append(set, p)
			}
			continue
		}
		s, err := n.source(p.Name)
		if err != nil {
			return err
		}
		if err := s.Read(p.Data); err != nil {
			return err
		}
		set = append(set, p)
	}
	return of.SetParams(set)
}

// source is a tensor of the file.
func (n *Net) source(name string) (weights.Source, error) {
	i := slices.IndexFunc(n.params.Tensors, func(s weights.Source) bool { return s.Name == name })
	if i < 0 {
		return weights.Source{}, fmt.Errorf("%s: has no tensor for %s", n.path, name)
	}
	return n.params.Tensors[i], nil
}

// Whole lists all tensors of the net in the order of its layers: those of trained, and the others from the file.
func (n *Net) Whole(trained []weights.Source) ([]weights.Source, error) {
	var all []weights.Source
	for _, l := range n.Config.Layers() {
		if !l.HasWeights() {
			continue
		}
		for _, p := range vgg.TorchvisionNames.Params(l) {
			if i := slices.IndexFunc(trained, func(s weights.Source) bool { return s.Name == p.Name }); i >= 0 {
				all = append(all, trained[i])
				continue
			}
			s, err := n.source(p.Name)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	return all, nil
}
