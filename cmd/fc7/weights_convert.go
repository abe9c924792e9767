package main

import (
	"fmt"
	"text/tabwriter"

	"fc7/internal/few"
	"fc7/internal/usage"

	"github.com/spf13/cobra"

	"fc7/pipeline/backbone"
	"fc7/vgg"
	"fc7/vgg/weights"
)

func newWeightsConvert(c *console) *cobra.Command {
	var o vgg.ConvertOptions
	var dtype string
	cmd := &cobra.Command{
		Use: "convert IN OUT", Short: "weights of any format to safetensors",
		Long: `Convert writes the net of a weights file as safetensors with torchvision's tensor names and
layout, so that fc7, PyTorch and timm-like loaders read it. The preprocessing that belongs to
the weights, and the file and SHA-256 they came from, travel in the metadata. Stored as
float32 the result gives the same descriptors as the source, to the last bit; the same
source gives the same bytes. IN is a file, or a name from 'fc7 weights list' that was fetched.

Weights that are not finite, or too large for --dtype, are an error, and nothing is written.
Numbers too small for float16 become 0; how many is told.

With --as-is every floating-point tensor keeps its name and shape, also of files that hold
no VGG.`,
		Example: "  fc7 weights convert VGG_ILSVRC_16_layers.caffemodel vgg16.safetensors\n" +
			"  fc7 weights convert vgg19 vgg19-half.safetensors --dtype float16",
		Args: exactly("IN", "OUT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := weights.ParseDtype(dtype)
			if err == nil && d != weights.F32 && d != weights.F16 && d != weights.BF16 {
				err = fmt.Errorf("--dtype %s: want float32, float16 or bfloat16", dtype)
			}
			if err == nil && o.Net != "" {
				_, err = vgg.Lookup(o.Net)
			}
			if err == nil && o.AsIs && o.NoFC {
				err = usage.Errorf("--as-is and --no-fc exclude each other")
			}
			if err != nil {
				return usage.Wrap(err)
			}
			o.Dtype = d
			r, err := backbone.Convert(cmd.Context(), args[0], args[1], o)
			if err != nil {
				return err
			}
			return printConverted(c, r, args[1], d)
		},
	}
	f := cmd.Flags()
	f.StringVar(&dtype, "dtype", "float32", "float32, float16 or bfloat16")
	f.StringVar(&o.Net, "net", "", "net that IN must hold; default: whatever it holds")
	f.BoolVar(&o.NoFC, "no-fc", false, "leave the fully connected layers out")
	f.BoolVar(&o.AsIs, "as-is", false, "keep tensor names and shapes")
	f.BoolVar(&o.Overwrite, "force", false, "replace OUT if it is there already")
	return cmd
}

func printConverted(c *console, r vgg.Converted, out string, d weights.Dtype) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "file\t%s, %d tensors, %s\nsource sha256\t%s\n", out, r.Tensors, d, r.SHA256)
	if r.Net != "" {
		fmt.Fprintf(w, "net\t%s, from the names of %s\npreprocessing\t%s\n", r.Net, r.Names, r.Preprocess)
	}
	if n := len(r.LeftOut); n > 0 {
		fmt.Fprintf(w, "left out\t%d tensors: %s\n", n, few.Begin(r.LeftOut, n, 5))
	}
	if r.Vanished > 0 {
		fmt.Fprintf(w, "stored as 0\t%d numbers too small for %s\n", r.Vanished, d)
	}
	return w.Flush()
}
