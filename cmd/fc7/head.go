package main

import (
	"slices"
	"strings"

	"fc7/internal/usage"

	"github.com/spf13/cobra"

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
	var replace bool
	cmd := &cobra.Command{
		Use: "export HEAD OUT", Short: "a head as ONNX or as LIBLINEAR's text model",
		Long: `Export writes a head, the folder of fc7 svm or its head.safetensors, for other programs:

  onnx       a graph on the columns of the feature table, as fc7_q256: joining of scales and
             tables, L2 normalisation and the linear classifiers; outputs scores and, of a
             logistic loss, probabilities; class names are in the metadata
  liblinear  the text model of LIBLINEAR and scikit-learn's world, on final descriptors,
             joined and normalised; label N is the head's class number N, from 1`,
		Example: `  fc7 head export runs/voc/heads head.onnx
  fc7 head export runs/c101/heads --to liblinear head.model`,
		Args: exactly("HEAD", "OUT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(heads.Formats(), to) {
				return usage.Errorf("--to %s: want %s", to, strings.Join(heads.Formats(), " or "))
			}
			if err := heads.Export(args[0], to, args[1], replace); err != nil {
				return err
			}
			c.printf("%s\n", args[1])
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "onnx", strings.Join(heads.Formats(), " or "))
	cmd.Flags().BoolVar(&replace, "replace", false, "replace a file that stands there already")
	return cmd
}
