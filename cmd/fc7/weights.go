package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/internal/escape"
	"fc7/internal/usage"
	"fc7/pipeline/inspection"
	"fc7/vgg"
	"fc7/vgg/weights"
)

func newWeights(c *console) *cobra.Command {
	cmd := group(&cobra.Command{
		Use: "weights", Short: "fetch, inspect and convert weight files, or make random ones",
		Long: "Weights fetches published weights, inspects and converts weight files, and makes random ones.\nFormats: " + strings.Join(weights.Formats(), ", ") +
			", told by content. " + vgg.NameHelp() + ".",
	})
	cmd.AddCommand(newInspect(c), newWeightsConvert(c), newWeightsFetch(c), newWeightsList(c), newInit(c))
	return cmd
}

func newInspect(c *console) *cobra.Command {
	var net string
	var stats bool
	var as readingFlags
	cmd := &cobra.Command{
		Use: "inspect [FILE]", Short: "what a weights file, or a net, is made of",
		Long: `Inspect tells the format of a weights file, the net it holds, its preprocessing and digest,
and the net's layers: kernel, map at 224x224 pixels (of a predecessor at its own size), parameters, receptive field and stride in
pixels, memory of the map, multiply-adds. With --net and no file it shows a net of the paper.

Of the preprocessing it tells how it was decided, how sure that is, and what the filters of
conv1_1 say to it. Those of nets trained on photographs answer more to red than to blue, which
tells RGB from BGR where there are 32 filters and the difference is clear; a batch
normalisation behind them tells the range of the inputs; else it says that they cannot tell.

` + readingHelp,
		Example: "  fc7 weights inspect vgg16.pth --stats\n  fc7 weights inspect --net E",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage.Errorf("too many arguments: want one FILE, found %s", strings.Join(args, " "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				if err := idle(cmd, "it is of the weights in a FILE", readingFlagNames...); err != nil {
					return err
				}
			}
			in, err := inspect(cmd.Context(), args, net, &as, stats)
			if err != nil {
				return err
			}
			return c.result(in, func() error {
				printInspection(c, in, stats)
				return nil
			})
		},
	}
	f := cmd.Flags()
	netFlag(cmd, &net, "show this net instead of a file")
	as.add(cmd)
	f.BoolVar(&stats, "stats", false, "read every tensor: minimum, maximum, mean, deviation, NaNs")
	return cmd
}

func inspect(ctx context.Context, args []string, net string, as *readingFlags, stats bool) (inspection.Net, error) {
	switch {
	case len(args) == 0 && net == "":
		return inspection.Net{}, usage.Errorf("missing FILE, or --net")
	case len(args) == 1 && net != "":
		return inspection.Net{}, usage.Errorf("FILE and --net exclude each other")
	case net != "" && stats:
		return inspection.Net{}, usage.Errorf("--stats would do nothing: it is of the tensors of a FILE")
	case net != "":
		return inspection.OfNet(net)
	}
	r, err := as.reading()
	if err != nil {
		return inspection.Net{}, err
	}
	return inspection.OfWeights(ctx, args[0], r, stats)
}

func printInspection(c *console, in inspection.Net, stats bool) {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	defer w.Flush()
	if in.Path != "" {
		fmt.Fprintf(w, "file\t%s, %.1f MB, %s\nformat\t%s\nsha256\t%s\n", escape.Line(in.Path), float64(in.Bytes)/1e6, counted(len(in.Tensors), "tensor"), in.Format, in.SHA256)
		for _, k := range slices.Sorted(maps.Keys(in.Metadata)) {
			if k != vgg.MetaPreprocess && k != vgg.MetaPreprocessBy {
				fmt.Fprintf(w, "%s\t%s\n", escape.Line(k), shortMetadata(in.Metadata[k]))
			}
		}
	}
	if in.NotVGG != "" {
		fmt.Fprintf(w, "net\tnone: %s\n", escape.Line(in.NotVGG))
	} else {
		fmt.Fprintf(w, "net\t%s%s; %.1f M parameters\n", in.Net, lettered(in.Paper), float64(in.Params)/1e6)
	}
	switch {
	case in.Rounding == vgg.RoundingCeil:
		fmt.Fprintf(w, "pooling\trounds odd sides up (--pool-rounding %s)\n", in.Rounding)
	case strings.Contains(in.Rounding, " "):
		fmt.Fprintf(w, "pooling\trounds odd sides, each in its own way: %s\n", in.Rounding)
	}
	if in.LRN != "" {
		fmt.Fprintf(w, "lrn1\tnormalises with the file's constants: %s\n", in.LRN)
	}
	if in.Headless != "" {
		fmt.Fprintf(w, "ends with\tpool5: %s; extract with --layer pool5 or a layer before it\n", in.Headless)
	}
	if in.Preprocess != nil {
		fmt.Fprintf(w, "names\t%s\n", in.Names)
		printExpected(w, in.Expected)
	}
	if len(in.Prefixes) > 1 {
		var typed []string
		for _, p := range in.Prefixes {
			typed = append(typed, escape.Shell(p))
		}
		fmt.Fprintf(w, "nets under\t%s (--prefix)\n", strings.Join(typed, ", "))
	}
	w.Flush()
	printLayers(c, in)
	if in.Path != "" && (stats || in.NotVGG != "") {
		printTensors(c, in)
	}
}

// printExpected prints the preprocessing, and what is known of it.
func printExpected(w io.Writer, e *vgg.Expected) {
	fmt.Fprintf(w, "preprocessing\t%s\n\t%s\ndecided\t%s: %s\n", e.Preprocess.Words(), e.Preprocess, e.Sure, e.Why)
	if e.Filters != nil {
		fmt.Fprintf(w, "conv1_1\t%s\n", e.Filters.Words())
	}
	for _, doubt := range e.Doubts {
		fmt.Fprintf(w, "warning\t%s\n", doubt)
	}
}

// shortMetadata cuts what would fill the screen, such as the names of 1000 classes.
func shortMetadata(v string) string {
	const most = 120
	if r := []rune(v); len(r) > most {
		return fmt.Sprintf("%s… (%d bytes)", escape.Line(string(r[:most])), len(v))
	}
	return escape.Line(v)
}

func printLayers(c *console, in inspection.Net) {
	if len(in.Layers) == 0 {
		return
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\nlayer\tkernel\tmap (h x w x c)\tparameters\treceptive\tstride\tmap MB\tM mult-adds\t\n")
	for _, l := range in.Layers {
		fmt.Fprintf(w, "%s\t%s\t%dx%dx%d\t%d\t%d\t%d\t%.2f\t%.0f\t\n", l.Name, l.Window, l.Height, l.Width, l.Channels,
			l.Params, l.Receptive, l.Stride, float64(l.MapBytes)/1e6, float64(l.Multiply)/1e6)
	}
	w.Flush()
}

func printTensors(c *console, in inspection.Net) {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprint(w, "\ntensor\ttype\tshape\tmin\tmax\tmean\tdeviation\tnot finite\n")
	for _, t := range in.Tensors {
		fmt.Fprintf(w, "%s\t%s\t%v", escape.Line(t.Name), t.Dtype, t.Shape)
		if s := t.Stats; s != nil {
			fmt.Fprintf(w, "\t%.4g\t%.4g\t%.4g\t%.4g\t%d", s.Min, s.Max, s.Mean, s.Std, s.NonFinite)
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	if in.NonFinite > 0 {
		c.printf("\n%s NaN or infinite: layers that use such are refused\n", are(in.NonFinite, "number"))
	}
}

func newInit(c *console) *cobra.Command {
	var net, out string
	var seed uint64
	var o weights.SafetensorsOptions
	cmd := &cobra.Command{
		Use: "init", Short: "write a net with random weights",
		Long: `Init writes a net with random weights (He et al. 2015: N(0, 2/fan-in), zero biases) as
safetensors with torchvision's tensor names. The same net and seed give the same bytes.
Random weights are for tests and timings; their descriptors know nothing of images.`,
		Example: "  fc7 weights init --net vgg16 --seed 1 --out vgg16-random.safetensors\n  fc7 weights init --net vgg16/8 --out small.safetensors",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := vgg.Lookup(net)
			if err != nil {
				return err
			}
			if out, err = (target{name: "--out", path: out, force: o.Overwrite}).file(weightsEnding); err != nil {
				return err
			}
			if err := vgg.Init(cmd.Context(), out, cfg, seed, o); err != nil {
				return err
			}
			return c.result(map[string]any{"file": out, "net": cfg.Name, "parameters": cfg.Params(), "seed": seed}, func() error {
				c.printf("%s: %s, %.1f M parameters, random (He), seed %d\n", out, cfg.Name, float64(cfg.Params())/1e6, seed)
				return nil
			})
		},
	}
	f := cmd.Flags()
	netFlag(cmd, &net, "net to make: vgg16, vgg19_bn, D, vgg16/8, … (required)")
	outFlag(cmd, &out, "file to write, .safetensors (required)")
	storedFlag(cmd, &o.Dtype)
	forceFlag(cmd, &o.Overwrite, "overwrite")
	f.Uint64Var(&seed, "seed", 1, "seed of the random numbers")
	require(cmd, "net", "out")
	return cmd
}

// lettered is a net's letter in the paper, behind its name; "" where the paper has no such net.
func lettered(letter string) string {
	if letter == "" {
		return ""
	}
	return ", the paper's " + letter
}
