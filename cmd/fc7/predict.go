package main

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fc7/internal/rowkey"
	"fc7/pipeline/evidence"
	"fc7/pipeline/heads"
)

func newPredict(c *console) *cobra.Command {
	var j heads.PredictJob
	var weights []string
	var as readingFlags
	to := evidence.Job{Top: 3, Images: evidence.DefaultImages}
	cmd := &cobra.Command{
		Use: "predict IMAGE|DATASET…", Short: "apply trained heads to images",
		Long: `Predict makes the descriptor of each image exactly as that of the tables the head was
trained on (net, layer, views, scales, flips, pooling; of several nets, and of image and box, where
the head has them), and prints the highest scores: above 0 the class is there. Heads of
logistic loss also give probabilities, of each class by itself. Other weights than the head's
are refused. Image files and data sets (KIND:PATH) can be mixed; an image that cannot be read
is told with its reason, and the exit status is then 3. A file that is named and is not there
is an error.

--out writes all scores as one Parquet file: image, object, labels, status, error, best, and
a column score_CLASS (and probability_CLASS) for each class.

--evidence shows where the scores of the --top classes come from. A linear head's score is exactly
its bias and a sum over the positions of the layer's map at each scale, mirrored ones and crops
included; where scales are joined by their maximum, over those that are greatest. Of the first
--evidence-images images DIR/images has a folder each with a picture a class: vermilion speaks
for the class, blue against it, with bias and each scale's sum in numbers. DIR/evidence.parquet
has all positions: their values, which with the bias add up to the score, and the window of
pixels that each sees. Of logistic heads it is the log odds that are explained: probabilities are
no such sum, and heads on the layer prob are refused. Of nets that fc7 finetune made there is no
evidence: fc7 classify applies them, and their new layers may be more than one linear step. A head
of fc7 svm on descriptors that fc7 extract makes with such a net has it. See docs/evidence.md.`,
		Example: `  fc7 predict --head runs/voc/heads --weights vgg16.pth a.jpg b.png
  fc7 predict --head runs/voc/heads --weights vgg16.pth --json folder:/data/new > scores.jsonl
  fc7 predict --head runs/voc/heads --weights vgg16.pth --evidence why --top 1 a.jpg b.png
  fc7 predict --head heads-d-e --weights vgg16.pth --weights vgg19.pth --out scores.parquet folder:/data/new`,
		Args: atLeastOne("IMAGE or DATASET"), Annotations: map[string]string{readsRunsBy: "head"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if j.Out == "" {
				if err := idle(cmd, "no --out is written", "force"); err != nil {
					return err
				}
			}
			if c.json != nil && to.Dir == "" {
				if err := idle(cmd, "with --json all scores are told", "top"); err != nil {
					return err
				}
			}
			var err error
			if to.Dir == "" {
				err = idle(cmd, "no --evidence is written", "evidence-images")
			} else {
				err = (target{name: "--evidence", path: to.Dir, from: args, final: true}).emptyFolder()
			}
			if err != nil {
				return err
			}
			if j.Out != "" {
				if j.Out, err = (target{name: "--out", path: j.Out, force: j.Replace, from: args}).file(".parquet"); err != nil {
					return err
				}
			}
			weights = orSmall(c, weights)
			j.Inputs, j.Weights, j.AlsoWeights = args, weights[0], weights[1:]
			if j.As, err = as.readings(len(weights)); err != nil {
				return err
			}
			tell := func(p heads.Prediction) error { return c.answer(p, predictionLine(p, to.Top)+"\n") }
			if to.Dir == "" {
				return heads.Predict(cmd.Context(), j, tell, c.events())
			}
			return evidence.Predict(cmd.Context(), j, to, tell, func(t evidence.Told) error {
				return c.answer(t, evidenceLines(t, to.Dir))
			}, c.events())
		},
	}
	f := cmd.Flags()
	f.StringVar(&j.Head, "head", "", "folder of the heads, also on a store, or head.safetensors (required)")
	f.StringArrayVar(&weights, "weights", nil, "weights the head was trained with; once for each net, in any order"+smallHelp)
	as.add(cmd)
	outFlag(cmd, &j.Out, "write all scores to this file, .parquet")
	forceFlag(cmd, &j.Replace, "replace")
	wholeFlag(f, &to.Top, "top", 1, "scores to print an image, and classes of --evidence")
	f.StringVar(&to.Dir, "evidence", "", "new folder for pictures and a table of where scores come from")
	wholeFlag(f, &to.Images, "evidence-images", 1, "images of --evidence, the first so many")
	limitFlags(cmd, &j.Decode, &j.ImageTime, "are failed rows")
	foldersFlag(cmd, &j.Choice)
	columnFlags(cmd, &j.Choice)
	threadsFlag(cmd, &j.Threads, netThreads)
	metricsFlag(cmd, c)
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

// evidenceLines are the evidence of an image in numbers, a line a class.
func evidenceLines(t evidence.Told, dir string) string {
	var b strings.Builder
	for _, c := range t.Classes {
		fmt.Fprintf(&b, "%s\t%s %+.5f = %+.5f bias", rowkey.Of(t.Image, t.Object), c.Class, c.Score, c.Bias)
		for _, s := range c.Scales {
			fmt.Fprintf(&b, " %+.5f Q%d", s.Sum, s.Scale)
		}
		fmt.Fprintf(&b, "\t%s\n", filepath.Join(dir, filepath.FromSlash(c.Picture)))
	}
	return b.String()
}
