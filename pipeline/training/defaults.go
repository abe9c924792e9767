package training

import (
	"time"

	"fc7/pipeline/conveyor"
	"fc7/vgg/train"
)

// DefaultJob is a training with the options of the paper (section 3.1), but for what to train on what, and where.
func DefaultJob() Job {
	of := train.Defaults()
	return Job{
		HeldOut: 0.1, Batch: 256, Part: 32, Dropout: 0.5, Momentum: of.Momentum, Decay: of.Decay, Init: of.Init, Clip: 1,
		ImageTime: conveyor.DefaultImageTime, patience: conveyor.DefaultPatience, Cache: 2 << 30, Every: 5 * time.Minute, Keep: 2,
	}
}

// DefaultStage is a stage as the paper's first one (section 3.1), but for its net.
func DefaultStage() Stage {
	return Stage{SMin: 256, SMax: 256, Epochs: 74, Rate: train.Defaults().Rate, Schedule: "plateau"}
}

// DefaultTune is a fine-tuning with the usual options, but for what to tune on what, and where.
func DefaultTune() TuneJob {
	j := TuneJob{
		Job: DefaultJob(), NewRate: 1, Views: 8, SMin: 256, SMax: 256, Epochs: 30, Rate: 1e-3, Schedule: "cosine", UnfreezeEpochs: 5,
	}
	j.Batch, j.Clip = 64, 0
	return j
}
