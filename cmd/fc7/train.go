package main

import (
	"fmt"
	"strconv"
	"strings"

	"fc7/internal/usage"

	"github.com/spf13/cobra"

	"fc7/pipeline/training"
	"fc7/vgg"
	"fc7/vgg/train"
)

func newTrain(c *console) *cobra.Command {
	var j training.Job
	var s training.Stage
	var scale, init, recipe string
	var stages, factors []string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "train DATASET", Short: "train a net on a data set with one class an image",
		Long: `Train follows section 3.1 of the paper: multinomial logistic regression by SGD with momentum
0.9, L2 penalty 5e-4 and dropout 0.5; each image rescaled to a smallest side S, fixed or drawn
anew each time (--s 256-512), a random crop of 224 x 224, flipped at random, its colours
shifted along the principal axes of the data set's colours. The rate falls by a factor of 10
where the validation error has stopped falling. The validation images are the data set's val
split; without one, a tenth of each class is held out by the seed.

Stages follow one another, each starting from the net of the one before: the same net as it
is, a deeper one from its first four convolutions and fully connected layers. --recipe paper is
the paper's: A, then the net at S = 256, S = 384, and S from 256 to 512.

OUT/weights.safetensors is the net with the lowest validation error so far; extract, classify
and bench take it as any other. OUT/log.jsonl has a line an epoch, and one every ten steps.
Interrupted at any moment, even by a power cut, the same command goes on from the last of
OUT/checkpoints, and every later loss is what it would have been.

` + vgg.NameHelp() + ".",
		Example: `  fc7 train imagenet:/data/ILSVRC --net D --recipe paper --out runs/d
  fc7 train caltech101:/data/caltech-101 --net vgg13_bn/8:fc256 --standard --batch 32 --rate 0.02 --epochs 40 --schedule cosine --out runs/small
  fc7 train folder:/data/birds --net vgg16 --from vgg16.safetensors --freeze 'conv[1-3]*' --rate 0.001 --epochs 10 --out runs/birds
  fc7 train folder:/data/birds --stage net=A,epochs=30 --stage net=D,s=256-512,epochs=30 --out runs/staged`,
		Args: exactly("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			j.DataSet = args[0]
			if j.Init, err = train.ParseInit(init); err != nil {
				return usage.Wrap(err)
			}
			if s.SMin, s.SMax, err = parseScale(scale); err != nil {
				return usage.Wrap(err)
			}
			if j.Stages, err = stagesOf(s, recipe, stages); err != nil {
				return usage.Wrap(err)
			}
			if j.Factors, err = parseFactors(factors); err != nil {
				return usage.Wrap(err)
			}
			t := &trainView{c: c, asJSON: asJSON}
			r, err := training.Run(cmd.Context(), j, t.events())
			if err != nil {
				return err
			}
			c.clear()
			printTraining(c, r)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.Net, "net", "", "net to train")
	f.StringVar(&scale, "s", "256", "smallest side S of the images, or a range as 256-512 to draw it from")
	f.IntVar(&s.Epochs, "epochs", 0, "passes over the training images; default: 74")
	f.Float64Var(&s.Rate, "rate", 0, "learning rate; default: 0.01")
	f.Float64Var(&s.Warmup, "warmup", 0, "epochs over which the rate rises to that of the schedule; default: none")
	f.StringArrayVar(&factors, "layer-rate", nil, "PATTERN=FACTOR: multiply the rate of layers (fc*=0.1) or tensors; repeatable")
	f.StringVar(&s.Schedule, "schedule", "plateau", training.ScheduleHelp)
	f.StringVar(&recipe, "recipe", "", "paper: the stages of the paper for --net, --epochs each for the first ones")
	f.StringArrayVar(&stages, "stage", nil, "a stage as net=…,s=…,epochs=…,rate=…,warmup=…,schedule=…; several follow one another")
	f.IntVar(&j.Batch, "batch", 0, "images a step; default: 256")
	f.StringVar(&j.From, "from", "", "weights to start from, a file or the name of fetched ones, with torchvision's tensor names (fc7 weights convert makes them)")
	f.StringArrayVar(&j.Freeze, "freeze", nil, "layers (conv1_*, fc6) or tensors that stay as they are; repeatable")
	f.StringVar(&init, "init", train.He.String(), "initial weights: "+train.InitHelp)
	f.BoolVar(&j.Standard, "standard", false, "divide colours by their deviation, after subtracting the mean")
	f.Int64Var(&j.Cache, "cache", 0, "bytes of decoded images that are kept; default: 2 GiB, negative: none")
	runFlags(cmd, &j, &asJSON)
	require(cmd, "out")
	return cmd
}

// stagesOf joins the three ways to name stages.
func stagesOf(s training.Stage, recipe string, texts []string) ([]training.Stage, error) {
	switch {
	case len(texts) > 0 && (recipe != "" || s.Net != ""):
		return nil, usage.Errorf("--stage excludes --net and --recipe")
	case len(texts) > 0:
		var stages []training.Stage
		for _, t := range texts {
			st, err := parseStage(t)
			if err != nil {
				return nil, fmt.Errorf("--stage %s: %w", t, err)
			}
			stages = append(stages, st)
		}
		return stages, nil
	case s.Net == "":
		return nil, usage.Errorf("missing --net: the net to train")
	case recipe == "paper":
		return training.PaperStages(s.Net, s.Epochs)
	case recipe != "":
		return nil, fmt.Errorf("--recipe %s: want paper", recipe)
	}
	return []training.Stage{s}, nil
}

// parseStage reads net=D,s=256-512,epochs=30,rate=0.001,schedule=plateau.
func parseStage(text string) (s training.Stage, err error) {
	for _, part := range splitStage(text) {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "net":
			s.Net = value
		case "s":
			s.SMin, s.SMax, err = parseScale(value)
		case "epochs":
			s.Epochs, err = strconv.Atoi(value)
		case "rate":
			s.Rate, err = strconv.ParseFloat(value, 64)
		case "warmup":
			s.Warmup, err = strconv.ParseFloat(value, 64)
		case "schedule":
			s.Schedule = value
		default:
			err = fmt.Errorf("%q: want net=, s=, epochs=, rate=, warmup= or schedule=", part)
		}
		if err != nil {
			return s, err
		}
	}
	if s.Net == "" {
		return s, usage.Errorf("no net=")
	}
	return s, nil
}

// parseFactors reads PATTERN=FACTOR.
func parseFactors(texts []string) ([]train.Factor, error) {
	var out []train.Factor
	for _, t := range texts {
		pattern, value, found := strings.Cut(t, "=")
		rate, err := strconv.ParseFloat(value, 64)
		if !found || err != nil || !(rate > 0) {
			return nil, fmt.Errorf("--layer-rate %q: want PATTERN=FACTOR, such as fc*=0.1", t)
		}
		out = append(out, train.Factor{Pattern: pattern, Rate: rate, Decay: 1})
	}
	return out, nil
}

// splitStage cuts at commas, but not inside steps:20,40.
func splitStage(text string) []string {
	var parts []string
	for _, p := range strings.Split(text, ",") {
		if len(parts) > 0 && !strings.Contains(p, "=") {
			parts[len(parts)-1] += "," + p
			continue
		}
		parts = append(parts, p)
	}
	return parts
}

// parseScale reads 256 or 256-512.
func parseScale(text string) (low, high int, err error) {
	a, b, ranged := strings.Cut(text, "-")
	if low, err = strconv.Atoi(a); err == nil && ranged {
		high, err = strconv.Atoi(b)
	} else {
		high = low
	}
	if err != nil {
		return 0, 0, fmt.Errorf("smallest side S %q: want a number of pixels, or a range as 256-512", text)
	}
	return low, high, nil
}
