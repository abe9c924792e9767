package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/internal/usage"
	"fc7/pipeline/localisation"
)

// mergingHelp explains how boxes of windows become one.
const mergingHelp = `Dense testing slides the window of 224 pixels over the whole image at the scales (--scales, or each
net's own S): each position gives a box, those of all nets and scales are merged greedily, the
pair that matches best first, and a merged box is rated by the sum of the probabilities of its
class in the windows that it came from. Two boxes match by 1 - IoU plus the distance of their
centres by the mean of their diagonals, and are merged where that is at most --merge-below, to
the mean of all members; --merge literal takes the score that OverFeat (arXiv 1312.6229, section
4) writes, the distance of the centres plus the shared area in pixels, which merges strangers
before twins. Classes are those of --weights, whose posteriors are averaged over nets and scales.
Boxes are cut to the image. With --flip the mirror image is looked at, too, which takes twice as long:
its boxes, turned back, are united with the others, of the middle the two are averaged, and so are
the probabilities of classes.`

func newLocaliseEvaluate(c *console) *cobra.Command {
	j := localisation.DefaultJob()
	var nets localiseNets
	var dry dryRun
	cmd := &cobra.Command{
		Use: "evaluate DATASET", Short: "how often predicted boxes are right, beside the paper's figures",
		Long: `Evaluate scores nets that predict boxes on a data set with true ones, as tables 8 and 9 of the
paper: on the middle of each image with the class given (centre), and densely (dense), each net by
itself and all together. A box is right where its IoU with a true box of the class is at least 0.5,
by inclusive pixels. It tells the share of objects that are right with the class given, their mean
IoU and the mean over the classes (CorLoc), and with --weights ILSVRC's errors: of the five most
probable classes one is right, with its box (top-5), or the first is (top-1; with few classes that
is the figure that counts). An image with objects of several classes counts once for each. Always
there is the baseline that looks at nothing: a box in the middle, of the whole image, of 75 % of
its sides (on ImageNet's validation set 58.5 and 45.5 % wrong), and of the share that is right on
most of the images that a net was trained on.

` + mergingHelp + `

OUT/maps has what each net gave at each position, as tables that fc7 extract makes: interrupted at
any moment, the same command goes on, and a net that is added later is added to what is there. They
take 4 bytes an output and position: of nets of 1000 classes at S = 384 about 0.2 MB an image, of pcr 0.8.
OUT/localisation.json has the figures. An image that cannot be read counts as wrong, and the exit
status is then 3. Images without a box, and objects marked difficult, are left out and counted, and
so are the validation images that ILSVRC's blacklist names (1,762), where a development kit with
that list (ILSVRC2014_devkit) lies in the folder of imagenet:.

` + readingHelp,
		Example: `  fc7 localise evaluate vocxml:photos --boxes-net runs/boxes/weights.safetensors --out runs/scored
  fc7 localise evaluate imagenet:/data/ILSVRC --boxes-net pcr256.safetensors --boxes-net pcr384.safetensors --weights vgg16.pth --weights vgg19.pth --out runs/table9`,
		Args: exactly("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := nets.set(&j); err != nil {
				return err
			}
			if err := exclusive(cmd, "per-class", "limit"); err != nil {
				return err
			}
			if err := j.Check(); err != nil {
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
				return c.foretell(localisation.Estimate(cmd.Context(), j, c.events()))
			}
			r, err := localisation.Evaluate(cmd.Context(), j, c.events())
			if r != nil {
				err = errors.Join(err, c.result(r, func() error { return printLocalisation(c, r) }))
			}
			return err
		},
	}
	nets.add(cmd, &j)
	splitFlag(cmd, &j.Choice.Split, "only this split: "+usage.OneOf(datasets.Splits())+"; default: val of imagenet:, else all images")
	splitsFlag(cmd, &j.Choice)
	columnFlags(cmd, &j.Choice)
	countFlags(cmd, &j.Choice)
	dry.add(cmd, "images")
	return cmd
}

// localiseNets are the nets of evaluate and predict, as they are given.
type localiseNets struct{ as readingFlags }

// add adds the flags that evaluate and predict have in common.
func (n *localiseNets) add(cmd *cobra.Command, j *localisation.Job) {
	f := cmd.Flags()
	f.StringArrayVar(&j.Boxes, "boxes-net", nil, "weights of a net that predicts boxes; several: their boxes are merged (required)")
	f.StringArrayVar(&j.Weights, "weights", nil, "weights of a net that tells the classes; several: nets whose posteriors are averaged; default: none")
	n.as.add(cmd)
	scalesFlag(cmd, &j.Scales, "smallest image sides Q of dense testing")
	f.Lookup("scales").DefValue = "of each net of boxes its own S"
	flag(f, &j.Merge.Rule, "merge", "string", j.Merge.Rule, oneOf("rule of merging", localisation.RuleRelative, localisation.RuleLiteral), "how boxes match: relative or literal")
	numberFlag(f, &j.Merge.Threshold, "merge-below", number(0), "boxes that match by at most this are merged; 0: equal ones alone. Of literal in pixels")
	f.BoolVar(&j.Flip, "flip", false, "look at the mirror images, too, and unite their boxes with the others")
	outFlag(cmd, &j.Out, "folder of the run (required)")
	maxPixelsFlag(cmd, &j.Decode, "larger images fail")
	memoryFlag(cmd)
	shardRowsFlag(cmd, &j.ShardRows)
	threadsFlag(cmd, &j.Threads, netThreads)
	require(cmd, "out", "boxes-net")
}

// set puts what was said of how weights are read into the job: of all nets that tell classes.
func (n *localiseNets) set(j *localisation.Job) (err error) {
	for _, w := range append(j.Boxes[:len(j.Boxes):len(j.Boxes)], j.Weights...) {
		if strings.TrimSpace(w) == "" {
			return usage.Unfit("--boxes-net or --weights", w, "a file")
		}
	}
	j.As, err = n.as.readings(len(j.Weights))
	return err
}

func boxPercent(v float64) string { return fmt.Sprintf("%.1f", 100*v) }

func printLocalisation(c *console, r *localisation.Result) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	printLocalisationRows(w, r)
	if err := w.Flush(); err != nil {
		return err
	}
	for i, b := range r.Boxes {
		c.printf("net %d: %s, %s, S = %d, %s\n", i+1, b.Net, b.Regress, b.Side, b.Weights)
	}
	for _, b := range r.Weights {
		c.printf("classes: %s, %s\n", b.Net, b.Weights)
	}
	c.printf("merging: %v\n%s", r.Merging, counted(r.Images, "image"))
	if r.Flip {
		c.printf(", with their mirror images")
	}
	if r.Failed > 0 {
		c.printf(", of which %d could not be read and count as wrong", r.Failed)
	}
	c.printf("\n\nin the paper, on ImageNet's validation set, error in %%:\n")
	for _, p := range r.Published {
		fmt.Fprintf(w, "%s\t%s\t%.1f\n", p.Source, p.How, p.Error)
	}
	return w.Flush()
}

func printLocalisationRows(w io.Writer, r *localisation.Result) {
	classes := len(r.Weights) > 0
	head := "in % of the objects\nviews\tnets\tscales\tright\terror\tmean IoU\tCorLoc"
	if classes {
		head += "\ttop-1 error\ttop-5 error"
	}
	fmt.Fprintln(w, head)
	for _, row := range r.Rows {
		views, nets := row.Views, ""
		if row.Views == localisation.ViewsConstant {
			views = fmt.Sprintf("constant, %.0f %%", 100*row.Share)
		}
		for i, n := range row.Nets {
			if i > 0 {
				nets += "+"
			}
			nets += fmt.Sprint(n + 1)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s", views, nets, commas(row.Scales), boxPercent(row.Right), boxPercent(1-row.Right), boxPercent(row.MeanIoU), boxPercent(row.CorLoc))
		if classes {
			fmt.Fprintf(w, "\t%s\t%s", boxPercent(*row.Top1), boxPercent(*row.Top5))
		}
		fmt.Fprintln(w)
	}
}
