package extract

import "slices"

// Layers that Options.Layers names beside those of the net.
const (
	// LayerProb is the posterior over the classes by the paper's rule (arXiv 1409.1556, section 3.2): the class-score
	// map is averaged over space, the softmax of that is averaged over the pictures of a scale (image and mirror, or
	// crops).
	LayerProb = "prob"
	// layerScores is the net's class-score map, before the softmax.
	layerScores = "fc8"
)

// netLayer is the net's own layer that a layer of Options.Layers is made of.
func netLayer(name string) string {
	if name == LayerProb {
		return layerScores
	}
	return name
}

// NetLayers are the layers of the net that the options need, each once, in order.
func (o Options) NetLayers() []string {
	var out []string
	for _, l := range o.resolved().Layers {
		if n := netLayer(l); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
