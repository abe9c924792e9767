package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fc7/internal/rowkey"
	"fc7/pipeline/heads"
)

func newPredict(c *console) *cobra.Command {
	var j heads.PredictJob
	var top int
	var weights []string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "predict IMAGE|DATASET…", Short: "apply trained heads to images",
		Long: `Predict makes the descriptor of each image exactly as that of the tables the head was
trained on (net, layer, views, scales, flips, pooling; of several nets, and of image and box, where
the head has them), and prints the highest scores: above 0 the class is there. Heads of
logistic loss also give probabilities, of each class by itself. Other weights than the head's
are refused. Image files and data sets (KIND:PATH) can be mixed; an image that cannot be read
is told with its reason, and the exit status is then 3.

--out writes all scores as one Parquet file: image, object, labels, status, error, best, and
a column score_CLASS (and probability_CLASS) for each class.`,
		Example: `  fc7 predict --head runs/voc/heads --weights vgg16.pth a.jpg b.png
  fc7 predict --head runs/voc/heads --weights vgg16.pth --json folder:/data/new > scores.jsonl
  fc7 predict --head heads-d-e --weights vgg16.pth --weights vgg19.pth --out scores.parquet folder:/data/new`,
		Args: atLeastOne("IMAGE or DATASET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			weights = orSmall(c, weights)
			j.Inputs, j.Weights, j.AlsoWeights = args, weights[0], weights[1:]
			lines := json.NewEncoder(c.out)
			tell := func(p heads.Prediction) error {
				c.clear()
				if asJSON {
					return lines.Encode(p)
				}
				_, err := fmt.Fprintln(c.out, predictionLine(p, top))
				return err
			}
			return heads.Predict(cmd.Context(), j, tell, c.events())
		},
	}
	f := cmd.Flags()
	f.StringVar(&j.Head, "head", "", "folder of the heads, or head.safetensors (required)")
	f.StringArrayVar(&weights, "weights", nil, "weights the head was trained with; once for each net, in any order"+smallHelp)
	f.StringVarP(&j.Out, "out", "o", "", "write all scores to this Parquet file")
	f.BoolVar(&j.Replace, "replace", false, "replace a file that stands there already")
	f.IntVar(&top, "top", 3, "scores to print an image")
	f.BoolVar(&asJSON, "json", false, "print all scores, one JSON object a line")
	limitFlags(cmd, &j.Decode, &j.ImageTime)
	threadsFlag(cmd, &j.Threads)
	require(cmd, "head")
	return cmd
}

func predictionLine(p heads.Prediction, top int) string {
	name := rowkey.Of(p.Image, p.Object)
	if p.Error != "" {
		return name + "\tfailed: " + p.Error
	}
	classes := slices.SortedFunc(maps.Keys(p.Scores), func(a, b string) int {
		return cmp.Or(cmp.Compare(p.Scores[b], p.Scores[a]), cmp.Compare(a, b))
	})
	var parts []string
	for _, k := range classes[:max(0, min(top, len(classes)))] {
		part := fmt.Sprintf("%s %+.3f", k, p.Scores[k])
		if p.Probabilities != nil {
			part += fmt.Sprintf(" (%.1f %%)", 100*p.Probabilities[k])
		}
		parts = append(parts, part)
	}
	return name + "\t" + strings.Join(parts, "  ")
}
