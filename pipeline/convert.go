package pipeline

import (
	"context"

	"fc7/pipeline/download"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// ConvertWeights writes a file of weights, or weights in the cache, as safetensors; see vgg.Convert.
func ConvertWeights(ctx context.Context, in, out string, o vgg.ConvertOptions) (vgg.Converted, error) {
	found, err := download.Weights(in)
	if err != nil {
		return vgg.Converted{}, err
	}
	f, err := weights.Open(found.Path)
	if err != nil {
		return vgg.Converted{}, err
	}
	defer f.Close()
	return vgg.Convert(ctx, f, out, o)
}
