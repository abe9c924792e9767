package training

import (
	"time"

	"fc7/vgg/train"
)

// The defaults of [Job] and [Stage], where a 0 stands for them. Batch, rate, momentum, penalty, dropout and epochs are
// the paper's (section 3.1).
const (
	DefaultSide     = 256
	DefaultEpochs   = 74
	DefaultRate     = 1e-2
	DefaultSchedule = "plateau"
	DefaultBatch    = 256
	DefaultPart     = 32
	DefaultHeldOut  = 0.1
	DefaultDropout  = 0.5
	DefaultMomentum = train.DefaultMomentum
	DefaultDecay    = train.DefaultDecay
	DefaultCache    = 2 << 30
	DefaultEvery    = 5 * time.Minute
	DefaultKeep     = 2
)

// The defaults of [TuneJob] that are not those of Job.
const (
	TuneEpochs         = 30
	TuneRate           = 1e-3
	TuneSchedule       = "cosine"
	TuneBatch          = 64
	TuneNewRate        = 1.0
	TuneViews          = 8
	TuneUnfreezeEpochs = 5
)
