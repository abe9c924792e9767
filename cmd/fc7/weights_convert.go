package main

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/internal/few"
	"fc7/internal/store"
	"fc7/internal/usage"
	"fc7/pipeline/backbone"
	"fc7/pipeline/download"
	"fc7/vgg"
	"fc7/vgg/weights"
)

func newWeightsConvert(c *console) *cobra.Command {
	var o vgg.ConvertOptions
	var as readingFlags
	cmd := &cobra.Command{
		Use: "convert IN OUT", Short: "weights of any format to safetensors",
		Long: `Convert writes the net of a weights file as safetensors with torchvision's tensor names and
layout, so that fc7, PyTorch and timm-like loaders read it. The preprocessing that belongs to
the weights, and the file and SHA-256 they came from, travel in the metadata. Stored as
float32 the result gives the same descriptors as the source, to the last bit; the same
source gives the same bytes. IN is a file, or a name from 'fc7 weights list' that was fetched.
Either may be at an address; OUT then on s3://, gs:// or azblob://, where it appears whole.

Weights that are not finite, or too large for --dtype, are an error, and nothing is written.
Numbers too small for float16 become 0; how many is told.

With --as-is every floating-point tensor keeps its name and shape, also of files that hold
no VGG.`,
		Example: "  fc7 weights convert VGG_ILSVRC_16_layers.caffemodel vgg16.safetensors\n" +
			"  fc7 weights convert vgg19 vgg19-half.safetensors --dtype float16",
		Args: exactly("IN", "OUT"), Annotations: map[string]string{takesAddresses: "weights"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := exclusive(cmd, "as-is", "no-fc"); err != nil {
				return err
			}
			out, err := convertTo(args[0], args[1], o.Overwrite)
			if err != nil {
				return err
			}
			in, err := as.reading()
			if err != nil {
				return err
			}
			r, err := convert(cmd.Context(), c, args[0], out, in, o)
			if err != nil {
				return err
			}
			return c.result(convertedJSON(r, out, o.Dtype), func() error { return printConverted(c, r, out, o.Dtype) })
		},
	}
	f := cmd.Flags()
	storedFlag(cmd, &o.Dtype)
	netFlag(cmd, &o.Net, "net that IN must hold; default: whatever it holds")
	as.add(cmd)
	f.BoolVar(&o.NoFC, "no-fc", false, "leave the fully connected layers out")
	f.BoolVar(&o.AsIs, "as-is", false, "keep tensor names and shapes")
	forceFlag(cmd, &o.Overwrite)
	return cmd
}

// convertTo is where the file goes, which is refused where it cannot.
func convertTo(in, out string, force bool) (string, error) {
	t := target{name: "OUT", path: out, force: force, from: []string{in}}
	switch {
	case !store.Is(out):
		return t.file(weightsEnding)
	case !store.CanPut(out):
		return "", usage.Unfit("OUT", out, "a file, or an address of s3://, gs:// or azblob://")
	case in == out:
		return "", usage.Errorf("OUT %s is read itself: choose another name", out)
	}
	_, err := t.ending(weightsEnding)
	return out, err
}

// convert is backbone.Convert from and to files and addresses.
func convert(ctx context.Context, c *console, in, out string, as download.Reading, o vgg.ConvertOptions) (r vgg.Converted, err error) {
	if store.Is(in) {
		if err := download.Bring(ctx, in, c.downloads()); err != nil {
			return r, err
		}
	}
	if !store.Is(out) {
		return backbone.Convert(ctx, in, as, out, o)
	}
	err = download.Publish(ctx, out, o.Overwrite, func(path string) (err error) {
		o.Overwrite = true // of what the cache had
		r, err = backbone.Convert(ctx, in, as, path, o)
		return err
	})
	return r, err
}

// weightsEnding is how the name of a file of weights that fc7 writes ends.
const weightsEnding = ".safetensors"

// storedFlag is the type of the numbers of a file of weights.
func storedFlag(cmd *cobra.Command, d *weights.Dtype) {
	types := []weights.Dtype{weights.F32, weights.F16, weights.BF16}
	var names []string
	for _, t := range types {
		names = append(names, t.String())
	}
	flag(cmd.Flags(), d, "dtype", "string", weights.F32.String(), func(s string) (weights.Dtype, error) {
		if i := slices.Index(names, s); i >= 0 {
			return types[i], nil
		}
		return 0, usage.Unknown("type of weights", s, names...)
	}, usage.OneOf(names))
}

func convertedJSON(r vgg.Converted, out string, d weights.Dtype) any {
	return map[string]any{
		"file": out, "dtype": d.String(), "net": r.Net, "names": r.Names, "preprocessing": r.Preprocess, "tensors": r.Tensors,
		"source_sha256": r.SHA256, "left_out": r.LeftOut, "stored_as_0": r.Vanished,
	}
}

func printConverted(c *console, r vgg.Converted, out string, d weights.Dtype) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "file\t%s, %s, %s\nsource sha256\t%s\n", out, counted(r.Tensors, "tensor"), d, r.SHA256)
	if r.Net != "" {
		fmt.Fprintf(w, "net\t%s, from the names of %s\npreprocessing\t%s\n", r.Net, r.Names, r.Preprocess)
	}
	if n := len(r.LeftOut); n > 0 {
		fmt.Fprintf(w, "left out\t%s: %s\n", counted(n, "tensor"), few.Begin(r.LeftOut, n, 5))
	}
	if r.Vanished > 0 {
		fmt.Fprintf(w, "stored as 0\t%s too small for %s\n", counted(r.Vanished, "number"), d)
	}
	return w.Flush()
}
