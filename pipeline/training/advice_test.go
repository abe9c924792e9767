package training

import (
	"strings"
	"testing"
)

// The advice of a training that diverged names the flag that decided the rate, and a number that is worth a try.
func TestAdvice(t *testing.T) {
	tune := func(rate, fresh float64, unfreeze ...string) *tuning {
		j := DefaultTune()
		j.Rate, j.NewRate, j.Unfreeze = rate, fresh, unfreeze
		return &tuning{job: j}
	}
	images := func(rate float64) Stage { return Stage{Rate: rate} }
	for want, got := range map[string]lowering{
		"a lower --rate, such as 0.002":                               (&scratch{job: Job{Stages: make([]Stage, 1)}}).lower(images(0.01)),
		"a lower --rate, such as 0.01":                                (&scratch{job: Job{Stages: make([]Stage, 1)}}).lower(images(1e30)),
		"a lower rate of the stage (rate= in --stage), such as 0.002": (&scratch{job: Job{Stages: make([]Stage, 2)}}).lower(images(0.01)),
		"a lower --new-rate, such as 1":                               tune(1e-3, 1e38).lower(Stage{Rate: 1e-3, Cached: "fc7"}),
		"a lower --new-rate, such as 0.2":                             tune(1e-3, 1).lower(Stage{Rate: 1e-3, Cached: "fc7"}),
		"a lower --rate, such as 0.001":                               tune(1e30, 1).lower(Stage{Rate: 1e30, Cached: "fc7"}),
		"a lower --unfreeze-rate, such as 0.0001":                     tune(1e-3, 1, "conv5_*").lower(images(1e38)),
		"a lower --unfreeze-rate, such as 8e-05":                      tune(1e-3, 1, "conv5_*").lower(images(4e-4)),
	} {
		if got.String() != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	for name, m := range map[string]method{"train": &scratch{}, "finetune": tune(1e-3, 1)} {
		if got := m.hope() + m.slower(); strings.Contains(got, "--stage") != (name == "train") || strings.Contains(got, "--warmup") != (name == "train") {
			t.Errorf("%s: %s", name, got)
		}
	}
}
