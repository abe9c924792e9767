package main

import (
	"github.com/spf13/cobra"

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
objects that are marked difficult, are left out and counted. Of a photograph that EXIF turns, boxes
are taken to be drawn on the upright picture: those of a program that does not turn it are wrong,
and fc7 dataset inspect names those that were drawn on another size.

OUT/weights.safetensors is the net of the epoch with the fewest wrong boxes, of an IoU with the true
one below 0.5, on the middles of validation images; it knows classes, targets, and S for testing.
fc7 localise evaluate and predict take it. Interrupted at any moment, the same command goes on, and
every later loss is what it would have been. fc7 report OUT draws the curves. Images that cannot be
read are named, counted and left out; the exit status is then 3.

DATASET needs boxes of classes: vocxml:, voc2007:, voc2012:, imagenet: with boxes, or csv: with columns
of them. The default rate is the paper's, of hundreds of thousands of images; some hundred learn more
by --rate 0.01 and more views, and leave none to hold out (--held-out 0: the last epoch counts).`

func newLocaliseTrain(c *console) *cobra.Command {
	t := newTuning(training.DefaultBoxes())
	cmd := &cobra.Command{
		Use: "train DATASET", Short: "train a net that predicts boxes, from one that tells classes",
		Long: localiseTrainLong + "\n\n" + readingHelp,
		Example: `  fc7 localise train vocxml:photos --from vgg16.pth --out runs/boxes
  fc7 localise train vocxml:photos --rate 0.01 --views 40 --held-out 0 --out runs/few
  fc7 localise train imagenet:/data/ILSVRC --from vgg16.pth --regress pcr --tune all --s 384 --batch 256 --out runs/pcr384`,
		Args: exactly("DATASET"), Annotations: map[string]string{endsByItself: "checkpoint"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if t.job.Boxes.Tune == training.TuneAll {
				if err := idle(cmd, "with --tune all no layer's maps are cached", "view-cache"); err != nil {
					return err
				}
			}
			return t.run(c, cmd, args[0], "--from")
		},
	}
	t.add(c, cmd)
	boxFlags(cmd, &t.job)
	classesFlag(cmd, &t.job.Choice)
	splitsFlag(cmd, &t.job.Choice)
	columnFlags(cmd, &t.job.Choice)
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
	wholeFlag(f, &j.Views, "views", 0, "random crops of a training image that are cached, or with --tune all any number, each epoch another; 0: its middle alone")
	wholeFlag(f, &j.Epochs, "epochs", 1, "passes over the training images")
	numberFlag(f, &j.Rate, "rate", positive, "learning rate of the layers that the weights had")
	flag(f, &j.Init, "init", "string", train.Init{}.String(), train.ParseInit, "of the new layer: "+train.InitHelp)
}
