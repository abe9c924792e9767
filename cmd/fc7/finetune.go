package main

import (
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
Batch normalisations that are frozen keep their running statistics; with --freeze-statistics
all of them do, those whose scale and shift are trained too, as is better with few images.

OUT/weights.safetensors is the net with the lowest validation error (of several labels, the
highest mean AP) of both phases: a net like any other, that names its classes and keeps the
preprocessing of the weights it came from. Interrupted at any moment, the same command goes on,
and every later loss is what it would have been. fc7 report OUT draws the curves. Images that
cannot be read are named, counted and left out; the exit status is then 3.

fc7 classify applies the net. Evidence, where in an image a score comes from, there is of linear
heads alone: train one by fc7 extract --weights OUT/weights.safetensors and fc7 svm.`

func newFinetune(c *console) *cobra.Command {
	t := newTuning(training.DefaultTune())
	cmd := &cobra.Command{
		Use: "finetune DATASET", Short: "new last layers on the frozen ones of a net",
		Long: finetuneLong + "\n\n" + readingHelp + "\n\n" + kindsHelp(),
		Example: `  fc7 finetune folder:/data/birds --weights vgg16.pth --out runs/birds
  fc7 finetune caltech101:/data/caltech-101 --weights vgg16.pth --freeze conv --s 256-512 --out runs/c101
  fc7 finetune voc2007:/data/VOCdevkit --weights vgg16.pth --epochs 20 --unfreeze 'conv5_*' --unfreeze-rate 0.0005 --unfreeze-epochs 5 --out runs/voc
  fc7 finetune folder:/data/sketches --weights vgg16.pth --freeze 'fc[67]' --rate 0.0003 --epochs 10 --out runs/sketches`,
		Args: exactly("DATASET"), Annotations: map[string]string{endsByItself: "checkpoint"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := unfreezeFlags(cmd, t.job); err != nil {
				return err
			}
			return t.run(c, cmd, args[0], "--weights")
		},
	}
	t.add(c, cmd)
	tuneFlags(cmd, &t.job)
	classFlags(cmd, &t.job.Job)
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
	optional(f, &j.Width, "width", "int", maybe(whole(1)), "of new fc6 and fc7", "as they are, or the net's")
	wholeFlag(f, &j.Views, "views", 0, "cached views of a training image; 0: its middle alone")
	renamed(cmd, map[string]string{"cache": "view-cache"})
	wholeFlag(f, &j.Epochs, "epochs", 1, "passes on cached maps")
	numberFlag(f, &j.Rate, "rate", positive, "learning rate of the layers that the weights had; new hidden ones have ten times that")
	f.BoolVar(&j.FreezeStatistics, "freeze-statistics", false, "keep the running mean and variance of all batch normalisations, and normalise by them")
	f.StringArrayVar(&j.Unfreeze, "unfreeze", nil, "layers (conv5_*) or tensors that a second phase trains too; repeatable")
	wholeFlag(f, &j.UnfreezeEpochs, "unfreeze-epochs", 1, "passes of the second phase")
	optional(f, &j.UnfreezeRate, "unfreeze-rate", "float", maybe(positive), "learning rate of the second phase", "a tenth of --rate")
	flag(f, &j.UnfreezeSchedule, "unfreeze-schedule", "string", "", training.CheckSchedule, "of the second phase; default: --schedule")
	flag(f, &j.Init, "init", "string", train.Init{}.String(), train.ParseInit, "of new hidden layers; the last one starts at zero: "+train.InitHelp)
}

// classFlags are those of a training on classes.
func classFlags(cmd *cobra.Command, j *training.Job) {
	flag(cmd.Flags(), &j.Loss, "loss", "string", "", oneOf("loss", "softmax", "sigmoid"), "softmax: one class an image; sigmoid: several; default: as the labels are")
	rowFlags(cmd, &j.Choice)
}

// runFlags are those of every training.
func runFlags(cmd *cobra.Command, j *training.Job) {
	f := cmd.Flags()
	outFlag(cmd, &j.Out, "folder of the run (required)")
	wholeFlag(f, &j.Part, "part", 1, "images of a batch that are computed at once, at most, which decides the memory; it changes rounding alone, but for batch normalisation, whose statistics are those of a part")
	numberFlag(f, &j.HeldOut, "held-out", share, "share of each class's images to validate on, without a val split; 0: none")
	numberFlag(f, &j.Dropout, "dropout", share, "of fc6 and fc7; 0: none")
	numberFlag(f, &j.Momentum, "momentum", share, "of SGD; 0: none")
	numberFlag(f, &j.Decay, "decay", number(0), "L2 penalty; 0: none")
	numberFlag(f, &j.Clip, "clip", number(0), "norm that a longer gradient of a step is cut to; 0: none is")
	f.BoolVar(&j.NoFlip, "no-flip", false, "no mirror images")
	f.BoolVar(&j.NoColour, "no-colour", false, "no shift of colours")
	f.Uint64Var(&j.Seed, "seed", 0, "of all that is random")
	perClassFlag(cmd, &j.Choice)
	flag(f, &j.Every, "checkpoint-every", "duration", j.Every.String(), span, "time between checkpoints, 0 for one after each step; one is also written after each epoch")
	wholeFlag(f, &j.Keep, "keep", 1, "checkpoints that are kept")
	threadsFlag(cmd, &j.Threads, netThreads)
	limitFlags(cmd, &j.Decode, &j.ImageTime, "are left out")
}
