package vgg

import (
	"fmt"
	"slices"

	"fc7/internal/usage"
)

// Kind is what a layer does.
type Kind uint8

// The kinds of layers. Every Convolution and every FullyConnected but the last is followed by ReLU, and its map is the
// one after ReLU.
const (
	Convolution Kind = iota
	Normalisation
	Pooling
	FullyConnected
)

func (k Kind) String() string {
	return [...]string{"convolution", "local response normalisation", "max-pooling", "fully connected"}[k]
}

// Layer is one row of a net's layer table.
type Layer struct {
	Name      string // conv1_1, lrn1, pool1, fc6: what --layer takes
	Kind      Kind
	Block     int // 1 to 5; 6 for fc6 and on
	Kernel    int // side of the window: 3 or 1, 2 for pooling, 7 for fc6, 1 for fc7 and fc8
	In, Out   int // channels
	BatchNorm bool
	ReLU      bool
	Receptive int     // side of the square of image pixels that one value sees
	Stride    int     // image pixels between neighbouring values
	Centre    float64 // image pixels from the image's edge to the middle of what its first value sees
	module    int     // place in torchvision's features or classifier list
	ceil      bool
	order     int // place among the layers of its kind
}

// HasWeights tells convolutions and fully connected layers from the others.
func (l Layer) HasWeights() bool { return l.Kind == Convolution || l.Kind == FullyConnected }

// Params counts the learned numbers: weights, biases, and scale and shift of batch normalisation.
func (l Layer) Params() int {
	if !l.HasWeights() {
		return 0
	}
	n := l.Out * (l.In*l.Kernel*l.Kernel + 1)
	if l.BatchNorm {
		n += 2 * l.Out
	}
	return n
}

// Layers is the net as a list, from the image to the class scores.
func (c Config) Layers() []Layer {
	b := builder{in: 3, receptive: 1, stride: 1, centre: 0.5, bn: c.BatchNorm, ceil: c.CeilPool}
	for i, block := range c.Blocks {
		b.block = i + 1
		for j, v := range block {
			b.conv(fmt.Sprintf("conv%d_%d", i+1, j+1), v)
			if c.LRN && i == 0 && j == 0 {
				b.add(Layer{Name: "lrn1", Kind: Normalisation, Kernel: 1, In: b.in, Out: b.in}, 1)
			}
		}
		b.add(Layer{Name: fmt.Sprintf("pool%d", i+1), Kind: Pooling, Kernel: 2, In: b.in, Out: b.in}, 1)
	}
	b.block, b.module = 6, 0
	if c.FC > 0 {
		b.add(Layer{Name: "fc6", Kind: FullyConnected, Kernel: PoolSize, In: b.in, Out: c.FC, ReLU: true}, 3)
		b.add(Layer{Name: "fc7", Kind: FullyConnected, Kernel: 1, In: c.FC, Out: c.FC, ReLU: true}, 3)
		if c.Classes > 0 {
			b.add(Layer{Name: "fc8", Kind: FullyConnected, Kernel: 1, In: c.FC, Out: c.Classes}, 1)
		}
	}
	return b.layers
}

type builder struct {
	layers            []Layer
	in, block, module int
	receptive, stride int
	centre            float64
	bn, ceil          bool
	count             [FullyConnected + 1]int // layers of each kind so far
}

func (b *builder) conv(name string, v Conv) {
	modules := 2 // convolution, ReLU
	if b.bn {
		modules = 3
	}
	b.add(Layer{Name: name, Kind: Convolution, Kernel: v.Kernel, In: b.in, Out: v.Width, BatchNorm: b.bn, ReLU: true}, modules)
}

func (b *builder) add(l Layer, modules int) {
	l.Block, l.module, l.order, l.ceil = b.block, b.module, b.count[l.Kind], b.ceil
	b.count[l.Kind]++
	b.receptive += (l.Kernel - 1) * b.stride
	if l.Kind != Convolution { // whose padding lets the first value see beyond the edge
		b.centre += float64((l.Kernel-1)*b.stride) / 2
	}
	if l.Kind == Pooling {
		b.stride *= 2
	}
	l.Receptive, l.Stride, l.Centre = b.receptive, b.stride, b.centre
	b.in = l.Out
	b.module += modules
	b.layers = append(b.layers, l)
}

// MultiplyAdds counts those of the direct method for a map of h x w values a channel.
func (l Layer) MultiplyAdds(h, w int) int64 {
	if !l.HasWeights() {
		return 0
	}
	return int64(h*w) * int64(l.Out) * int64(l.In*l.Kernel*l.Kernel)
}

// Size is the height and width of the layer's map for an h x w image; 0 where the image is too small.
func (l Layer) Size(h, w int) (int, int) {
	for range min(l.Block-1, 5) {
		h, w = l.halved(h), l.halved(w)
	}
	if l.Kind == Pooling {
		h, w = l.halved(h), l.halved(w)
	}
	if l.Block == 6 {
		h, w = max(0, h-PoolSize+1), max(0, w-PoolSize+1)
	}
	return h, w
}

// halved is a side after pooling.
func (l Layer) halved(n int) int {
	if l.ceil {
		return (n + 1) / 2
	}
	return n / 2
}

// MinSide is the smallest image side for which the layer's map is not empty.
func (l Layer) MinSide() int {
	switch {
	case l.Block == 6 && l.ceil:
		return (PoolSize-1)<<5 + 1
	case l.Block == 6:
		return MinSide
	case l.ceil:
		return 1
	}
	return l.Stride
}

// Params counts the learned numbers of the net.
func (c Config) Params() int {
	n := 0
	for _, l := range c.Layers() {
		n += l.Params()
	}
	return n
}

// Layer finds a layer by name; the error, of wrong usage, names the layers there are.
func (c Config) Layer(name string) (Layer, error) {
	var names []string
	for _, l := range c.Layers() {
		if l.Name == name {
			return l, nil
		}
		names = append(names, l.Name)
	}
	if c.FC == 0 && (name == "fc6" || name == "fc7" || name == "fc8") {
		why := ""
		if c.Headless != "" {
			why = " (" + c.Headless + ")"
		}
		return Layer{}, fmt.Errorf("net %s has no layer %s: its weights end with pool5%s, so ask for %s", c.Name, name, why, usage.OneOf(names))
	}
	return Layer{}, usage.Unknown("layer of "+c.Name, name, names...)
}

// Deepest is the last of some layers, in the order of the net; the error tells which there is not.
func (c Config) Deepest(names []string) (string, error) {
	for _, n := range names {
		if _, err := c.Layer(n); err != nil {
			return "", err
		}
	}
	last := ""
	for _, l := range c.Layers() {
		if slices.Contains(names, l.Name) {
			last = l.Name
		}
	}
	return last, nil
}
