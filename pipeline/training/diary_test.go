package training

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/internal/origin"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
)

// history is that of a run, which must be there.
func history(t *testing.T, out string) *trainlog.History {
	t.Helper()
	h, err := trainlog.ReadHistory(out)
	if err != nil || h == nil {
		t.Fatal(h, err)
	}
	return h
}

// A run tells its sittings: each with its command, its steps, its time, which views it cached; a start that found
// nothing to do is none. Another command, as of more threads, is no other run.
func TestSittings(t *testing.T) {
	j := tuneJob(t, drawn(t, 20), randomNet(t, "vgg11/64:fc8"))
	j.Command = origin.New("fc7", "finetune", "a b")
	began := time.Now().Add(-time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first := 0
	if _, err := FineTune(ctx, j, Events{Step: func(s trainlog.Step) {
		if first = s.Step; first == 2 {
			cancel()
		}
	}}); err == nil {
		t.Fatal("not stopped")
	}
	j.Command = origin.New("fc7", "finetune", "--threads", "1")
	for range 2 { // the second finds it done
		if _, err := FineTune(t.Context(), j, Events{}); err != nil {
			t.Fatal(err)
		}
	}
	h := history(t, j.Out)
	if len(h.Sittings) != 2 {
		t.Fatalf("%d sittings, want 2: %+v", len(h.Sittings), h.Sittings)
	}
	a, b := h.Sittings[0], h.Sittings[1]
	if a.Text != "fc7 finetune 'a b'" || b.Text != "fc7 finetune --threads 1" || a.Folder == "" {
		t.Errorf("commands %+v, %+v", a.Command, b.Command)
	}
	if a.From != 0 || a.To != first || b.From != first || b.To <= first {
		t.Errorf("steps %d to %d, then %d to %d; stopped at %d", a.From, a.To, b.From, b.To, first)
	}
	if views := 2*h.About.Train + h.About.Val; a.Views != views || b.Views != 0 || a.Prepared <= 0 || a.Prepared > a.Ended.Sub(a.Began).Seconds() {
		t.Errorf("%d views of %d, then %d, in %v s of %v", a.Views, views, b.Views, a.Prepared, a.Ended.Sub(a.Began))
	}
	if a.Began.Before(began) || a.Ended.Before(a.Began) || b.Began.Before(a.Ended.Add(-time.Second)) || h.Worked() != a.Ended.Sub(a.Began)+b.Ended.Sub(b.Began) {
		t.Errorf("%v to %v, %v to %v: %v", a.Began, a.Ended, b.Began, b.Ended, h.Worked())
	}
	if s := h.About; s.DataSet != j.DataSet || s.Weights != j.Weights || !s.Tuned || !s.HeldOut || s.Train+s.Val != 20 || len(s.Stages) != 1 {
		t.Errorf("%+v", s)
	}
	if s := h.About.Stages[0]; s.Trained != "fc6 to fc8" || s.Frozen != "conv1_1 to conv5_2" || s.Tensors != 16 {
		t.Errorf("%+v", s)
	}
}

// A file of sittings that cannot be read ends no training, and neither does one that cannot be written.
func TestSittingsBroken(t *testing.T) {
	for name, breaks := range map[string]func(path string) error{
		"cut":      func(path string) error { return os.WriteFile(path, []byte(`{"sittings": [`), 0o644) },
		"a folder": func(path string) error { return os.MkdirAll(filepath.Join(path, "x"), 0o755) },
	} {
		j := small(t, drawn(t, 12))
		j.Stages[0].Epochs = 1
		if err := os.MkdirAll(j.Out, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := breaks(filepath.Join(j.Out, "sittings.json")); err != nil {
			t.Fatal(err)
		}
		var notes string
		if _, err := Run(t.Context(), j, Events{Note: func(s string) { notes += s + "\n" }}); err != nil || !strings.Contains(notes, "left out of the report") {
			t.Errorf("%s: %v, %s", name, err, notes)
		}
	}
}

func TestAboutStage(t *testing.T) {
	c, err := vgg.Lookup("vgg11_bn/64:fc8")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		frozen        []string
		trained, stay string
	}{
		{nil, "conv1_1 to fc8", ""},
		{[]string{"features.0.weight"}, "conv2_1 to fc8", "conv1_1"},
		{[]string{"features.5.weight", "features.12.weight", "classifier.6.bias"}, "conv1_1, conv3_1, conv4_1 to fc7", "conv2_1, conv3_2, fc8"},
		{[]string{"features.5.running_mean", "features.5.running_var"}, "conv1_1 to fc8", ""},
	} {
		// the second convolution's normalisation is features.5, the fourth's convolution features.11
		if got := aboutStage(c, c.Name, v.frozen); got.Trained != v.trained || got.Frozen != v.stay || got.Tensors != len(v.frozen) {
			t.Errorf("%q: %+v", v.frozen, got)
		}
	}
}
