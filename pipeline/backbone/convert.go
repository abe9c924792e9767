package backbone

import (
	"context"

	"fc7/internal/escape"
	"fc7/internal/usage"
	"fc7/pipeline/download"
	"fc7/vgg"
)

// Convert writes a file of weights, or weights in the cache, as safetensors; see vgg.Convert. The preprocessing that is
// said is recorded, whatever the file records. A file that is read, also one that belongs to the one that is named
// (external data, shards), is not written over.
func Convert(ctx context.Context, in string, as download.Reading, out string, o vgg.ConvertOptions) (vgg.Converted, error) {
	as.Anew = true
	f, err := download.Open(in, as)
	if err != nil {
		return vgg.Converted{}, err
	}
	defer f.Close()
	if part, ok := f.Reads(out); ok {
		return vgg.Converted{}, usage.Errorf("%s is read itself, as %s: choose another name", out, escape.Name(part))
	}
	if _, err := f.Digest(ctx); err != nil {
		return vgg.Converted{}, err
	}
	return vgg.Convert(ctx, f.File, out, o)
}
