package main

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"fc7/internal/usage"
	"fc7/pipeline/heads"
)

func newHead(c *console) *cobra.Command {
	cmd := &cobra.Command{
		Use: "head", Short: "trained heads for other programs",
		Long: "Head works on the heads that fc7 svm wrote.", Example: "  fc7 head export runs/voc/heads head.onnx",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHeadExport(c))
	return cmd
}

func newHeadExport(c *console) *cobra.Command {
	var to string
	var force bool
	cmd := &cobra.Command{
		Use: "export HEAD OUT", Short: "a head as ONNX or as LIBLINEAR's text model",
		Long: `Export writes a head, the folder of fc7 svm or its head.safetensors, for other programs:

  onnx       OUT.onnx: a graph on the columns of the feature table, as fc7_q256: joining of scales and
             tables, L2 normalisation and the linear classifiers; outputs scores and, of a
             logistic loss, probabilities; class names are in the metadata
  liblinear  OUT.model or OUT.txt: the text model of LIBLINEAR and scikit-learn's world, on final descriptors,
             joined and normalised; label N is the head's class number N, from 1, and the decision
             values are the head's scores. Its one vector for two classes must do for both: heads
             whose two classes may be there together, or both be missing, are refused

HEAD may be on a store, as s3://BUCKET/RUN/heads.`,
		Example: `  fc7 head export runs/voc/heads head.onnx
  fc7 head export runs/c101/heads head.model`,
		Args: exactly("HEAD", "OUT"), Annotations: map[string]string{readsRuns: runsFirst},
		RunE: func(cmd *cobra.Command, args []string) error {
			at := target{name: "OUT", path: args[1], force: force, from: args[:1]}
			end, err := at.ending(slices.Sorted(maps.Keys(headFormats))...)
			if err != nil {
				return err
			}
			if to != "" && to != headFormats[end] {
				return usage.Errorf("--to %s does not fit OUT %s: the name of the file decides", to, args[1])
			}
			out, err := at.file()
			if err != nil {
				return err
			}
			if err := heads.Export(args[0], headFormats[end], out, force); err != nil {
				return err
			}
			return c.result(map[string]string{"file": out, "format": headFormats[end]}, func() error {
				c.printf("%s\n", out)
				return nil
			})
		},
	}
	flag(cmd.Flags(), &to, "to", "string", "", oneOf("format of heads", heads.Formats()...), usage.OneOf(heads.Formats())+"; default: as the name of OUT ends")
	forceFlag(cmd, &force, "replace")
	return cmd
}

// headFormats are the formats by the ending of the file.
var headFormats = map[string]string{".onnx": heads.FormatONNX, ".model": heads.FormatLIBLINEAR, ".txt": heads.FormatLIBLINEAR}
