package finetune

import (
	"fmt"

	"fc7/vgg/train"
)

// Options of training; the zero value works.
type Options struct {
	Loss   train.Loss // zero value: Softmax, one class an image; Sigmoid: several
	Hidden []int      // widths of fully connected layers before the last one; nil: none

	Epochs int // passes over the rows; 0: 100
	Batch  int // rows a step; 0: 128

	// Rate is the learning rate of the first step; it falls to 0 with half a cosine over all steps. It holds for rows of
	// norm 1: rows are divided by their root mean square norm, and the weights of the first layer after training, so that
	// one rate serves raw and normalised descriptors.
	// 0: 2, or 0.5 with hidden layers. The curvature of either loss is at most 1 on such rows with a bias, so one layer is
	// stable below 2 (1 + momentum), on the mean; hidden layers have no such bound.
	Rate     float64
	Momentum float64 // 0: 0.9; negative: none
	// Decay is λ of an L2 penalty λ/2 ‖w‖² on the weights for rows of norm 1, and on biases; negative: none.
	// 0: 1e-5, as weak as that of a linear SVM with C = 10 on some thousand rows, which is C = 1/(λ rows).
	Decay   float64
	Dropout float64 // probability of dropping an activation of the hidden layers; 0: off

	Seed     uint64      // of the order of the rows, the weights of hidden layers and dropout
	Progress func(Epoch) // called after each epoch, if not nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Epochs < 0 || o.Batch < 0 || o.Batch > 1<<16 {
		return o, fmt.Errorf("finetune: Epochs %d and Batch %d; expected at least 1 of each (0: the default), and a batch of at most %d", o.Epochs, o.Batch, 1<<16)
	}
	if o.Epochs == 0 {
		o.Epochs = 100
	}
	if o.Batch == 0 {
		o.Batch = 128
	}
	if o.Rate == 0 {
		o.Rate = 2
		if len(o.Hidden) > 0 {
			o.Rate = 0.5
		}
	}
	if o.Decay == 0 {
		o.Decay = 1e-5
	}
	return o, nil
}
