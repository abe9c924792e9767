package train

import (
	"fmt"

	"fc7/internal/f32"
	"fc7/vgg"
)

// layer is a row of the architecture table, or of a head, as it is trained: with the names and shapes of its tensors.
type layer struct {
	vgg.Layer
	weight, bias vgg.Param
	lrn          f32.LRN
	norm         []vgg.Param // of the batch normalisation: scale, shift, running mean and variance
	dropout      bool
}

// tensors are the layer's parameters, in their order: weight, bias, and those of the batch normalisation.
func (l layer) tensors() []vgg.Param {
	if !l.HasWeights() {
		return nil
	}
	return append([]vgg.Param{l.weight, l.bias}, l.norm...)
}

// netLayers are the layers of a configuration, with torchvision's names.
func netLayers(c vgg.Config) ([]layer, error) {
	switch {
	case c.VGG() && len(c.Blocks[0]) == 0:
		return nil, fmt.Errorf("train: net %s has no convolution before its first pooling", c.Name)
	case c.FC < 1 || c.Classes < 1:
		return nil, fmt.Errorf("train: net %s has fully connected layers of width %d and %d classes; both must be at least 1 to train it", c.Name, c.FC, c.Classes)
	}
	var layers []layer
	for _, l := range c.Layers() {
		if l.In < 1 || l.Out < 1 || c.VGG() && l.Kind == vgg.Convolution && l.Kernel != 1 && l.Kernel != 3 {
			return nil, fmt.Errorf("train: net %s: layer %s has %d inputs, %d outputs and a kernel of %d; expected at least one of each and a kernel of 1 or 3", c.Name, l.Name, l.In, l.Out, l.Kernel)
		}
		t := layer{Layer: l, lrn: c.Normalisation(), dropout: l.Kind == vgg.FullyConnected && l.ReLU}
		if l.HasWeights() {
			p := vgg.TorchvisionNames.Params(l)
			t.weight, t.bias, t.norm = p[0], p[1], p[2:]
		}
		layers = append(layers, t)
	}
	return layers, nil
}

// maxActivations bounds the numbers of one layer's map: 16 GiB in single precision. Beyond, something was mistyped.
const maxActivations = 1 << 32

// checkSizes refuses a graph that no machine holds, before anything of it is allocated.
func checkSizes(layers []layer, batch, size int) error {
	for _, l := range layers {
		h, w := 1, 1
		if l.Kind != vgg.FullyConnected {
			h, w = l.Size(size, size)
		}
		if n := int64(batch) * int64(h) * int64(w); l.Out > 1<<24 || l.In > 1<<24 || n*int64(l.Out) > maxActivations {
			return fmt.Errorf("train: the map of %s has %d x %d values, more than %d: lower Batch or the width", l.Name, n, l.Out, maxActivations)
		}
		if int64(l.In)*int64(l.Kernel*l.Kernel)*int64(l.Out) > maxActivations {
			return fmt.Errorf("train: layer %s has %d x %d x %d weights, more than %d: lower its width", l.Name, l.Out, l.In, l.Kernel*l.Kernel, maxActivations)
		}
	}
	return nil
}
