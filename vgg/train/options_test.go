package train

import (
	"math"
	"strings"
	"testing"
)

func TestDefaults(t *testing.T) {
	o := Defaults()
	if err := o.check(); err != nil || o.Batch != 8 || o.Rate != 1e-2 || o.Momentum != 0.9 || o.Decay != 5e-4 || o.Dropout != 0 {
		t.Errorf("%+v %v", o, err)
	}
}

// with are the defaults with other settings.
func with(set func(o *Options)) Options {
	o := Defaults()
	set(&o)
	return o
}

// Momentum and penalty of zero are none at all: a step is the gradient times the rate, and the next one too.
func TestZeroIsZero(t *testing.T) {
	n, err := newHead(2, []int{2}, with(func(o *Options) { o.Momentum, o.Decay, o.Rate = 0, 0, 0.5 }))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a gradient of zeros moves nothing, whatever the weights and the step before
		before := n.Params()
		if _, err := n.e.step([]float32{1, 2}, []float32{0, 0}); err != nil {
			t.Fatal(err)
		}
		if !bits(before, n.Params()) {
			t.Error("weights decay, or move on")
		}
		if _, err := n.Step([]float32{1, 2}, []int{0}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOptionsRefuses(t *testing.T) {
	for want, set := range map[string]func(o *Options){
		"Batch is 0":     func(o *Options) { o.Batch = 0 },
		"Batch is -1":    func(o *Options) { o.Batch = -1 },
		"Dropout is 1":   func(o *Options) { o.Dropout = 1 },
		"Dropout is -1":  func(o *Options) { o.Dropout = -1 },
		"Dropout is NaN": func(o *Options) { o.Dropout = math.NaN() },
		"unknown loss":   func(o *Options) { o.Loss = 5 },
		"rate is 0":      func(o *Options) { o.Rate = 0 },
		"rate is -1":     func(o *Options) { o.Rate = -1 },
		"rate is +Inf":   func(o *Options) { o.Rate = math.Inf(1) },
		"Momentum is 1":  func(o *Options) { o.Momentum = 1 },
		"Momentum is -1": func(o *Options) { o.Momentum = -1 },
		"Decay is NaN":   func(o *Options) { o.Decay = math.NaN() },
		"Decay is -1":    func(o *Options) { o.Decay = -1 },
		"initialisation": func(o *Options) { o.Init = Init{scheme: 9} },
		"of deviation 0": func(o *Options) { o.Init = Init{scheme: normal} },
		"images is 0":    func(o *Options) { o.Spread = 0 },
		"names no layer": func(o *Options) { o.Freeze = []string{"layer1", "conv*"} },
		"every":          func(o *Options) { o.Freeze = []string{"*"} },
		"syntax error":   func(o *Options) { o.Freeze = []string{"[a"} },
	} {
		if _, err := newHead(2, []int{2, 2}, with(set)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}
