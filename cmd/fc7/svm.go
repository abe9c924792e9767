package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/pipeline"
)

func newSVM(c *console) *cobra.Command {
	var j pipeline.HeadsJob
	var aggregate, l2, loss, difficult string
	var seeds []uint
	cmd := &cobra.Command{
		Use: "svm FEATURES", Short: "train linear heads on descriptors and score them by a protocol",
		Long: `Svm joins the descriptors of several scales (mean, max or stack), divides them by their L2
norm, trains one linear SVM a class against the rest (LIBLINEAR's problem: L2-regularised
squared hinge), chooses C on images that no score counts, and scores by the data set's own
protocol:

  voc2007, voc2012  C chosen on val, heads of trainval, average precision on test; images
                    whose objects of a class are all difficult are ignored
  caltech101        seeded random splits, 30 images a class to train, up to 50 to test, a
                    fifth of the training images held out for C; mean class recall
  caltech256        the same with 60 images to train and all others to test

OUT holds head.safetensors, scores.json and, for VOC, the devkit's result files.`,
		Example: `  fc7 svm runs/voc --protocol voc2007 --aggregate mean
  fc7 svm runs/c101 --protocol caltech101 --aggregate stack --scales 256,384,512
  fc7 svm runs/c101 --protocol caltech101 --c 10 --bias 1 --seeds 0`,
		Args: exactly("FEATURES"),
		RunE: func(cmd *cobra.Command, args []string) error {
			j.Features = args[0]
			j.Choice.Aggregate, j.Choice.L2 = protocol.How(aggregate), protocol.L2(l2)
			j.Difficult = protocol.Difficult(difficult)
			var err error
			if j.Settings.Loss, err = svm.ParseLoss(loss); err != nil {
				return usage(cmd, err)
			}
			j.Seeds = nil
			for _, s := range seeds {
				j.Seeds = append(j.Seeds, uint32(s))
			}
			r, err := pipeline.Heads(cmd.Context(), j, c.events())
			if err != nil {
				return err
			}
			printHeads(c, r)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&j.Protocol, "protocol", "", strings.Join(pipeline.Protocols(), ", ")+" (required)")
	f.StringVar(&aggregate, "aggregate", string(protocol.Mean), "how scales are joined: mean, max or stack")
	f.IntSliceVar(&j.Choice.Scales, "scales", nil, "scales to use; default: all of the table")
	f.StringVar(&j.Choice.Layer, "layer", "", "layer to use; default: the table's only one")
	f.StringVar(&l2, "l2", string(protocol.L2After), "what is L2-normalised: after or before joining the scales, both, none")
	f.Float64Var(&j.Settings.C, "c", 0, "fixed C; default: chosen from the grid")
	f.Float64SliceVar(&j.Settings.Grid, "grid", protocol.DefaultGrid(), "values of C to choose from")
	f.StringVar(&loss, "loss", "squared-hinge", "squared-hinge, hinge or logistic")
	f.Float64Var(&j.Settings.Bias, "bias", 0, "constant feature appended to each row, regularised as LIBLINEAR's -B; 0: none")
	f.Float64Var(&j.Settings.Epsilon, "eps", 0, "tolerance of the solver; default: 0.01")
	f.StringVar(&difficult, "difficult", "", "VOC, in training: difficult-only images are out (default), positive or negative")
	f.IntVar(&j.TrainPerClass, "train-per-class", 0, "Caltech: images a class to train; default: 30, of Caltech-256 60")
	f.IntVar(&j.TestPerClass, "test-per-class", 0, "Caltech: images a class to test, at most; default: 50, of Caltech-256 all others")
	f.UintSliceVar(&seeds, "seeds", []uint{0, 1, 2}, "Caltech: one random split each")
	f.StringVarP(&j.Out, "out", "o", "", "folder for the heads; default: heads in the run's folder")
	f.BoolVar(&j.Replace, "replace", false, "replace heads that stand there already")
	f.IntVar(&j.Settings.Threads, "threads", 0, "threads; default: all cores")
	require(cmd, "protocol")
	return cmd
}

func printHeads(c *console, r *pipeline.HeadsResult) {
	if r.VOC != nil {
		printVOC(c, r.VOC)
	} else {
		printCaltech(c, r.Caltech)
	}
	c.printf("heads and scores: %s\n", r.Out)
}

func percent(v metrics.Value) string {
	if !v.Defined() {
		return "-"
	}
	return fmt.Sprintf("%.1f", 100*float64(v))
}

func printVOC(c *console, v *protocol.VOCResult) {
	for _, n := range v.Notes {
		c.note(n)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "class\ttrain +\t%s +\tignored\tC\tAP 11-point\tAP all-point\t\n", v.Scored)
	for _, k := range v.Classes {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%g\t%s\t%s\t\n", k.Name, k.TrainPositives, k.Positives, k.Ignored, k.C, percent(k.AP11), percent(k.APAll))
	}
	fmt.Fprintf(w, "mean\t\t\t\t\t%s\t%s\t\n", percent(v.MeanAP11), percent(v.MeanAPAll))
	w.Flush()
	c.printf("%d images of %s trained, %d of %s scored; %s\n", v.Images.Trained, v.Trained, v.Images.Scored, v.Scored, choice(v.Choice))
}

func choice(h protocol.Choice) string {
	s := fmt.Sprintf("C = %g, chosen on %s", h.C, h.On)
	if h.Note != "" {
		s += " (" + h.Note + ")"
	}
	return s
}

func printCaltech(c *console, r *protocol.CaltechResult) {
	for _, n := range r.Notes {
		c.note(n)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "split\ttrain\ttest\tC\tmean class recall\taccuracy\t\n")
	for _, s := range r.Splits {
		fmt.Fprintf(w, "seed %d\t%d\t%d\t%g\t%s\t%s\t\n", s.Seed, s.Images.Train, s.Images.Test, s.C, percent(s.MeanRecall), percent(s.Accuracy))
	}
	w.Flush()
	c.printf("mean class recall over %d classes: %s", len(r.Classes), percent(r.MeanRecall))
	if r.Deviation.Defined() {
		c.printf(" ± %s over %d splits", percent(r.Deviation), len(r.Splits))
	}
	c.printf("\n")
}
