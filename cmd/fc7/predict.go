package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fc7/pipeline"
)

func newPredict(c *console) *cobra.Command {
	var j pipeline.PredictJob
	var top int
	var asJSON bool
	cmd := &cobra.Command{
		Use: "predict IMAGE|DATASET…", Short: "apply trained heads to images",
		Long: `Predict makes the descriptor of each image exactly as that of the table the head was
trained on (net, layer, views, scales, flips, pooling), and prints the highest scores: above 0 the
class is there. Other weights than the head's are refused. Image files and data sets
(KIND:PATH) can be mixed; an image that cannot be read is told with its reason, and the exit
status is then 3.`,
		Example: "  fc7 predict --head runs/voc/heads --weights vgg16.pth a.jpg b.png\n  fc7 predict --head runs/voc/heads --weights vgg16.pth --json folder:/data/new > scores.jsonl",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(cmd, errorString("missing IMAGE or DATASET"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Inputs = args
			lines := json.NewEncoder(c.out)
			tell := func(p pipeline.Prediction) error {
				c.clear()
				if asJSON {
					return lines.Encode(p)
				}
				_, err := fmt.Fprintln(c.out, predictionLine(p, top))
				return err
			}
			return dataSetUsage(cmd, pipeline.Predict(cmd.Context(), j, tell, c.events()))
		},
	}
	f := cmd.Flags()
	f.StringVar(&j.Head, "head", "", "folder of the heads, or head.safetensors (required)")
	f.StringVar(&j.Weights, "weights", "", "weights the head was trained with (required)")
	f.IntVar(&top, "top", 3, "scores to print an image")
	f.BoolVar(&asJSON, "json", false, "print all scores, one JSON object a line")
	limitFlags(cmd, &j.Decode, &j.ImageTime)
	threadsFlag(cmd, &j.Threads)
	require(cmd, "head", "weights")
	return cmd
}

func predictionLine(p pipeline.Prediction, top int) string {
	if p.Error != "" {
		return p.Image + "\tfailed: " + p.Error
	}
	classes := slices.SortedFunc(maps.Keys(p.Scores), func(a, b string) int {
		return cmp.Or(cmp.Compare(p.Scores[b], p.Scores[a]), cmp.Compare(a, b))
	})
	var parts []string
	for _, k := range classes[:max(0, min(top, len(classes)))] {
		parts = append(parts, fmt.Sprintf("%s %+.3f", k, p.Scores[k]))
	}
	return p.Image + "\t" + strings.Join(parts, "  ")
}
