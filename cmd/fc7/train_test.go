package main

import (
	"strings"
	"testing"

	"fc7/internal/usage"
	"fc7/vgg/train"
)

func TestParseFactor(t *testing.T) {
	for text, want := range map[string]train.Factor{
		"fc6=0.05": {Pattern: "fc6", Rate: 0.05, Decay: 1}, "conv[1-3]*=2": {Pattern: "conv[1-3]*", Rate: 2, Decay: 1},
	} {
		if got, err := parseFactor(text); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, text := range []string{"fc6", "fc6=", "fc6=-1", "fc6=0", "fc6=fast", "fc6=Inf", "[=1"} {
		if _, err := parseFactor(text); !usage.Is(err) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestParseStage(t *testing.T) {
	s, err := parseStage("net=D,s=256-512,epochs=3,rate=0.001,warmup=0.5,schedule=steps:1,2")
	if err != nil || s.Net != "D" || s.SMin != 256 || s.SMax != 512 || s.Epochs != 3 || s.Rate != 0.001 || s.Warmup != 0.5 || s.Schedule != "steps:1,2" {
		t.Errorf("%+v, %v", s, err)
	}
	for _, text := range []string{"epochs=3", "net=D,speed=3", "net=D,s=x", "net=D,epochs=x", "net=D,rate=fast", "net=resnet", "net=D,schedule=none", "net=D,epochs", "net", "net=D,rate,epochs=3"} {
		if _, err := parseStage(text); !usage.Is(err) || strings.Contains(err.Error(), "strconv") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := parseStage("net=D,epochs"); err == nil || !strings.Contains(err.Error(), "want a value for epochs: net=D") {
		t.Errorf("a key without a value: %v", err)
	}
}
