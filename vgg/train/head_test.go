package train

import (
	"fmt"

	"gorgonia.org/tensor"

	"fc7/vgg"
)

// newHead makes fully connected layers of the widths on vectors of d values, such as the descriptors of a frozen net,
// with ReLU between them; the last width is the number of classes. Parameters are layer1.weight [width, d], layer1.bias
// and so on.
func newHead(d int, widths []int, o Options) (*Net, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	layers, err := headLayers(d, widths)
	if err != nil {
		return nil, err
	}
	return newNet(layers, 0, o, vgg.MinSide, tensor.Shape{d})
}

// headLayers are fully connected layers on vectors of size in, called layer1, layer2 …, with ReLU between them.
func headLayers(in int, widths []int) ([]layer, error) {
	if in < 1 || len(widths) == 0 {
		return nil, fmt.Errorf("train: a head of %d layers on vectors of %d values; expected at least one of each", len(widths), in)
	}
	var layers []layer
	for i, out := range widths {
		if out < 1 {
			return nil, fmt.Errorf("train: layer %d of the head has width %d, expected at least 1", i+1, out)
		}
		l := vgg.Layer{
			Name: fmt.Sprintf("layer%d", i+1), Kind: vgg.FullyConnected, Block: 6, Kernel: 1, In: in, Out: out,
			ReLU: i < len(widths)-1, Receptive: 1, Stride: 1,
		}
		layers = append(layers, layer{
			Layer: l, dropout: l.ReLU,
			weight: vgg.Param{Name: l.Name + ".weight", Shape: []int{out, in}},
			bias:   vgg.Param{Name: l.Name + ".bias", Shape: []int{out}},
		})
		in = out
	}
	return layers, nil
}
