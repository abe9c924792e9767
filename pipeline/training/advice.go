package training

import (
	"fmt"
	"math"
)

// lowering is what to lower where a training has diverged: a flag, the number it had, and what it has by default.
type lowering struct {
	flag          string
	now, standard float64
}

// times is how many times the default the number is.
func (l lowering) times() float64 { return l.now / l.standard }

// String proposes a fifth, and never more than the default: from numbers far off nothing follows.
func (l lowering) String() string {
	return fmt.Sprintf("a lower %s, such as %.1g", l.flag, math.Min(l.now/5, l.standard))
}

func (s *scratch) lower(at Stage) lowering {
	flag := "--rate"
	if len(s.job.Stages) > 1 {
		flag = "rate of the stage (rate= in --stage)"
	}
	return lowering{flag, at.Rate, DefaultStage().Rate}
}

func (*scratch) slower() string { return " or one that rises slowly (--warmup)," }

func (*scratch) hope() string {
	return "another rate or start, a shallower net to start from (--stage net=A before it) or one with batch normalisation (such as vgg16_bn)"
}

// lower names the rate that is the most times its default. The new layers', if all are as they were: most of what moves
// are these.
func (t *tuning) lower(at Stage) lowering {
	d := DefaultTune()
	of, fresh := lowering{"--rate", t.job.Rate, d.Rate}, lowering{"--new-rate", t.job.NewRate, d.NewRate}
	if at.Cached == "" && len(t.job.Unfreeze) > 0 {
		of = lowering{"--unfreeze-rate", at.Rate, d.Rate / 10}
	}
	if of.times() > fresh.times() {
		return of
	}
	return fresh
}

func (*tuning) slower() string { return "" }

func (t *tuning) hope() string {
	if b := t.job.Boxes; b != nil && b.Tune == TuneAll {
		return "higher rates (--new-rate, --rate) or other weights"
	} else if b != nil {
		return "higher rates (--new-rate, --rate), all layers (--tune all) or other weights"
	}
	return "higher rates (--new-rate, --rate), more layers that are trained (--unfreeze) or other weights"
}
