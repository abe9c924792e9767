package training

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/usage"
)

func TestTuneRefuses(t *testing.T) {
	data, net := drawn(t, 12), randomNet(t, "vgg11/64:fc8")
	for want, change := range map[string]func(*TuneJob){
		"no such file":            func(j *TuneJob) { j.Weights = "nothing.safetensors" },
		"holds vgg11/64:fc8, not": func(j *TuneJob) { j.Net = "vgg16" },
		"expected softmax":        func(j *TuneJob) { j.Loss = "hinge" },
		"names no layer":          func(j *TuneJob) { j.Freeze = []string{"conv*", "conv9*"} },
		"fc8 is new":              func(j *TuneJob) { j.Freeze = []string{"fc8"} },
		"expected fc6, fc7":       func(j *TuneJob) { j.New = "conv5_1" },
		"would do nothing":        func(j *TuneJob) { j.New, j.Width = "fc7", new(20) },
		"unfreezes nothing":       func(j *TuneJob) { j.Unfreeze = []string{"fc8"} },
		"rate -1 of the new":      func(j *TuneJob) { j.NewRate = -1 },
		"rate 0 of the new":       func(j *TuneJob) { j.NewRate = 0 },
		"rate +Inf of the new":    func(j *TuneJob) { j.NewRate = math.Inf(1) },
		"-1 views":                func(j *TuneJob) { j.Views = -1 },
		"0 wide":                  func(j *TuneJob) { j.New, j.Width = "fc6", new(0) },
		"dropout -1":              func(j *TuneJob) { j.Dropout = -1 },
		"phase: learning rate 0:": func(j *TuneJob) { j.Unfreeze, j.UnfreezeRate = []string{"conv5_*"}, new(0.0) },
		"phase: 0 epochs":         func(j *TuneJob) { j.Unfreeze, j.UnfreezeEpochs = []string{"conv5_*"}, 0 },
		"no image is held out":    func(j *TuneJob) { j.HeldOut, j.Schedule = 0, "plateau" },
		"steps:":                  func(j *TuneJob) { j.Schedule = "steps:9,3" },
		"--view-cache would do":   func(j *TuneJob) { j.Freeze, j.Cache = []string{"fc[67]"}, "maps" },
	} {
		j := tuneJob(t, data, net)
		change(&j)
		_, err := FineTune(t.Context(), j, Events{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
		if usage.Is(err) == slices.Contains([]string{"no such file", "holds vgg11/64:fc8, not"}, want) {
			t.Errorf("%v: wrong usage: %v", err, usage.Is(err))
		}
	}
	// A run and a cache go on with what they were made with alone.
	j := tuneJob(t, data, net)
	j.HeldOut, j.Epochs, j.Views, j.Cache = 0, 1, 0, filepath.Join(t.TempDir(), "views")
	r, err := FineTune(t.Context(), j, Events{})
	if err != nil || r.Val != 0 || r.Best.Epoch != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	for want, change := range map[string]func(*TuneJob){
		"seed: run has 5, now 6":                  func(j *TuneJob) { j.Seed++ },
		"rate of the new layer: run has 1, now 2": func(j *TuneJob) { j.NewRate = 2 },
		"weights sha256: run has ":                func(j *TuneJob) { j.Weights = randomNet(t, "vgg11/64:fc9") },
		"cached maps with other settings":         func(j *TuneJob) { j.Out, j.Views = filepath.Join(t.TempDir(), "x"), 1 },
		"largest S: cache has 250, now 999":       func(j *TuneJob) { j.Out, j.SMax = filepath.Join(t.TempDir(), "x"), 999 },
	} {
		other := j
		change(&other)
		if _, err := FineTune(t.Context(), other, Events{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
	// The same maps serve another run.
	j.Out, j.NewRate = filepath.Join(t.TempDir(), "y"), 0.5
	views := 0
	if _, err := FineTune(t.Context(), j, Events{Views: func(ViewsInfo) { views++ }}); err != nil || views != 0 {
		t.Errorf("%d batches of views were computed again: %v", views, err)
	}
}

// A loss that is not finite ends the run with the stage, epoch, step and place named.
func TestTuneNotFinite(t *testing.T) {
	j := tuneJob(t, drawn(t, 12), randomNet(t, "vgg11/64:fc8"))
	j.Rate, j.NewRate, j.Epochs, j.Schedule = 1e18, 1e18, 4, "constant"
	_, err := FineTune(t.Context(), j, Events{})
	if err == nil || !strings.Contains(err.Error(), "stage 1, epoch") || !strings.Contains(err.Error(), "step") || !strings.Contains(err.Error(), "a lower --rate, such as 0.001") {
		t.Errorf("%v", err)
	}
}

// With frozen statistics, batch normalisations that are trained keep the mean and variance of the weights; without,
// they move, and a note says where they are those of a part alone.
func TestFreezeStatistics(t *testing.T) {
	data, net := drawn(t, 12), randomNet(t, "vgg11_bn/64:fc8")
	before, err := readTensors(net, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, freeze := range []bool{true, false} {
		j := tuneJob(t, data, net)
		j.Freeze, j.Epochs, j.Rate, j.FreezeStatistics = []string{"conv[1-4]*"}, 1, 1e-4, freeze
		notes := ""
		r, err := FineTune(t.Context(), j, Events{Note: func(s string) { notes += s + "\n" }})
		if err != nil {
			t.Fatal(err)
		}
		after, err := readTensors(r.Weights, "")
		if err != nil {
			t.Fatal(err)
		}
		moved, trained := 0, 0
		for _, b := range before {
			a, ok := find(after, b.Name)
			if !ok || slices.Equal(a.Data, b.Data) {
				continue
			}
			if strings.Contains(b.Name, ".running_") {
				moved++
			} else if len(b.Shape) == 1 && strings.HasPrefix(b.Name, "features.") {
				trained++
			}
		}
		told := strings.Contains(notes, "normalises by the statistics of parts of 4 images, not of whole batches of 6")
		if trained == 0 || freeze != (moved == 0) || told == freeze {
			t.Errorf("statistics frozen %v: %d statistics moved, %d scales, shifts and biases; notes %s", freeze, moved, trained, notes)
		}
	}
	j := tuneJob(t, data, net)
	j.FreezeStatistics = true // with all convolutions frozen they are frozen anyway
	if _, err := FineTune(t.Context(), j, Events{}); err == nil || !strings.Contains(err.Error(), "would do nothing") {
		t.Errorf("%v", err)
	}
}
