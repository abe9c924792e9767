package main

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"fc7/datasets"
	"fc7/internal/usage"
	"fc7/pipeline/training"
	"fc7/vgg"
	"fc7/vgg/train"
)

func newTrain(c *console) *cobra.Command {
	j, s := training.DefaultJob(), training.DefaultStage()
	scale := sides{s.SMin, s.SMax}
	var recipe string
	var as readingFlags
	var dry bool
	cmd := &cobra.Command{
		Use: "train DATASET", Short: "train a net on the classes of a data set",
		Long: `Train follows section 3.1 of the paper: multinomial logistic regression by SGD with momentum
0.9, L2 penalty 5e-4 and dropout 0.5; each image rescaled to a smallest side S, fixed or drawn
anew each time (--s 256-512), a random crop of 224 x 224, flipped at random, its colours
shifted along the principal axes of the data set's colours. The rate falls by a factor of 10
where validation has stopped falling, counted from where the training loss has left chance. The
validation images are the data set's val split; without one, a tenth of each class is held out
by the seed. Where an image may have several labels (VOC), the loss is the sigmoid cross-entropy,
as of finetune; --loss says otherwise.

Weights start as He et al. 2015 draw them, which keeps the signal through all layers of the
deepest net. The images are less their mean alone, as the paper's, so the first layer starts and
moves as it would on images of deviation 1: the same training as with --standard, whose nets
expect divided images. A loss that grows beyond all measure ends the run and leaves the best net
of before.

Before its first step a new training tells what it will take: time an epoch and in all, memory and
disk, from a few steps measured on images of the data set. --dry-run tells that alone.

Stages follow one another, each starting from the net of the one before: the same net as it
is, a deeper one from its first four convolutions and fully connected layers. --recipe paper is
the paper's: A, then the net at S = 256, S = 384, and S from 256 to 512.

OUT/weights.safetensors is the net with the lowest validation error so far (of equal errors that
of the lowest loss), among all stages of the same net, which are validated at one S; extract,
classify and bench take it as any other. OUT/log.jsonl has a line an epoch, and one every ten steps.
Interrupted at any moment, even by a power cut, the same command goes on from the last of
OUT/checkpoints, and every later loss is what it would have been. Images that cannot be read are
named, counted and left out; the exit status is then 3.

` + vgg.NameHelp() + ".",
		Example: `  fc7 train imagenet:/data/ILSVRC --net D --recipe paper --dry-run --out runs/d
  fc7 train imagenet:/data/ILSVRC --net D --recipe paper --out runs/d
  fc7 train caltech101:/data/caltech-101 --net vgg13_bn/8:fc256 --standard --batch 32 --rate 0.02 --epochs 40 --schedule cosine --out runs/small
  fc7 train folder:/data/birds --net vgg16 --from vgg16.safetensors --freeze 'conv[1-3]*' --rate 0.001 --epochs 10 --out runs/birds
  fc7 train folder:/data/birds --stage net=A,epochs=30 --stage net=D,s=256-512,epochs=30 --out runs/staged`,
		Args: exactly("DATASET"), Annotations: map[string]string{endsByItself: "checkpoint"},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			j.DataSet, j.Command = args[0], c.command
			s.SMin, s.SMax = scale.low, scale.high
			if j.From == "" {
				err = idle(cmd, "it is of the weights of --from", readingFlagNames...)
			} else {
				err = idle(cmd, "images are prepared as the weights of --from expect", "standard")
			}
			if err != nil {
				return err
			}
			if j.As, err = as.reading(); err != nil {
				return err
			}
			if j.Stages, err = stagesOf(cmd.Flags().Changed, s, recipe, j.Stages); err != nil {
				return err
			}
			if err := j.Check(); err != nil {
				return err
			}
			if err := datasets.Check(args[0], j.Choice); err != nil {
				return err
			}
			if err := (target{name: "--out", path: j.Out, dry: dry}).folder(); err != nil {
				return err
			}
			ev := c.measures.trains((&trainView{c: c}).events())
			if dry {
				p, err := training.Estimate(cmd.Context(), j, ev)
				if err != nil {
					return err
				}
				return c.result(p, func() error { return printForecast(c, p.Forecast) })
			}
			ev.Plan = c.foretold
			r, err := training.Run(cmd.Context(), j, ev)
			if err != nil {
				return err
			}
			return tellTraining(c, r)
		},
	}
	f := cmd.Flags()
	netFlag(cmd, &s.Net, "net to train")
	sidesFlag(cmd, &scale)
	wholeFlag(f, &s.Epochs, "epochs", 1, "passes over the training images")
	numberFlag(f, &s.Rate, "rate", positive, "learning rate")
	numberFlag(f, &s.Warmup, "warmup", number(0), "epochs over which the rate rises to that of the schedule; 0: none")
	f.Var(&values[train.Factor]{to: &j.Factors, kind: "pattern=factor", parse: parseFactor}, "layer-rate", "PATTERN=FACTOR: multiply the rate of layers (fc*=0.1) or tensors; repeatable")
	flag(f, &s.Schedule, "schedule", "string", s.Schedule, training.CheckSchedule, training.ScheduleHelp)
	flag(f, &recipe, "recipe", "string", "", oneOf("recipe", "paper"), "paper: the stages of the paper for --net, --epochs each for the first ones")
	f.Var(&values[training.Stage]{to: &j.Stages, kind: "stage", parse: parseStage}, "stage", "a stage as net=…,s=…,epochs=…,rate=… (and warmup, schedule); several follow one another")
	wholeFlag(f, &j.Batch, "batch", 1, "images a step")
	f.StringVar(&j.From, "from", "", "weights to start from, a file or the name of fetched ones; images are then prepared as these expect")
	as.add(cmd)
	f.StringArrayVar(&j.Freeze, "freeze", nil, "layers (conv1_*, fc6) or tensors that stay as they are; repeatable")
	flag(f, &j.Init, "init", "string", train.Init{}.String(), train.ParseInit, "initial weights: "+train.InitHelp)
	f.BoolVar(&j.Standard, "standard", false, "divide colours by their deviation, after subtracting the mean; with --from the weights say how images are prepared")
	imageCacheFlag(cmd, &j.Cache)
	renamed(cmd, map[string]string{"cache": "image-cache"})
	classFlags(cmd, &j)
	runFlags(cmd, &j)
	metricsFlag(cmd, c)
	f.BoolVar(&dry, "dry-run", false, "tell what the training would take, from a few measured steps, and write nothing")
	require(cmd, "out")
	return cmd
}

// stagesOf joins the three ways to name stages, and refuses flags that would do nothing beside the one chosen.
func stagesOf(changed func(flag string) bool, s training.Stage, recipe string, given []training.Stage) ([]training.Stage, error) {
	for _, name := range []string{"net", "recipe", "epochs", "s", "rate", "warmup", "schedule"} {
		switch {
		case len(given) > 0 && changed(name):
			return nil, usage.Errorf("--stage excludes --%s: a stage says for itself what it is, as net=…,epochs=…,rate=…", name)
		case recipe != "" && changed(name) && !slices.Contains([]string{"net", "recipe", "epochs"}, name):
			return nil, usage.Errorf("--recipe excludes --%s: the recipe says it", name)
		}
	}
	switch {
	case len(given) > 0:
		return given, nil
	case s.Net == "":
		return nil, usage.Errorf("missing --net: the net to train")
	case recipe != "":
		return training.PaperStages(s.Net, s.Epochs)
	}
	return []training.Stage{s}, nil
}

// stageForm is what parseStage reads.
const stageForm = "net=D,s=256-512,epochs=30,rate=0.001,warmup=1,schedule=plateau, of which only net= is needed"

// parseStage reads net=D,s=256-512,epochs=30,rate=0.001,schedule=plateau.
func parseStage(text string) (s training.Stage, err error) {
	s = training.DefaultStage()
	scale := sides{s.SMin, s.SMax}
	for _, part := range splitStage(text) {
		key, value, found := strings.Cut(part, "=")
		if !found {
			return s, usage.Unfit("", text, fmt.Sprintf("a value for %s: %s", key, stageForm))
		}
		switch key {
		case "net":
			s.Net, err = netName(value)
		case "s":
			scale, err = parseSides(value)
		case "epochs":
			s.Epochs, err = whole(1)(value)
		case "rate":
			s.Rate, err = positive(value)
		case "warmup":
			s.Warmup, err = number(0)(value)
		case "schedule":
			s.Schedule, err = training.CheckSchedule(value)
		default:
			return s, usage.Unfit("", text, stageForm)
		}
		if err != nil {
			return s, within(key, value, err)
		}
	}
	if s.Net == "" {
		return s, usage.Unfit("", text, stageForm)
	}
	s.SMin, s.SMax = scale.low, scale.high
	return s, nil
}

// parseFactor reads PATTERN=FACTOR.
func parseFactor(text string) (train.Factor, error) {
	pattern, value, found := strings.Cut(text, "=")
	rate, err := number(0)(value)
	if _, bad := path.Match(pattern, ""); !found || err != nil || rate == 0 || bad != nil {
		return train.Factor{}, usage.Unfit("", text, "PATTERN=FACTOR, such as fc*=0.1")
	}
	return train.Factor{Pattern: pattern, Rate: rate, Decay: 1}, nil
}

// splitStage cuts at commas, but not before a number, as inside steps:20,40.
func splitStage(text string) []string {
	var parts []string
	for _, p := range strings.Split(text, ",") {
		if len(parts) > 0 && p != "" && strings.Trim(p, "0123456789") == "" {
			parts[len(parts)-1] += "," + p
			continue
		}
		parts = append(parts, p)
	}
	return parts
}

// sides are the smallest sides S of images: low and high are one, or S is drawn between them.
type sides struct{ low, high int }

// String is what parseSides reads.
func (s sides) String() string {
	if s.low == s.high {
		return strconv.Itoa(s.low)
	}
	return fmt.Sprintf("%d-%d", s.low, s.high)
}

func sidesFlag(cmd *cobra.Command, s *sides) {
	flag(cmd.Flags(), s, "s", "pixels", s.String(), parseSides, "smallest side S of the images, or a range as 256-512 to draw it from")
}

// parseSides reads 256 or 256-512.
func parseSides(text string) (s sides, err error) {
	a, b, ranged := strings.Cut(text, "-")
	if s.low, err = whole(vgg.MinSide)(a); err == nil && ranged {
		s.high, err = whole(s.low)(b)
	} else {
		s.high = s.low
	}
	if err != nil {
		return s, usage.Unfit("", text, fmt.Sprintf("a number of pixels, %d or more, or a range as 256-512", vgg.MinSide))
	}
	return s, nil
}
