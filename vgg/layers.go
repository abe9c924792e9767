package vgg

import (
	"cmp"
	"fmt"
	"slices"

	"fc7/internal/f32"
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

// Layer is one row of a net's layer table, with what comes of its place.
type Layer struct {
	Name         string // conv1_1, lrn1, pool1, fc6: what --layer takes
	Kind         Kind
	Block        int    // 1 to 5; 6 for fc6 and on; of a net without blocks the number of its convolution
	Kernel, Step int    // side of the window, and from one window to the next
	Pad          [4]int // rows and columns of zeros around: top, left, bottom, right
	Groups       int    // of channels of a convolution, each of which sees its own
	In, Out      int    // channels
	BatchNorm    bool
	ReLU         bool
	Receptive    int          // side of the square of image pixels that one value sees
	Stride       int          // image pixels between neighbouring values
	Centre       float64      // image pixels from the image's edge to the middle of what its first value sees
	module       int          // place in torchvision's features or classifier list
	ceil         bool         // of a pooling that rounds up
	order        int          // place among the layers of its kind
	path         []f32.Window // of the layers up to this one, which is the last
}

// HasWeights tells convolutions and fully connected layers from the others.
func (l Layer) HasWeights() bool { return l.Kind == Convolution || l.Kind == FullyConnected }

// seen are the channels that one output of the layer sees.
func (l Layer) seen() int { return l.In / max(1, l.Groups) }

// Window is how the layer goes over a map.
func (l Layer) Window() f32.Window {
	return f32.Window{Size: l.Kernel, Step: l.Step, Top: l.Pad[0], Left: l.Pad[1], Bottom: l.Pad[2], Right: l.Pad[3], Ceil: l.ceil}
}

// Params counts the learned numbers: weights, biases, and scale and shift of batch normalisation.
func (l Layer) Params() int {
	if !l.HasWeights() {
		return 0
	}
	n := l.Out * (l.seen()*l.Kernel*l.Kernel + 1)
	if l.BatchNorm {
		n += 2 * l.Out
	}
	return n
}

// Layers is the net as a list, from the image to the class scores.
func (c Config) Layers() []Layer {
	b := builder{in: 3, receptive: 1, stride: 1, centre: 0.5}
	for _, r := range c.list() {
		l := Layer{Name: r.name, Kind: r.kind, Block: r.block, Kernel: r.kernel, Step: r.step, Pad: r.pad, Groups: max(1, r.groups), Out: b.in}
		modules := 1
		l.ceil = r.kind == Pooling && (r.rounds == RoundingCeil || r.rounds == "" && c.CeilPool)
		if r.kind == Convolution {
			l.Out, l.ReLU, l.BatchNorm = r.width, true, c.BatchNorm
			modules = 2 // convolution, ReLU
			if c.BatchNorm {
				modules = 3
			}
		}
		b.add(l, modules)
	}
	b.module = 0
	if c.rows != nil { // as torchvision's AlexNet, which begins with a dropout
		b.module = 1
	}
	if c.FC > 0 {
		c.connected(&b)
	}
	return b.layers
}

// connected adds the fully connected layers. In torchvision's VGG three modules are one layer: its ReLU and the dropout
// after it; in its AlexNet the dropout is before.
func (c Config) connected(b *builder) {
	full := func(name string, kernel, width, modules int) {
		b.add(Layer{Name: name, Kind: FullyConnected, Block: 6, Kernel: kernel, Step: 1, Groups: 1, Out: width, ReLU: name != "fc8"}, modules)
	}
	last := 3
	if c.rows != nil {
		last = 2
	}
	full("fc6", c.windowSide(), cmp.Or(c.first, c.FC), 3)
	full("fc7", 1, c.FC, last)
	if c.Classes > 0 {
		full("fc8", 1, c.Classes, 1)
	}
}

type builder struct {
	layers            []Layer
	in, module        int
	receptive, stride int
	centre            float64
	path              []f32.Window
	count             [FullyConnected + 1]int // layers of each kind so far
}

func (b *builder) add(l Layer, modules int) {
	l.In, l.module, l.order = b.in, b.module, b.count[l.Kind]
	b.count[l.Kind]++
	b.receptive += (l.Kernel - 1) * b.stride
	b.centre += (float64(l.Kernel-1)/2 - float64(l.Pad[0])) * float64(b.stride) // padding lets the first value see beyond the edge
	b.stride *= l.Step
	b.path = append(b.path, l.Window())
	l.Receptive, l.Stride, l.Centre, l.path = b.receptive, b.stride, b.centre, slices.Clip(b.path)
	b.in = l.Out
	b.module += modules
	b.layers = append(b.layers, l)
}

// MultiplyAdds counts those of the direct method for a map of h x w values a channel.
func (l Layer) MultiplyAdds(h, w int) int64 {
	if !l.HasWeights() {
		return 0
	}
	return int64(h*w) * int64(l.Out) * int64(l.seen()*l.Kernel*l.Kernel)
}

// Size is the height and width of the layer's map for an h x w image; 0 where the image is too small.
func (l Layer) Size(h, w int) (int, int) {
	for _, v := range l.path {
		h, w = v.Out(h, w)
		if h == 0 {
			h = -1 << 20 // nothing comes of it, whatever the padding
		}
		if w == 0 {
			w = -1 << 20
		}
	}
	return max(0, h), max(0, w)
}

// MinSide is the smallest image side for which the layer's map is not empty.
func (l Layer) MinSide() int {
	side := 1
	for _, v := range slices.Backward(l.path) {
		side = v.Least(side)
	}
	return side
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
		return Layer{}, fmt.Errorf("net %s has no layer %s: its weights end with %s%s, so ask for %s", c.Name, name, names[len(names)-1], why, usage.OneOf(names))
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
