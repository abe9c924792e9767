package vgg

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"fc7/vgg/weights"
)

// Scheme is how a source of weights names and lays out its tensors, and the preprocessing that belongs to them.
type Scheme struct {
	Name         string     // "torchvision", "timm", "caffe", "tf-slim", …
	pre          Preprocess // of the weights that come with such names, unless the file says otherwise
	layout       Layout
	epsilon      float64 // of batch normalisation; 0: PyTorch's 1e-5
	scope        string  // what stands before every name, as Recognise found it
	convs        string  // how the names of convolutions begin
	weight, bias string  // what follows a layer's name
	classifier   string  // how the names of fully connected layers begin where a number follows; empty: tensor tells
	layersNamed  bool    // its names are those that Caffe's nets have
	vggs         bool    // its names are those of VGGs alone
	foreign      string  // how the name of a tensor ends that the source's VGGs have not: of batch normalisation; empty: none
	tensor       func(l Layer) string
	preprocess   func(f *weights.File) (Preprocess, error) // from what the file says; nil: Preprocess

	full     map[string]fullPlace // fully connected layers by name, as Recognise found them
	unbiased []string             // layers without a bias
	alike    []string             // other nets whose tensors the file's are as well
	before   bool                 // it is of a predecessor of VGG

	graph map[string]graphLayer // by layer, where the file's graph tells instead of names
}

// TorchvisionNames are also those of the files that fc7 writes, and of the nets that torchvision lacks (A-LRN, C),
// continued by its rule: a module's place in the list.
var TorchvisionNames = Scheme{
	Name: "torchvision", pre: Torchvision, layout: layoutCaffe,
	convs: "features.", weight: ".weight", bias: ".bias", classifier: "classifier.", tensor: torchvisionName,
}

// schemes are the tensor names that are known, in the order in which a file is tried for them.
var schemes = []Scheme{
	TorchvisionNames,
	{
		Name: "timm", pre: Torchvision, layout: layoutTimm,
		convs: "features.", weight: ".weight", bias: ".bias", tensor: timmName, vggs: true,
	},
	// The layer names of the paper, as the authors' own Caffe models have them.
	{
		Name: "caffe", pre: authors, layout: layoutCaffe,
		convs: "conv", weight: ".weight", bias: ".bias", tensor: paperName, layersNamed: true,
	},
	// TensorFlow-slim's checkpoints; vgg_a/, vgg_16/ or vgg_19/ is the scope.
	{
		Name: "tf-slim", pre: slim, layout: layoutSlim,
		convs: "conv", weight: "/weights", bias: "/biases", tensor: slimName, vggs: true,
	},
	// vgg16.npy and vgg19.npy, the authors' nets as {conv1_1: [weights, biases]}.
	{
		Name: "numpy-dict", pre: authors, layout: layoutFlatHWC,
		convs: "conv", weight: ".weights", bias: ".biases", tensor: paperName, layersNamed: true,
	},
	// vgg16_weights.npz, the authors' net with its first filters turned to RGB.
	{
		Name: "numpy-npz", pre: authorsRGB, layout: layoutFlatHWC,
		convs: "conv", weight: "_W", bias: "_b", tensor: paperName,
	},
	schemeKeras,
	schemeKeras3,
	schemeMatConvNet,
}

func paperName(l Layer) string { return l.Name }

func torchvisionName(l Layer) string {
	if l.Kind == FullyConnected {
		return fmt.Sprintf("classifier.%d", l.module)
	}
	return fmt.Sprintf("features.%d", l.module)
}

func timmName(l Layer) string {
	switch l.Name {
	case "fc6":
		return "pre_logits.fc1"
	case "fc7":
		return "pre_logits.fc2"
	case "fc8":
		return "head.fc"
	}
	return torchvisionName(l)
}

func slimName(l Layer) string {
	if l.Kind == FullyConnected {
		return l.Name
	}
	return fmt.Sprintf("conv%d/%s", l.Block, l.Name)
}

// Param is one learned tensor of a layer as a file has it.
type Param struct {
	Name  string
	Shape []int
	axes  Axes // of weights

	held *weights.Tensor // where the tensor is known already
}

// weightOf is the layer's weights; Axes says what the sides of Shape are.
func (s Scheme) weightOf(l Layer) Param {
	if s.graph != nil {
		return s.graph[l.Name].weight(l)
	}
	if at, ok := s.full[l.Name]; ok {
		return Param{Name: at.name + s.weight, Shape: at.axes.shape(l), axes: at.axes}
	}
	a := s.layout.of(l)
	return Param{Name: s.scope + s.tensor(l) + s.weight, Shape: a.shape(l), axes: a}
}

// biasOf is the layer's bias, [Out]; without a name it is zeros.
func (s Scheme) biasOf(l Layer) Param {
	at, full := s.full[l.Name]
	switch {
	case s.graph != nil:
		return s.graph[l.Name].vector(l, "bias")
	case slices.Contains(s.unbiased, l.Name):
		return Param{Shape: []int{l.Out}}
	case full:
		return Param{Name: at.name + s.bias, Shape: []int{l.Out}}
	}
	return Param{Name: s.scope + s.tensor(l) + s.bias, Shape: []int{l.Out}}
}

// normOf is a tensor of the batch normalisation behind a convolution, [Out]; kind is weight, bias, running_mean or
// running_var.
func (s Scheme) normOf(l Layer, kind string) Param {
	if s.graph != nil {
		return s.graph[l.Name].vector(l, "norm "+kind)
	}
	next := l
	next.module++
	next.Name += "_bn"
	return Param{Name: s.scope + s.tensor(next) + "." + kind, Shape: []int{l.Out}}
}

// find returns a tensor of a file, checked for its shape.
func (p Param) find(f *weights.File) (*weights.Tensor, error) {
	if p.held == nil {
		return f.Expect(p.Name, p.Shape...)
	}
	if !slices.Equal(p.held.Shape, p.Shape) {
		return nil, fmt.Errorf("%s: tensor %q: expected shape %v, found %v", f.Path, p.Name, p.Shape, p.held.Shape)
	}
	return p.held, nil
}

// tabled are the nets of the tables, each with its first layer, which every scheme names.
var tabled = sync.OnceValue(func() (nets []tabledNet) {
	for _, name := range Names() {
		if c, err := Lookup(name); err == nil {
			nets = append(nets, tabledNet{c, c.Layers()[0]})
		}
	}
	return nets
})

type tabledNet struct {
	config Config
	first  Layer
}

// nets are the nets of the tables that files of the scheme may hold, by the names of their first convolutions.
func (s Scheme) nets() (first []string, by map[string][]Config) {
	by = map[string][]Config{}
	for _, n := range tabled() {
		if s.vggs && n.config.rows != nil {
			continue
		}
		w := s.weightOf(n.first).Name
		if by[w] == nil {
			first = append(first, w)
		}
		by[w] = append(by[w], n.config)
	}
	return first, by
}

// within returns the scheme with the scope that the name of its first convolution has in the file: names may stand
// below another, such as backbone.features.0.weight. Where several fit, that is it which stands right under prefix; ok
// is false where none does, or no name fits.
func (s Scheme) within(names func(yield func(string) bool), prefix, first string) (_ Scheme, ok bool) {
	found := 0
	for name := range names {
		scope, is := strings.CutSuffix(name, first)
		if is && scope == prefix {
			s.scope = prefix
			return s, true
		}
		if is && (strings.HasSuffix(scope, "/") || strings.HasSuffix(scope, ".")) {
			s.scope = scope
			found++
		}
	}
	return s, found == 1
}

// normKinds are the tensors of a batch normalisation.
var normKinds = []string{"weight", "bias", "running_mean", "running_var"}

// Params lists every tensor of a layer.
func (s Scheme) Params(l Layer) []Param {
	if !l.HasWeights() {
		return nil
	}
	p := []Param{s.weightOf(l), s.biasOf(l)}
	if l.BatchNorm {
		for _, k := range normKinds {
			p = append(p, s.normOf(l, k))
		}
	}
	return p
}
