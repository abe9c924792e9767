package vgg

import "fmt"

// Scheme is how a weights file names its tensors.
type Scheme struct {
	Name       string     // "torchvision", "timm", "caffe"
	Preprocess Preprocess // of the weights that come with such names, unless the file says otherwise
	convs      string     // how the names of convolutions begin
	tensor     func(l Layer) string
}

// Schemes are the tensor names that are known. torchvision's are also used for the nets
// that torchvision lacks (A-LRN, C), continued by its rule: a module's place in the list.
var Schemes = []Scheme{
	{"torchvision", Torchvision, "features.", func(l Layer) string {
		if l.Kind == FullyConnected {
			return fmt.Sprintf("classifier.%d", l.module)
		}
		return fmt.Sprintf("features.%d", l.module)
	}},
	{"timm", Torchvision, "features.", func(l Layer) string {
		switch l.Name {
		case "fc6":
			return "pre_logits.fc1"
		case "fc7":
			return "pre_logits.fc2"
		case "fc8":
			return "head.fc"
		}
		return fmt.Sprintf("features.%d", l.module)
	}},
	// The layer names of the paper, as the authors' own Caffe models have them.
	{"caffe", Authors, "conv", func(l Layer) string { return l.Name }},
}

// Param is one learned tensor of a layer.
type Param struct {
	Name  string
	Shape []int
}

// Weight is the layer's weights: [Out,In,Kernel,Kernel], and for fully connected layers
// [Out,In*Kernel*Kernel] in order channels, rows, columns (timm keeps four dimensions).
func (s Scheme) Weight(l Layer) Param {
	shape := []int{l.Out, l.In, l.Kernel, l.Kernel}
	if l.Kind == FullyConnected && (s.Name != "timm" || l.Name == "fc8") {
		shape = []int{l.Out, l.In * l.Kernel * l.Kernel}
	}
	return Param{s.tensor(l) + ".weight", shape}
}

// Bias is the layer's bias, [Out].
func (s Scheme) Bias(l Layer) Param { return Param{s.tensor(l) + ".bias", []int{l.Out}} }

// Norm is a tensor of the batch normalisation behind a convolution, [Out]; kind is
// weight, bias, running_mean or running_var.
func (s Scheme) Norm(l Layer, kind string) Param {
	next := l
	next.module++
	next.Name += "_bn"
	return Param{s.tensor(next) + "." + kind, []int{l.Out}}
}

// NormKinds are the tensors of a batch normalisation.
var NormKinds = []string{"weight", "bias", "running_mean", "running_var"}

// Params lists every tensor of a layer.
func (s Scheme) Params(l Layer) []Param {
	if !l.HasWeights() {
		return nil
	}
	p := []Param{s.Weight(l), s.Bias(l)}
	if l.BatchNorm {
		for _, k := range NormKinds {
			p = append(p, s.Norm(l, k))
		}
	}
	return p
}
