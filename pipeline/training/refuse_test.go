package training

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/usage"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// What cannot be trained is refused before the folder is that of the job, so that the right job can take it.
func TestRefusedLeavesNothing(t *testing.T) {
	data := drawn(t, 20)
	for says, change := range map[string]func(*Job){
		"no layer and":    func(j *Job) { j.Freeze = []string{"cnv*"} },
		"no tensor":       func(j *Job) { j.Factors = []train.Factor{{Pattern: "fc9", Rate: 1, Decay: 1}} },
		"every parameter": func(j *Job) { j.Freeze = []string{"conv*", "fc*"} },
		"less than 1":     func(j *Job) { j.Dropout = 1 },
	} {
		j := small(t, data)
		change(&j)
		if _, err := Run(t.Context(), j, Events{}); !usage.Is(err) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
		if _, err := os.Stat(j.Out); err == nil {
			t.Errorf("%s: the folder was made", says)
		}
	}
}

// TestRefusedFolderTakesAnother: a folder in which nothing was trained binds to no settings, one with a step does.
func TestRefusedFolderTakesAnother(t *testing.T) {
	j := small(t, drawn(t, 20))
	other := j
	other.From = filepath.Join(t.TempDir(), "other.safetensors")
	c, err := vgg.Lookup("vgg11/16:fc24")
	if err != nil {
		t.Fatal(err)
	}
	if err := vgg.Init(context.Background(), other.From, c, 1, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), other, Events{}); err == nil || !strings.Contains(err.Error(), "no layer") {
		t.Fatalf("weights of which no layer fits: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, _, err := train1(t, ctx, j, func(trainlog.Step) { cancel() }); err == nil {
		t.Fatal("not interrupted")
	}
	third := j
	third.Seed++
	if _, _, err := train1(t, context.Background(), j, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), third, Events{}); err == nil || !strings.Contains(err.Error(), "other settings") {
		t.Errorf("other settings in a folder with steps: %v", err)
	}
}
