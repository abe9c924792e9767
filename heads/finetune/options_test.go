package finetune

import (
	"strings"
	"testing"
)

func TestDefaults(t *testing.T) {
	o, err := Options{}.withDefaults()
	if err != nil || o.Epochs != 100 || o.Batch != 128 || o.Rate != 2 || o.Decay != 1e-5 {
		t.Errorf("%+v %v", o, err)
	}
	if o, err = (Options{Hidden: []int{5}, Decay: -1}).withDefaults(); err != nil || o.Rate != 0.5 || o.Decay != -1 {
		t.Errorf("%+v %v", o, err)
	}
}

func TestOptionsRefuses(t *testing.T) {
	for want, f := range map[string]func(*Options){
		"Epochs -1":          func(o *Options) { o.Epochs = -1 },
		"Batch -1":           func(o *Options) { o.Batch = -1 },
		"rate is -1":         func(o *Options) { o.Rate = -1 },
		"Dropout is 2":       func(o *Options) { o.Dropout = 2 },
		"unknown loss":       func(o *Options) { o.Loss = 4 },
		"width -3":           func(o *Options) { o.Hidden = []int{-3} },
		"epoch 1 of 100: tr": func(o *Options) { o.Rate, o.Hidden, o.Batch = 1e30, []int{3}, 1 },
	} {
		var o Options
		f(&o)
		if l, _, err := Train(t.Context(), blobs(2, 3, 2, 1), o); err == nil || l != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}
