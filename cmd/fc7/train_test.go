package main

import (
	"strings"
	"testing"

	"fc7/vgg/train"
)

func TestParseFactors(t *testing.T) {
	got, err := parseFactors([]string{"fc6=0.05", "conv[1-3]*=2"})
	if err != nil || len(got) != 2 || got[0] != (train.Factor{Pattern: "fc6", Rate: 0.05, Decay: 1}) || got[1].Pattern != "conv[1-3]*" || got[1].Rate != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, text := range []string{"fc6", "fc6=", "fc6=-1", "fc6=0", "fc6=fast"} {
		if _, err := parseFactors([]string{text}); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestParseStage(t *testing.T) {
	s, err := parseStage("net=D,s=256-512,epochs=3,rate=0.001,warmup=0.5,schedule=steps:1,2")
	if err != nil || s.Net != "D" || s.SMin != 256 || s.SMax != 512 || s.Epochs != 3 || s.Rate != 0.001 || s.Warmup != 0.5 || s.Schedule != "steps:1,2" {
		t.Errorf("%+v, %v", s, err)
	}
	for _, text := range []string{"epochs=3", "net=D,speed=3", "net=D,s=x"} {
		if _, err := parseStage(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
