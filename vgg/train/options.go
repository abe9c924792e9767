package train

import (
	"fmt"
	"math"

	"fc7/vgg"
)

// Options of a Net. [Defaults] fills them; a zero means itself.
type Options struct {
	// Batch is how many images the graph holds at once, which decides its memory. A step may have any number of images;
	// it adds up the gradients of parts of this size, the last one filled up with images that do not count.
	Batch   int
	size    int     // side of the images: 224 to 255, what fc6 covers; 0: 224, the paper's.
	classes int     // width of the last layer; 0: that of the configuration.
	Dropout float64 // probability of dropping an activation of the hidden fully connected layers (paper: 0.5); 0: off

	Loss     Loss    // zero value: softmax cross-entropy, the paper's
	Rate     float64 // learning rate. SetRate changes it.
	Momentum float64 // 0: none
	Decay    float64 // L2 penalty λ/2 ‖w‖² on all parameters, biases too, as PyTorch does; 0: none

	// Clip is the largest norm of a step's gradient, of all parameters together, that of the first layer for images as
	// Spread has them; a longer one is cut to it (Pascanu et al. 2013, arXiv 1211.5063). 0: none is.
	Clip float64

	// Freeze keeps parameters as they are: patterns of path.Match on names of layers ("conv*", "fc6") or of tensors
	// ("features.*").
	Freeze []string
	// After is the last layer that is left out of the graph, with all before it: its maps are the inputs, as package
	// vgg's Runner gives them for images of Size, after ReLU and before its dropout; layers before it are without
	// dropout. "": none, the inputs are images.
	After string

	Threads int // 0: GOMAXPROCS. Results do not depend on it.

	Init Init // zero value: He
	// Spread is the root mean square of the images' values as the net is given them. Training is that of the same net on
	// images divided by it: the first convolution's weights start divided by it, their rate is divided by its square and
	// their penalty multiplied with it. Images of 0 to 255 less their mean otherwise diverge from any start at the paper's
	// rate but a weak one: their gradients are thousands of times those of all other layers.
	Spread float64
	Seed   uint64 // of the initial weights and of dropout

	inputDropout bool // the layer named by After is one with dropout
}

// Defaults are the rate, momentum and penalty of the paper (section 3.1), without dropout, for batches of a size that
// fits most machines.
func Defaults() Options {
	return Options{Batch: 8, Rate: 1e-2, Momentum: 0.9, Decay: 5e-4, Spread: 1}
}

// check tells what is wrong with the options, whatever the net.
func (o Options) check() error {
	if o.Batch < 1 || o.Batch > 1<<16 {
		return fmt.Errorf("train: Batch is %d, expected 1 to %d images", o.Batch, 1<<16)
	}
	if !(o.Dropout >= 0 && o.Dropout < 1) {
		return fmt.Errorf("train: Dropout is %v, expected a probability below 1 (0: off)", o.Dropout)
	}
	if o.Loss < Softmax || o.Loss > Euclidean {
		return fmt.Errorf("train: unknown loss %d", int(o.Loss))
	}
	if !(o.Momentum >= 0 && o.Momentum < 1) {
		return fmt.Errorf("train: Momentum is %v, expected 0 (none) or more, and less than 1", o.Momentum)
	}
	if !(o.Decay >= 0) || math.IsInf(o.Decay, 0) {
		return fmt.Errorf("train: Decay is %v, expected 0 (none) or a positive number", o.Decay)
	}
	if err := o.Init.check(); err != nil {
		return err
	}
	if !(o.Clip >= 0) || math.IsInf(o.Clip, 0) {
		return fmt.Errorf("train: Clip is %v, expected 0 (none) or a positive number", o.Clip)
	}
	if !(o.Spread > 0) || math.IsInf(o.Spread, 0) {
		return fmt.Errorf("train: Spread of the images is %v, expected a positive number", o.Spread)
	}
	return checkRate(o.Rate)
}

func checkRate(rate float64) error {
	if !(rate > 0) || math.IsInf(rate, 0) {
		return fmt.Errorf("train: the learning rate is %v, expected a positive number", rate)
	}
	return nil
}

// side is that of the images, checked.
func (o Options) side(c vgg.Config) (int, error) {
	if o.size == 0 || !c.VGG() {
		return c.Side(), nil
	}
	if o.size>>5 != vgg.PoolSize {
		return 0, fmt.Errorf("train: images of %d pixels: the fully connected layers need a map of %dx%d, which images of %d to %d pixels give",
			o.size, vgg.PoolSize, vgg.PoolSize, vgg.MinSide, vgg.MinSide+31)
	}
	return o.size, nil
}
