package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/heads/localise"
	"fc7/internal/usage"
	"fc7/pipeline/training"
	"fc7/vgg/small"
	"fc7/vgg/train"
)

const localiseTrainLong = `Train makes, of a net that tells classes, one that predicts boxes (appendix A of the paper): its last
layer is a new one that gives centre, width and height of the object in the crop, of 4 outputs
for all classes (--regress scr) or 4 a class (pcr). The loss is half the squared distance to the
true ones (Euclidean), of pcr over the outputs of the true class alone. Tuned are the fully
connected layers (--tune fc), on maps of the convolutions that are computed once for --views
random crops of each image and cached as finetune does, or all layers (all), on images.

Crops are drawn as train and finetune draw them. Where the paper is silent, options say what is
done: of several boxes of an image the largest is learnt, or a random one, or the nearest to the
image's middle (--several); a crop may have any part of the object, or at least a share (OverFeat's
is 0.5; --min-share); what of the box is beyond the crop is learnt too, or not (--clip-boxes);
targets are in units of the crop, less the mean and divided by the deviation of those of the
training set, which stay with the weights, or in pixels (--targets). Images without a box, and
objects that are marked difficult, are left out and counted.

OUT/weights.safetensors is the net of the epoch with the fewest wrong boxes, of an IoU with the true
one below 0.5, on the middles of validation images; it knows classes, targets, and S for testing.
fc7 localise evaluate and predict take it. Interrupted at any moment, the same command goes on, and
every later loss is what it would have been. fc7 report OUT draws the curves. Images that cannot be
read are named, counted and left out; the exit status is then 3.

DATASET needs boxes of classes: vocxml:, voc2007:, voc2012:, imagenet: with boxes, or csv: with columns
of them. The default rate is the paper's, of hundreds of thousands of images; some hundred learn more
by --rate 0.01 and more views, and leave none to hold out (--held-out 0: the last epoch counts).`

func newLocaliseTrain(c *console) *cobra.Command {
	j := training.DefaultBoxes()
	scale := sides{j.SMin, j.SMax}
	var as readingFlags
	var dry dryRun
	cmd := &cobra.Command{
		Use: "train DATASET", Short: "train a net that predicts boxes, from one that tells classes",
		Long: localiseTrainLong + "\n\n" + readingHelp,
		Example: `  fc7 localise train vocxml:photos --from vgg16.pth --out runs/boxes
  fc7 localise train vocxml:photos --rate 0.01 --views 40 --held-out 0 --out runs/few
  fc7 localise train imagenet:/data/ILSVRC --from vgg16.pth --regress pcr --tune all --s 384 --batch 256 --out runs/pcr384`,
		Args: exactly("DATASET"), Annotations: map[string]string{endsByItself: "checkpoint"},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			j.DataSet, j.Command = args[0], c.command
			j.SMin, j.SMax = scale.low, scale.high
			if j.As, err = as.reading(); err != nil {
				return err
			}
			if j.Boxes.Tune == training.TuneAll {
				if err := idle(cmd, "with --tune all no layer's maps are cached", "view-cache"); err != nil {
					return err
				}
			}
			if err := j.Check(); err != nil {
				return err
			}
			if err := datasets.Check(args[0], j.Choice); err != nil {
				return err
			}
			for _, to := range []target{{name: "--out", path: j.Out, dry: dry.asked}, {name: "--view-cache", path: cmp.Or(j.Cache, j.Out), dry: dry.asked}} {
				if err := to.folder(); err != nil {
					return err
				}
			}
			if j.Weights == "" {
				c.note("no --from: the small net that ships with fc7, trained on Caltech-101 alone; 'fc7 weights list' has the paper's")
				j.Weights = small.Name
			}
			if dry.asked {
				return c.foretell(training.EstimateTune(cmd.Context(), j, (&trainView{c: c}).events()))
			}
			r, err := training.FineTune(cmd.Context(), j, c.measures.trains((&trainView{c: c}).events()))
			if err != nil {
				return err
			}
			return tellTraining(c, r)
		},
	}
	sidesFlag(cmd, &scale)
	boxFlags(cmd, &j)
	as.add(cmd)
	runFlags(cmd, &j.Job)
	cmd.Flags().StringArrayVar(&j.Choice.Classes, "classes", nil, datasets.ClassesHelp+"; repeatable")
	splitsFlag(cmd, &j.Choice)
	columnFlags(cmd, &j.Choice)
	metricsFlag(cmd, c)
	require(cmd, "out")
	dry.add(cmd, "images")
	return cmd
}

// boxFlags are those of training boxes alone.
func boxFlags(cmd *cobra.Command, j *training.TuneJob) {
	f, b := cmd.Flags(), j.Boxes
	choice := func(to *string, name, what, help string, of ...string) {
		flag(f, to, name, "string", *to, oneOf(what, of...), help+": "+usage.OneOf(of))
	}
	f.StringVar(&j.Weights, "from", "", "weights of the net to start from: a file, or the name of fetched ones; default: "+small.Name+", the net that ships with fc7")
	choice(&b.Regress, "regress", "regression", "outputs, 4 for all classes or 4 a class", localise.Single, localise.PerClass)
	choice(&b.Tune, "tune", "layers to tune", "layers that are trained, the fully connected ones or all", training.TuneFC, training.TuneAll)
	choice(&b.Targets, "targets", "targets", "what the outputs are in", training.TargetsStandard, training.TargetsPixels)
	choice(&b.Several, "several", "box of several", "which box of several of an image is learnt", training.SeveralLargest, training.SeveralRandom, training.SeveralCentral)
	f.BoolVar(&b.Clip, "clip-boxes", false, "learn of a box what is in the crop alone")
	numberFlag(f, &b.MinShare, "min-share", share, "share of the object that a random crop has at least, where one of 50 has it; 0: none")
	numberFlag(f, &j.NewRate, "new-rate", positive, "learning rate of the new last layer, for inputs divided by their norm")
	wholeFlag(f, &j.Views, "views", 0, "random crops of a training image that are cached, or with --tune all any number, each epoch another; 0: its middle alone")
	f.StringVar(&j.Cache, "view-cache", "", "folder of the cached maps; default: OUT/views")
	wholeFlag(f, &j.Epochs, "epochs", 1, "passes over the training images")
	numberFlag(f, &j.Rate, "rate", positive, "learning rate of the layers that the weights had")
	flag(f, &j.Schedule, "schedule", "string", j.Schedule, training.CheckSchedule, training.ScheduleHelp)
	wholeFlag(f, &j.Batch, "batch", 1, "images a step")
	imageCacheFlag(cmd, &j.Job.Cache)
	flag(f, &j.Init, "init", "string", train.Init{}.String(), train.ParseInit, "of the new layer: "+train.InitHelp)
}
