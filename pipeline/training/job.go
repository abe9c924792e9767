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
	"fc7/internal/origin"
	"fc7/internal/usage"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/download"
	"fc7/vgg"
	"fc7/vgg/train"
)

// Job says what to train. [DefaultJob] fills in the defaults; a zero means itself.
type Job struct {
	DataSet string // KIND:PATH
	Choice  datasets.Options
	Decode  picture.DecodeOptions

	ImageTime time.Duration // that the bytes of one image are waited for
	patience  time.Duration // with a machine that cannot read images

	HeldOut float64          // share of each class's images for validation, where the data set has no val split; 0: none
	From    string           // weights whose layers of the same name and shape the first stage starts from
	As      download.Reading // of the weights that the job starts from, or fine-tunes
	Stages  []Stage
	Batch   int // images a step
	// Part is how many images are computed at once, at most, whose gradients are added up: what decides the memory. It
	// changes results by rounding alone, but where batch normalisations take their statistics from the part.
	Part int

	Loss string // "softmax" (one class an image), "sigmoid" (several labels), or empty: as the data set's labels are

	Dropout  float64 // of the first two fully connected layers; 0: none
	Momentum float64 // 0: none
	Decay    float64 // L2; 0: none
	Clip     float64 // the largest norm of a step's gradient; 0: any
	Init     train.Init
	Seed     uint64
	Freeze   []string // patterns of layers or tensors
	// Factors multiply the rate of layers. Where convolutions are batch-normalised and fully connected layers, with thousands of
	// inputs of one sign, are not, one rate for both lets most of fc6 die within the first steps.
	Factors  []train.Factor
	Standard bool // divide by the channels' deviation, too; false: subtract the mean RGB alone, as the paper
	NoFlip   bool
	NoColour bool // leave the shift of colour out

	Cache    int64 // bytes of decoded images kept; 0: none
	Threads  int   // of the net; 0: GOMAXPROCS
	decoders int
	Out      string
	Command  *origin.Command // by which the job was given, for its report; nil: not known
	Every    time.Duration   // between checkpoints; 0: one after each step. One is also written after each epoch.
	Keep     int             // checkpoints kept
}

// Stage is a stretch of training with one net and one way to choose the scale S of an image. [DefaultStage] fills in
// the defaults; a zero means itself.
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

// crop is the side of what the stage's net sees.
func (s Stage) crop() int {
	c, err := vgg.Lookup(s.Net)
	if err != nil { // the job was checked
		return vgg.MinSide
	}
	return c.Side()
}

// reading is how the images are read.
func (j Job) reading() conveyor.Options {
	return conveyor.Options{Decode: j.Decode, ImageTime: j.ImageTime, Patience: j.patience}
}

// Check tells what is wrong with the job, whatever its files.
func (j Job) Check() error {
	_, err := j.complete()
	return err
}

// complete is the job with its nets by their full names and parts no larger than the batch, checked.
func (j Job) complete() (Job, error) {
	if err := j.checkNumbers(); err != nil {
		return j, err
	}
	if len(j.Stages) == 0 {
		return j, usage.Errorf("no stage of training: name a net")
	}
	j.Part = min(j.Part, j.Batch)
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

// checkNumbers refuses numbers that no training can work with.
func (j Job) checkNumbers() error {
	switch {
	case j.ImageTime <= 0 || j.patience <= 0:
		return usage.Errorf("%v for an image, and %v for a machine that cannot read any: expected times above 0", j.ImageTime, j.patience)
	case !(j.HeldOut >= 0 && j.HeldOut < 1):
		return usage.Errorf("share of images held out %v: expected 0 (none) or more, and less than 1", j.HeldOut)
	case j.Batch < 1 || j.Part < 1:
		return usage.Errorf("batches of %d images in parts of %d: expected 1 or more", j.Batch, j.Part)
	case !(j.Dropout >= 0 && j.Dropout < 1):
		return usage.Errorf("dropout %v: expected 0 (none) or more, and less than 1", j.Dropout)
	case !(j.Momentum >= 0 && j.Momentum < 1):
		return usage.Errorf("momentum %v: expected 0 (none) or more, and less than 1", j.Momentum)
	case !(j.Decay >= 0) || math.IsInf(j.Decay, 0):
		return usage.Errorf("L2 penalty %v: expected 0 (none) or a positive number", j.Decay)
	case !(j.Clip >= 0) || math.IsInf(j.Clip, 0):
		return usage.Errorf("gradients cut to a norm of %v: expected 0 (none is) or a positive number", j.Clip)
	case j.Cache < 0:
		return usage.Errorf("%d bytes of images to keep: expected 0 (none) or more", j.Cache)
	case j.Every < 0 || j.Keep < 1:
		return usage.Errorf("checkpoints every %v, of which %d are kept: expected 0 (after each step) or more, and 1 or more", j.Every, j.Keep)
	case j.Threads < 0:
		return usage.Errorf("%d threads: expected 0 (all cores) or more", j.Threads)
	}
	return nil
}

func (s *Stage) complete() error {
	c, err := vgg.Lookup(s.Net)
	if err != nil {
		return err
	}
	s.Net = c.Name
	return s.check()
}

// check refuses numbers that no stage can work with.
func (s Stage) check() error {
	if s.SMin < s.crop() || s.SMax < s.SMin || s.SMax > 4096 {
		return usage.Errorf("smallest side S from %d to %d: expected at least %d, what a crop covers, and at most 4096", s.SMin, s.SMax, s.crop())
	}
	if s.Epochs < 1 || s.Epochs > 1<<20 {
		return usage.Errorf("%d epochs: expected 1 or more", s.Epochs)
	}
	if !(s.Rate > 0) || math.IsInf(s.Rate, 0) {
		return usage.Errorf("learning rate %v: expected a positive number", s.Rate)
	}
	if !(s.Warmup >= 0) || math.IsInf(s.Warmup, 0) {
		return usage.Errorf("a rate that rises over %v epochs: expected 0 or more", s.Warmup)
	}
	sched, err := parseSchedule(s.Schedule, s.Epochs)
	if n := len(sched.steps); err == nil && n > 0 && sched.steps[n-1] >= s.Epochs {
		err = usage.Errorf("schedule %s: of %d epochs none comes after epoch %d, so that the rate would not fall there", s.Schedule, s.Epochs, sched.steps[n-1])
	}
	if err == nil && s.Warmup > float64(s.Epochs) {
		err = usage.Errorf("a rate that rises over %v epochs, of a stage of %d: it would never be reached", s.Warmup, s.Epochs)
	}
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
	stage := func(net string, low, high, epochs int, rate float64) Stage {
		return Stage{Net: net, SMin: low, SMax: high, Epochs: epochs, Rate: rate, Schedule: DefaultStage().Schedule}
	}
	var s []Stage
	if c.Paper != "A" && c.Paper != "A-LRN" {
		s = append(s, stage(shallow(c.Name), 256, 256, epochs, 1e-2))
	}
	quarter := max(1, epochs/4)
	return append(s, stage(net, 256, 256, epochs, 1e-2), stage(net, 384, 384, quarter, 1e-3), stage(net, 256, 512, quarter, 1e-3)), nil
}

// shallow is the name of A as narrow and with the options of the net of that name.
func shallow(name string) string {
	if i := strings.IndexAny(name, "_/:"); i >= 0 {
		return "vgg11" + name[i:]
	}
	return "vgg11"
}
