package training

import (
	"context"

	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// method is what training a net from the start (scratch) and fine-tuning one (tuning) do differently. All else is the
// runner's.
type method interface {
	// identify adds what the run depends on besides what both do.
	identify(context.Context, *identity) error
	// source is the weights file that it starts from, as it was named (empty: none), and whether that is fine-tuned.
	source() (weights string, tuned bool)
	// inputs sets what a stage's net is given, and what its weights file says of it.
	inputs(context.Context, *runner) error
	// adapt sets those options of a stage's net in which the two differ.
	adapt(*train.Options, *runner)
	// start sets the parameters of a stage's net as they follow from those trained before; nil: nothing was.
	start(r *runner, trained []train.Tensor) error
	// rates sets what the learning rates and penalties of the layers are multiplied with.
	rates(context.Context, *runner) error
	// whole lists the tensors of the result, of which trained are those in the stage's net.
	whole(trained []weights.Source) ([]weights.Source, error)
	// cached is how many views of images are kept, before the first step.
	cached() int
	// lower, slower and hope are advice: what to lower where a stage has diverged, what else slows it, and what may
	// help where it has learned nothing.
	lower(Stage) lowering
	slower() string
	hope() string
	close() error
}
