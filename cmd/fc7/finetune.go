package main

import (
	"cmp"
	"math"

	"github.com/spf13/cobra"

	"fc7/heads/finetune"
	"fc7/internal/usage"
	"fc7/pipeline/training"
	"fc7/vgg/train"
)

const finetuneLong = `Finetune puts new last layers on the net of a weights file, of any source, and trains them, and
those layers that are not frozen, on the classes of a data set. The loss is the softmax
cross-entropy where an image has one class, the sigmoid cross-entropy where it may have several
labels (VOC: those of difficult objects alone do not count); --loss says otherwise.

The frozen layers are computed once: of each training image --views random crops at random
scales, mirrored and shifted in colour by the seed, of each validation image the middle. Their
maps are cached on the disk in OUT/views, or in --view-cache for several runs on the same ones, and
an epoch then costs what the new layers cost. With --unfreeze a second phase trains more
layers, at a lower rate, on images that are varied anew in each epoch. Where the first layers are
trained from the start (--freeze 'fc[67]': the front learns, the back stays), so are all epochs.

--freeze takes ` + finetune.FreezeHelp + `.
Batch normalisations that are frozen keep their running statistics.

OUT/weights.safetensors is the net with the lowest validation error (of several labels, the
highest mean AP) of both phases: a net like any other, that names its classes and keeps the
preprocessing of the weights it came from. Interrupted at any moment, the same command goes on,
and every later loss is what it would have been. fc7 report OUT draws the curves. Images that
cannot be read are named, counted and left out; the exit status is then 3.`

func newFinetune(c *console) *cobra.Command {
	var j training.TuneJob
	var scale sides
	cmd := &cobra.Command{
		Use: "finetune DATASET", Short: "new last layers on the frozen ones of a net",
		Long: finetuneLong + "\n\n" + kindsHelp(),
		Example: `  fc7 finetune folder:/data/birds --weights vgg16.pth --out runs/birds
  fc7 finetune caltech101:/data/caltech-101 --weights vgg16.pth --freeze conv --s 256-512 --out runs/c101
  fc7 finetune voc2007:/data/VOCdevkit --weights vgg16.pth --epochs 20 --unfreeze 'conv5_*' --unfreeze-rate 0.0005 --unfreeze-epochs 5 --out runs/voc
  fc7 finetune folder:/data/sketches --weights vgg16.pth --freeze 'fc[67]' --rate 0.0003 --epochs 10 --out runs/sketches`,
		Args: exactly("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			j.DataSet = args[0]
			j.SMin, j.SMax = scale.low, scale.high
			if err := unfreezeFlags(cmd, j); err != nil {
				return err
			}
			for _, to := range []target{{name: "--out", path: j.Out}, {name: "--view-cache", path: cmp.Or(j.Cache, j.Out)}} {
				if err := to.folder(); err != nil {
					return err
				}
			}
			t := &trainView{c: c}
			if j.Weights == "" {
				j.Weights = orSmall(c, nil)[0]
			}
			r, err := training.FineTune(cmd.Context(), j, t.events())
			if err != nil {
				return err
			}
			return tellTraining(c, r)
		},
	}
	sidesFlag(cmd, &scale)
	tuneFlags(cmd, &j)
	runFlags(cmd, &j.Job)
	require(cmd, "out")
	return cmd
}

// unfreezeFlags refuses settings of a second phase that there is not.
func unfreezeFlags(cmd *cobra.Command, j training.TuneJob) error {
	for _, n := range []string{"unfreeze-epochs", "unfreeze-rate", "unfreeze-schedule"} {
		if len(j.Unfreeze) == 0 && cmd.Flags().Changed(n) {
			return usage.Errorf("--%s needs --unfreeze: the layers of the second phase", n)
		}
	}
	return nil
}

// tuneFlags are those of fine-tuning alone.
func tuneFlags(cmd *cobra.Command, j *training.TuneJob) {
	f := cmd.Flags()
	f.StringVar(&j.Weights, "weights", "", "weights to fine-tune: a file, or the name of fetched ones"+smallHelp)
	netFlag(cmd, &j.Net, "net that the weights must be of")
	f.StringArrayVar(&j.Freeze, "freeze", nil, "layers that stay as they are; repeatable; default: all but the new ones")
	flag(f, &j.New, "new", "string", "", oneOf("first new layer", "fc6", "fc7", "fc8"), "first layer that starts anew: fc6, fc7 or fc8; default: fc8, or fc6 where the weights have none")
	wholeFlag(f, &j.Width, "width", 0, "of new fc6 and fc7")
	shows(f, "width", "as they are, or the net's")
	numberFlag(f, &j.NewRate, "new-rate", 0, "learning rate of the new last layer, for inputs divided by their norm")
	shows(f, "new-rate", training.TuneNewRate)
	wholeFlag(f, &j.Views, "views", math.MinInt, "cached views of a training image; negative: its middle alone")
	shows(f, "views", training.TuneViews)
	f.StringVar(&j.Cache, "view-cache", "", "folder of the cached maps; default: OUT/views")
	renamed(cmd, map[string]string{"cache": "view-cache"})
	wholeFlag(f, &j.Epochs, "epochs", 0, "passes on cached maps")
	shows(f, "epochs", training.TuneEpochs)
	numberFlag(f, &j.Rate, "rate", 0, "learning rate of the layers that the weights had; new hidden ones have ten times that")
	shows(f, "rate", training.TuneRate)
	flag(f, &j.Schedule, "schedule", "string", training.TuneSchedule, training.CheckSchedule, training.ScheduleHelp)
	f.StringArrayVar(&j.Unfreeze, "unfreeze", nil, "layers (conv5_*) or tensors that a second phase trains too; repeatable")
	wholeFlag(f, &j.UnfreezeEpochs, "unfreeze-epochs", 0, "passes of the second phase")
	shows(f, "unfreeze-epochs", training.TuneUnfreezeEpochs)
	numberFlag(f, &j.UnfreezeRate, "unfreeze-rate", 0, "learning rate of the second phase")
	shows(f, "unfreeze-rate", "a tenth of --rate")
	flag(f, &j.UnfreezeSchedule, "unfreeze-schedule", "string", "", training.CheckSchedule, "of the second phase; default: --schedule")
	wholeFlag(f, &j.Batch, "batch", 0, "images a step")
	shows(f, "batch", training.TuneBatch)
	imageCacheFlag(cmd, &j.Job.Cache, training.DefaultCache)
	flag(f, &j.Init, "init", "string", train.Init{}.String(), train.ParseInit, "of new hidden layers; the last one starts at zero: "+train.InitHelp)
}

// runFlags are those of every training.
func runFlags(cmd *cobra.Command, j *training.Job) {
	f := cmd.Flags()
	outFlag(cmd, &j.Out, "folder of the run (required)")
	flag(f, &j.Loss, "loss", "string", "", oneOf("loss", "softmax", "sigmoid"), "softmax: one class an image; sigmoid: several; default: as the labels are")
	wholeFlag(f, &j.Part, "part", 0, "images of a batch that are computed at once, which decides the memory")
	shows(f, "part", training.DefaultPart)
	numberFlag(f, &j.HeldOut, "held-out", anyNumber, "share of each class's images to validate on, without a val split; negative: none")
	shows(f, "held-out", training.DefaultHeldOut)
	numberFlag(f, &j.Dropout, "dropout", anyNumber, "of fc6 and fc7; negative: none")
	shows(f, "dropout", training.DefaultDropout)
	numberFlag(f, &j.Momentum, "momentum", anyNumber, "of SGD; negative: none")
	shows(f, "momentum", training.DefaultMomentum)
	numberFlag(f, &j.Decay, "decay", anyNumber, "L2 penalty; negative: none")
	shows(f, "decay", training.DefaultDecay)
	f.BoolVar(&j.NoFlip, "no-flip", false, "no mirror images")
	f.BoolVar(&j.NoColour, "no-colour", false, "no shift of colours")
	f.Uint64Var(&j.Seed, "seed", 0, "of all that is random")
	perClassFlag(cmd, &j.Choice)
	flag(f, &j.Every, "checkpoint-every", "duration", training.DefaultEvery.String(), span, "time between checkpoints; one is also written after each epoch")
	j.Keep = training.DefaultKeep
	wholeFlag(f, &j.Keep, "keep", 1, "checkpoints that are kept")
	rowFlags(cmd, &j.Choice)
	threadsFlag(cmd, &j.Threads)
	limitFlags(cmd, &j.Decode, &j.ImageTime, "are left out")
}
