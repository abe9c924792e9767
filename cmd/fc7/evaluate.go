package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/heads/metrics"
	"fc7/internal/usage"
	"fc7/pipeline/evaluation"
)

const evaluateExample = `  fc7 evaluate imagenet:/data/imagenet --weights vgg16.caffemodel --out runs/d
  fc7 evaluate imagenet:/data/imagenet --weights vgg16.caffemodel --weights vgg19.caffemodel --views both --out runs/de
  fc7 evaluate imagenet:/data/imagenet --weights vgg16.pth --views centre --out runs/tv
  fc7 evaluate folder:/data/test --weights finetuned.safetensors --scales 256 --out runs/mine`

func newEvaluate(c *console) *cobra.Command {
	var j evaluation.Job
	var dry dryRun
	cmd := &cobra.Command{
		Use: "evaluate DATASET", Short: "top-1 and top-5 error of nets, beside the paper's figures",
		Long: `Evaluate measures the classification error of one net or several on a data set with one
label an image: the validation set of ImageNet, as in tables 3 to 6 of the paper, or any
other whose classes the nets know. Every scale, kind of views and net is scored alone and
together with the others: top-1 and top-5 error, and the mean of the classes' recalls; where the paper, or torchvision for its weights,
gives the error of the same net tested the same way on ImageNet, it is printed beside ours.

` + testingHelp + classesHelp + "\n\n" + readingHelp + `

OUT/posteriors holds a table of posteriors for each net and kind of views, made as fc7 extract
makes tables: interrupted at any moment, the same command goes on, and a net or views added
later are added to what is there. OUT/predictions.parquet has the five best answers for each
image by everything together, OUT/evaluation.json the figures: both of the nets and views of the last call. An image that cannot be read
counts as an error, and the exit status is then 3.

Classes of ImageNet are matched by WordNet id. Of imagenet: the split val is taken.

` + kindsHelp(),
		Example: evaluateExample, Args: exactly("DATASET"),
	}
	f := cmd.Flags()
	t := testingFlags(cmd, &j.Weights, &j.Net, &j.Classes)
	outFlag(cmd, &j.Out, "folder of the run (required)")
	splitFlag(cmd, &j.Choice.Split, "only this split: "+usage.OneOf(datasets.Splits())+"; default: val of imagenet:, else all images")
	splitsFlag(cmd, &j.Choice)
	foldersFlag(cmd, &j.Choice)
	columnFlags(cmd, &j.Choice)
	countFlags(cmd, &j.Choice)
	j.Worst = 10
	wholeFlag(f, &j.Worst, "worst", 0, "classes and confusions to print; 0: none")
	maxPixelsFlag(cmd, &j.Decode, "larger images fail")
	memoryFlag(cmd)
	shardRowsFlag(cmd, &j.ShardRows)
	threadsFlag(cmd, &j.Threads, netThreads)
	metricsFlag(cmd, c)
	require(cmd, "out")
	dry.add(cmd, "images")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if j.Testing, j.As, err = t.testing(c); err != nil {
			return err
		}
		if err := exclusive(cmd, "per-class", "limit"); err != nil {
			return err
		}
		if err := datasets.Check(args[0], j.Choice); err != nil {
			return err
		}
		if err := (target{name: "--out", path: j.Out, dry: dry.asked}).folder(); err != nil {
			return err
		}
		j.DataSet, j.Command = args[0], c.command
		if dry.asked {
			return c.foretell(evaluation.Estimate(cmd.Context(), j, c.events()))
		}
		e, err := evaluation.Evaluate(cmd.Context(), j, c.events())
		if e != nil {
			err = errors.Join(err, c.result(e, func() error { return printEvaluation(c, e) }))
		}
		return err
	}
	return cmd
}

func printEvaluation(c *console, e *evaluation.Result) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	printErrors(w, e.Rows)
	if err := w.Flush(); err != nil {
		return err
	}
	c.printf("%s", counted(e.Images, "image"))
	if e.Failed > 0 {
		c.printf(", of which %d could not be read and count as errors", e.Failed)
	}
	if e.Unlabelled > 0 {
		c.printf(", %d without a label", e.Unlabelled)
	}
	c.printf("\n")
	for _, n := range e.Nets {
		if !n.Trained {
			c.printf("net: %s with random weights: read the figures as a test of the machinery\n", n.Net)
		}
	}
	if len(e.Worst) > 0 {
		c.printf("\n")
		printWorst(w, e)
		if err := w.Flush(); err != nil {
			return err
		}
	}
	c.printf("\nanswers     %s\nfigures     %s\n", filepath.Join(e.Out, evaluation.PredictionsName), filepath.Join(e.Out, evaluation.EvaluationName))
	for _, t := range e.Tables {
		c.printf("posteriors  %s\n", t)
	}
	return nil
}

// printErrors prints a line for each way of testing.
func printErrors(w io.Writer, rows []evaluation.ErrorRow) {
	head := "error in %, recall in %\nnet\tviews\tscales\ttop-1\ttop-5\tclass recall"
	if slices.ContainsFunc(rows, func(r evaluation.ErrorRow) bool { return len(r.Published) > 0 }) {
		head += "\tpublished"
	}
	fmt.Fprintln(w, head)
	for _, r := range rows {
		scales := strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Scales), " ", ","), "[]")
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s", strings.Join(r.Nets, "+"), r.Views, scales, errorPercent(r.Top1), errorPercent(r.Top5), errorPercent(r.MeanRecall))
		if len(r.Published) > 0 {
			fmt.Fprintf(w, "\t%s", publishedText(r.Published))
		}
		fmt.Fprintln(w)
	}
}

// printWorst prints the classes missed most, and the wrong answers given most.
func printWorst(w io.Writer, e *evaluation.Result) {
	fmt.Fprintln(w, "worst classes\timages\ttop-1\ttop-5")
	for _, k := range e.Worst {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", classText(k.Class), k.Items, shareText(k.Top1, k.Items), shareText(k.Top5, k.Items))
	}
	fmt.Fprintln(w, "\nworst confusions\tanswer\timages")
	for _, k := range e.Confusions {
		fmt.Fprintf(w, "%s\t%s\t%d\n", classText(k.Truth), classText(k.Answer), k.Count)
	}
}

// errorPercent is a share with two digits.
func errorPercent(v metrics.Value) string {
	if !v.Defined() {
		return "-"
	}
	return fmt.Sprintf("%.2f", 100*float64(v))
}

func shareText(n, of int) string { return errorPercent(metrics.Value(float64(n) / float64(of))) }

func publishedText(all []evaluation.Published) string {
	var parts []string
	for _, p := range all {
		parts = append(parts, fmt.Sprintf("%.1f/%.1f (%s)", p.Top1, p.Top5, p.Source))
	}
	return strings.Join(parts, "  ")
}

// classText is a class for a table, with its label where it goes by words.
func classText(k evaluation.Class) string {
	if k.Name == "" {
		return k.Label
	}
	return k.Label + " " + k.String()
}
