package train

import (
	"fmt"
	"math"

	"fc7/vgg"
)

// The paper's momentum and L2 penalty (section 3.1), for which a 0 of [Options] stands.
const (
	DefaultMomentum = 0.9
	DefaultDecay    = 5e-4
)

// Options of a Net; the zero value works.
type Options struct {
	// Batch is how many images the graph holds at once, which decides its memory: 0: 8. A step may have any number of
	// images; it adds up the gradients of parts of this size, the last one filled up with images that do not count.
	Batch   int
	size    int     // side of the images: 224 to 255, what fc6 covers; 0: 224, the paper's.
	classes int     // width of the last layer; 0: that of the configuration.
	Dropout float64 // probability of dropping an activation of the hidden fully connected layers (paper: 0.5); 0: off

	Loss     Loss    // zero value: softmax cross-entropy, the paper's
	Rate     float64 // learning rate; 0: 1e-2, the paper's first. SetRate changes it.
	Momentum float64 // 0: 0.9, the paper's; negative: none
	Decay    float64 // L2 penalty λ/2 ‖w‖² on all parameters, biases too, as PyTorch does; 0: 5e-4, the paper's; negative: none

	// Freeze keeps parameters as they are: patterns of path.Match on names of layers ("conv*", "fc6") or of tensors
	// ("features.*").
	Freeze []string
	// After is the last layer that is left out of the graph, with all before it: its maps are the inputs, as package
	// vgg's Runner gives them for images of Size, after ReLU and before its dropout; layers before it are without
	// dropout. "": none, the inputs are images.
	After string

	Threads int // 0: GOMAXPROCS. Results do not depend on it.

	Init Init // zero value: He
	// Spread is the root mean square of the images' values as the net is given them; 0: 1. Training is that of the same net on
	// images divided by it: the first convolution's weights start divided by it, their rate is divided by its square and
	// their penalty multiplied with it. Images of 0 to 255 less their mean otherwise diverge from any start at the paper's
	// rate but a weak one: their gradients are thousands of times those of all other layers.
	Spread float64
	Seed   uint64 // of the initial weights and of dropout

	inputDropout bool // the layer named by After is one with dropout
}

func (o Options) withDefaults() (Options, error) {
	if o.Batch == 0 {
		o.Batch = 8
	}
	if o.Batch < 1 || o.Batch > 1<<16 {
		return o, fmt.Errorf("train: Batch is %d, expected 1 to %d images", o.Batch, 1<<16)
	}
	if !(o.Dropout >= 0 && o.Dropout < 1) {
		return o, fmt.Errorf("train: Dropout is %v, expected a probability below 1 (0: off)", o.Dropout)
	}
	if o.Loss != Softmax && o.Loss != Sigmoid {
		return o, fmt.Errorf("train: unknown loss %d", int(o.Loss))
	}
	if o.Rate == 0 {
		o.Rate = 1e-2
	}
	if o.Momentum = orDefault(o.Momentum, DefaultMomentum); !(o.Momentum < 1) {
		return o, fmt.Errorf("train: Momentum is %v, expected less than 1", o.Momentum)
	}
	if o.Decay = orDefault(o.Decay, DefaultDecay); math.IsNaN(o.Decay) || math.IsInf(o.Decay, 0) {
		return o, fmt.Errorf("train: Decay is %v, expected a finite number", o.Decay)
	}
	if err := o.Init.check(); err != nil {
		return o, err
	}
	if o.Spread == 0 {
		o.Spread = 1
	}
	if !(o.Spread > 0) || math.IsInf(o.Spread, 0) {
		return o, fmt.Errorf("train: Spread of the images is %v, expected a positive number", o.Spread)
	}
	return o, checkRate(o.Rate)
}

// orDefault reads an option where 0 stands for the default and a negative number for 0.
func orDefault(x, def float64) float64 {
	switch {
	case x == 0:
		return def
	case x < 0:
		return 0
	}
	return x
}

func checkRate(rate float64) error {
	if !(rate > 0) || math.IsInf(rate, 0) {
		return fmt.Errorf("train: the learning rate is %v, expected a positive number", rate)
	}
	return nil
}

// side is that of the images, checked.
func (o Options) side() (int, error) {
	if o.size == 0 {
		return vgg.MinSide, nil
	}
	if o.size>>5 != vgg.PoolSize {
		return 0, fmt.Errorf("train: images of %d pixels: the fully connected layers need a map of %dx%d, which images of %d to %d pixels give",
			o.size, vgg.PoolSize, vgg.PoolSize, vgg.MinSide, vgg.MinSide+31)
	}
	return o.size, nil
}
