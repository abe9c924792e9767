package extract

import (
	"context"

	"fc7/internal/f32"
)

// Backbone is a convolutional net as this package sees it.
type Backbone interface {
	// ForwardAll runs pictures of several sizes, in batches of one size each, through the net, and returns the maps of
	// the named layers, [layer][batch], in the order of layers: [N,H,W,C] with N the pictures of the batch. The maps
	// are valid until the next call.
	ForwardAll(ctx context.Context, batches []f32.Batch, layers []string) ([][]f32.Map, error)
	// Together is how many pictures of one size go through the net at once to its advantage: with more it is not
	// faster, or takes too much memory. What is computed does not depend on it.
	Together(h, w int, layers []string) int
	// Run does pieces 0 to n-1 of a job on the net's threads, which are idle between two calls of Forward.
	Run(n int, j f32.Job)
	LayerTable
}

// LayerTable is what is known of a net before its weights are read.
type LayerTable interface {
	// Layer tells the channels of a layer and the smallest image side that it can be computed for; an error names the
	// layers that there are.
	Layer(name string) (width, minSide int, err error)
}
