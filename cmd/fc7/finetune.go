package main

import (
	"time"

	"fc7/internal/usage"

	"github.com/spf13/cobra"

	"fc7/heads/finetune"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/training"
	"fc7/vgg/train"
)

const finetuneLong = `Finetune puts new last layers on the net of a weights file, of any source, and trains them, and
those layers that are not frozen, on the classes of a data set. The loss is the softmax
cross-entropy where an image has one class, the sigmoid cross-entropy where it may have several
labels (VOC: those of difficult objects alone do not count); --loss says otherwise.

The frozen layers are computed once: of each training image --views random crops at random
scales, mirrored and shifted in colour by the seed, of each validation image the middle. Their
maps are cached on the disk in OUT/views, or in --cache for several runs on the same ones, and
an epoch then costs what the new layers cost. With --unfreeze a second phase trains more
layers, at a lower rate, on images that are varied anew in each epoch.

--freeze takes ` + finetune.FreezeHelp + `.
Batch normalisations that are frozen keep their running statistics.

OUT/weights.safetensors is the net with the lowest validation error (of several labels, the
highest mean AP) of both phases: a net like any other, that names its classes and keeps the
preprocessing of the weights it came from. Interrupted at any moment, the same command goes on,
and every later loss is what it would have been. fc7 report OUT draws the curves. Images that
cannot be read are named, counted and left out; the exit status is then 3.`

func newFinetune(c *console) *cobra.Command {
	var j training.TuneJob
	var scale, init string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "finetune DATASET", Short: "new last layers on the frozen ones of a net",
		Long: finetuneLong + "\n\n" + kindsHelp(),
		Example: `  fc7 finetune folder:/data/birds --weights vgg16.pth --out runs/birds
  fc7 finetune caltech101:/data/caltech-101 --weights vgg16.pth --freeze conv --s 256-512 --out runs/c101
  fc7 finetune voc2007:/data/VOCdevkit --weights vgg16.pth --epochs 20 --unfreeze 'conv5_*' --unfreeze-rate 0.0005 --unfreeze-epochs 5 --out runs/voc`,
		Args: exactly("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			j.DataSet = args[0]
			if j.Init, err = train.ParseInit(init); err != nil {
				return usage.Wrap(err)
			}
			if j.SMin, j.SMax, err = parseScale(scale); err != nil {
				return usage.Wrap(err)
			}
			if err := unfreezeFlags(cmd, j); err != nil {
				return usage.Wrap(err)
			}
			t := &trainView{c: c, asJSON: asJSON}
			if j.Weights == "" {
				j.Weights = orSmall(c, nil)[0]
			}
			r, err := training.FineTune(cmd.Context(), j, t.events())
			if err != nil {
				return err
			}
			c.clear()
			printTraining(c, r)
			if r.Failed > 0 {
				c.printf("%s could not be read and took no part\n", counted(r.Failed, "image"))
				return conveyor.ErrSomeFailed
			}
			return nil
		},
	}
	tuneFlags(cmd, &j, &scale, &init)
	runFlags(cmd, &j.Job, &asJSON)
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
func tuneFlags(cmd *cobra.Command, j *training.TuneJob, scale, init *string) {
	f := cmd.Flags()
	f.StringVar(&j.Weights, "weights", "", "weights to fine-tune: a file, or the name of fetched ones"+smallHelp)
	f.StringVar(&j.Net, "net", "", "net that the weights must be of")
	f.StringArrayVar(&j.Freeze, "freeze", nil, "layers that stay as they are; repeatable; default: all but the new ones")
	f.StringVar(&j.New, "new", "", "first layer that starts anew: fc6, fc7 or fc8; default: fc8, or fc6 where the weights have none")
	f.IntVar(&j.Width, "width", 0, "of new fc6 and fc7; default: as they are, or the net's")
	f.Float64Var(&j.NewRate, "new-rate", 0, "learning rate of the new last layer, for inputs divided by their norm; default: 1")
	f.StringVar(&j.Loss, "loss", "", "softmax: one class an image; sigmoid: several; default: as the labels are")
	f.IntVar(&j.Views, "views", 0, "cached views of a training image; default: 8, negative: its middle alone")
	f.StringVar(&j.Cache, "cache", "", "folder of the cached maps; default: OUT/views")
	f.StringVar(scale, "s", "256", "smallest side S of the images, or a range as 256-512 to draw it from")
	f.IntVar(&j.Epochs, "epochs", 0, "passes on cached maps; default: 30")
	f.Float64Var(&j.Rate, "rate", 0, "learning rate of the layers that the weights had; new hidden ones have ten times that; default: 0.001")
	f.StringVar(&j.Schedule, "schedule", "cosine", training.ScheduleHelp)
	f.StringArrayVar(&j.Unfreeze, "unfreeze", nil, "layers (conv5_*) or tensors that a second phase trains too; repeatable")
	f.IntVar(&j.UnfreezeEpochs, "unfreeze-epochs", 0, "passes of the second phase; default: 5")
	f.Float64Var(&j.UnfreezeRate, "unfreeze-rate", 0, "learning rate of the second phase; default: a tenth of --rate")
	f.StringVar(&j.UnfreezeSchedule, "unfreeze-schedule", "", "of the second phase; default: --schedule")
	f.IntVar(&j.Batch, "batch", 0, "images a step; default: 64")
	f.Int64Var(&j.Job.Cache, "image-cache", 0, "bytes of decoded images that are kept; default: 2 GiB, negative: none")
	f.StringVar(init, "init", train.He.String(), "of new hidden layers; the last one starts at zero: "+train.InitHelp)
}

// runFlags are those of every training.
func runFlags(cmd *cobra.Command, j *training.Job, asJSON *bool) {
	f := cmd.Flags()
	f.StringVarP(&j.Out, "out", "o", "", "folder of the run (required)")
	f.IntVar(&j.Part, "part", 0, "images of a batch that are computed at once, which decides the memory; default: 32")
	f.Float64Var(&j.HeldOut, "held-out", 0, "share of each class's images to validate on, without a val split; default: 0.1, negative: none")
	f.Float64Var(&j.Dropout, "dropout", 0, "of fc6 and fc7; default: 0.5, negative: none")
	f.Float64Var(&j.Momentum, "momentum", 0, "default: 0.9, negative: none")
	f.Float64Var(&j.Decay, "decay", 0, "L2 penalty; default: 5e-4, negative: none")
	f.BoolVar(&j.NoFlip, "no-flip", false, "no mirror images")
	f.BoolVar(&j.NoColour, "no-colour", false, "no shift of colours")
	f.Uint64Var(&j.Seed, "seed", 0, "of all that is random")
	f.IntVar(&j.Choice.PerClass, "per-class", 0, "only the first N images of each class")
	f.DurationVar(&j.Every, "checkpoint-every", 5*time.Minute, "time between checkpoints; one is also written after each epoch")
	f.IntVar(&j.Keep, "keep", 2, "checkpoints that are kept")
	f.BoolVar(asJSON, "json", false, "events as JSON lines on standard error")
	rowFlags(cmd, &j.Choice)
	threadsFlag(cmd, &j.Threads)
	maxPixelsFlag(cmd, &j.Decode, "larger images are left out")
}
