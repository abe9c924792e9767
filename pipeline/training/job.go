package training

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/internal/usage"
	"fc7/pipeline/conveyor"
	"fc7/vgg"
	"fc7/vgg/train"
)

// Job says what to train; the zero value of an option is its default.
type Job struct {
	DataSet string // KIND:PATH
	Choice  datasets.Options
	Decode  picture.DecodeOptions

	ImageTime time.Duration // for reading and decoding one image; 0: conveyor.DefaultImageTime
	Patience  time.Duration // with a machine that cannot read images; 0: conveyor.DefaultPatience

	HeldOut float64 // share of each class's images for validation, where the data set has no val split; 0: 0.1, negative: none
	From    string  // weights whose layers of the same name and shape the first stage starts from
	Stages  []Stage
	Batch   int // images a step; 0: 256, the paper's
	Part    int // images at once, whose gradients are added up: what decides the memory; 0: at most 32

	Loss string // "softmax" (one class an image), "sigmoid" (several labels), or empty: as the data set's labels are

	Dropout  float64 // of the first two fully connected layers; 0: 0.5, negative: none
	Momentum float64 // 0: 0.9; negative: none
	Decay    float64 // L2; 0: 5e-4; negative: none
	Init     train.Init
	Seed     uint64
	Freeze   []string // patterns of layers or tensors
	// Factors multiply the rate of layers. Where convolutions are batch-normalised and fully connected layers, with thousands of
	// inputs of one sign, are not, one rate for both lets most of fc6 die within the first steps.
	Factors  []train.Factor
	Standard bool // divide by the channels' deviation, too; false: subtract the mean RGB alone, as the paper
	NoFlip   bool
	NoColour bool // leave the shift of colour out

	Cache    int64 // bytes of decoded images kept; 0: 2 GiB, negative: none
	Threads  int
	decoders int
	Out      string
	Every    time.Duration // between checkpoints; 0: five minutes. One is also written after each epoch.
	Keep     int           // checkpoints kept; 0: 2
}

// Stage is a stretch of training with one net and one way to choose the scale S of an image.
type Stage struct {
	Net      string  `json:"net"`
	SMin     int     `json:"s_min"` // smallest side of an image, drawn from SMin to SMax for each image
	SMax     int     `json:"s_max"`
	Epochs   int     `json:"epochs"`
	Rate     float64 `json:"rate"`
	Schedule string  `json:"schedule"` // see parseSchedule
	// Warmup is how many epochs, or what part of one, the rate takes to rise to what the schedule says; 0: none.
	Warmup float64 `json:"warmup,omitempty"`

	// Of fine-tuning: the layer whose cached maps the stage trains on (empty: images), and the tensors that stay as
	// they are.
	Cached string   `json:"cached,omitempty"`
	Frozen []string `json:"frozen,omitempty"`
}

// crop is the side of what the net sees.
const crop = vgg.MinSide

// reading is how the images are read.
func (j Job) reading() conveyor.Options {
	return conveyor.Options{Decode: j.Decode, ImageTime: j.ImageTime, Patience: j.Patience}
}

// Check tells what is wrong with the job, whatever its files.
func (j Job) Check() error {
	_, err := j.complete()
	return err
}

// complete fills in defaults and checks.
func (j Job) complete() (Job, error) {
	if j.HeldOut == 0 {
		j.HeldOut = DefaultHeldOut
	}
	if !(j.HeldOut < 1) {
		return j, usage.Errorf("share of images held out %v: expected more than 0 and less than 1, or less than 0 for none", j.HeldOut)
	}
	if j.Batch == 0 {
		j.Batch = DefaultBatch
	}
	if j.Part == 0 {
		j.Part = min(j.Batch, DefaultPart)
	}
	if j.Batch < 1 || j.Part < 1 || j.Part > j.Batch {
		return j, usage.Errorf("batches of %d images in parts of %d: expected 1 or more, and a part no larger than the batch", j.Batch, j.Part)
	}
	if j.Dropout == 0 {
		j.Dropout = DefaultDropout
	}
	j.Dropout = math.Max(0, j.Dropout)
	if j.Momentum == 0 {
		j.Momentum = DefaultMomentum
	}
	if !(j.Dropout < 1 && j.Momentum < 1) {
		return j, usage.Errorf("dropout %v and momentum %v: expected less than 1", j.Dropout, j.Momentum)
	}
	if j.Decay == 0 {
		j.Decay = DefaultDecay
	}
	if j.Cache == 0 {
		j.Cache = DefaultCache
	}
	if j.Every == 0 {
		j.Every = DefaultEvery
	}
	if j.Keep == 0 {
		j.Keep = DefaultKeep
	}
	if len(j.Stages) == 0 {
		return j, usage.Errorf("no stage of training: name a net")
	}
	j.Stages = slices.Clone(j.Stages)
	for i := range j.Stages {
		if err := j.Stages[i].complete(); err != nil {
			return j, fmt.Errorf("stage %d: %w", i+1, err)
		}
	}
	return j, j.checkPatterns()
}

// checkPatterns refuses patterns that name nothing of a stage's net, or freeze all of it.
func (j Job) checkPatterns() error {
	for _, s := range j.Stages {
		c, err := vgg.Lookup(s.Net)
		if err != nil {
			return err
		}
		frozen, err := train.Named(c, j.Freeze)
		if err != nil {
			return err
		}
		if all, err := train.Named(c, []string{"*"}); err != nil || len(frozen) == len(all) {
			return cmp.Or(err, usage.Errorf("the patterns %q freeze every parameter of %s, so nothing is left to train", j.Freeze, s.Net))
		}
		for _, f := range j.Factors {
			if _, err := train.Named(c, []string{f.Pattern}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Stage) complete() error {
	c, err := vgg.Lookup(s.Net)
	if err != nil {
		return err
	}
	s.Net = c.Name
	if s.SMin == 0 {
		s.SMin = DefaultSide
	}
	if s.SMax == 0 {
		s.SMax = s.SMin
	}
	if s.SMin < crop || s.SMax < s.SMin || s.SMax > 4096 {
		return usage.Errorf("smallest side S from %d to %d: expected at least %d, what a crop covers, and at most 4096", s.SMin, s.SMax, crop)
	}
	if s.Epochs == 0 {
		s.Epochs = DefaultEpochs
	}
	if s.Epochs < 1 || s.Epochs > 1<<20 {
		return usage.Errorf("%d epochs: expected 1 or more", s.Epochs)
	}
	if s.Rate == 0 {
		s.Rate = DefaultRate
	}
	if !(s.Rate > 0) || math.IsInf(s.Rate, 0) {
		return usage.Errorf("learning rate %v: expected a positive number", s.Rate)
	}
	if !(s.Warmup >= 0) || math.IsInf(s.Warmup, 0) {
		return usage.Errorf("a rate that rises over %v epochs: expected 0 or more", s.Warmup)
	}
	if s.Schedule == "" {
		s.Schedule = DefaultSchedule
	}
	_, err = parseSchedule(s.Schedule, s.Epochs)
	return err
}

// PaperStages is the training of net as in the paper: A from random weights where net is deeper than A, then S = 256, S
// = 384 at a tenth of the rate, and S from 256 to 512. epochs is that of the first stage; the others take a quarter of
// it.
func PaperStages(net string, epochs int) ([]Stage, error) {
	c, err := vgg.Lookup(net)
	if err != nil {
		return nil, err
	}
	if epochs == 0 {
		epochs = DefaultEpochs
	}
	var s []Stage
	if c.Paper != "A" && c.Paper != "A-LRN" {
		s = append(s, Stage{Net: shallow(c.Name), SMin: 256, SMax: 256, Epochs: epochs, Rate: 1e-2})
	}
	quarter := max(1, epochs/4)
	return append(s,
		Stage{Net: net, SMin: 256, SMax: 256, Epochs: epochs, Rate: 1e-2},
		Stage{Net: net, SMin: 384, SMax: 384, Epochs: quarter, Rate: 1e-3},
		Stage{Net: net, SMin: 256, SMax: 512, Epochs: quarter, Rate: 1e-3}), nil
}

// shallow is the name of A as narrow and with the options of the net of that name.
func shallow(name string) string {
	if i := strings.IndexAny(name, "_/:"); i >= 0 {
		return "vgg11" + name[i:]
	}
	return "vgg11"
}
