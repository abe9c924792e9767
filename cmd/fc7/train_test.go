package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets/synth"
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

// TestTrainBadImage: images that cannot be read are named and end a training with the status for them, each time.
func TestTrainBadImage(t *testing.T) {
	dir := t.TempDir()
	if _, err := synth.Generate(t.Context(), dir, synth.Options{Layout: synth.LayoutCaltech101, Images: 16, Classes: 2, Seed: 3, Size: 100}); err != nil {
		t.Fatal(err)
	}
	images, err := filepath.Glob(filepath.Join(dir, "101_ObjectCategories", "*", "*.jpg"))
	if err != nil || len(images) < 4 {
		t.Fatal(images, err)
	}
	if err := os.WriteFile(images[3], []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"train", "caltech101:" + dir, "--net", "vgg11/64:fc8", "--epochs", "1", "--batch", "8", "-o", filepath.Join(dir, "run")}
	for range 2 {
		if out := want(t, exitSomeFailed, args...); !strings.Contains(out, "1 image could not be read and took no part: "+filepath.Base(filepath.Dir(images[3]))+"/"+filepath.Base(images[3])) {
			t.Errorf("train says %s", out)
		}
	}
}
