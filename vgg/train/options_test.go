package train

import (
	"math"
	"strings"
	"testing"
)

func TestDefaults(t *testing.T) {
	o, err := Options{}.withDefaults()
	if err != nil || o.Batch != 8 || o.Rate != 1e-2 || o.Momentum != 0.9 || o.Decay != 5e-4 || o.Dropout != 0 {
		t.Errorf("%+v %v", o, err)
	}
	o, err = Options{Momentum: -1, Decay: -1}.withDefaults()
	if err != nil || o.Momentum != 0 || o.Decay != 0 {
		t.Errorf("%+v %v", o, err)
	}
}

func TestOptionsRefuses(t *testing.T) {
	for want, o := range map[string]Options{
		"Batch is -1":    {Batch: -1},
		"Dropout is 1":   {Dropout: 1},
		"Dropout is NaN": {Dropout: math.NaN()},
		"unknown loss":   {Loss: 5},
		"rate is -1":     {Rate: -1},
		"rate is +Inf":   {Rate: math.Inf(1)},
		"Momentum is 1":  {Momentum: 1},
		"Decay is NaN":   {Decay: math.NaN()},
		"initialisation": {Init: Init{Scheme: 9}},
		"of deviation 0": {Init: Init{Scheme: Normal}},
		"names no layer": {Freeze: []string{"layer1", "conv*"}},
		"every":          {Freeze: []string{"*"}},
		"syntax error":   {Freeze: []string{"[a"}},
	} {
		if _, err := newHead(2, []int{2, 2}, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}
